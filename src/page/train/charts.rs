//! The run's numbers as five charts, each with its null.

use leptos::prelude::*;

use super::super::Page;
use super::super::plot::{Chart, Line, Numbers, Style};
use super::super::state::{Run, Series};
use super::super::text;
use crate::protocol::ProbeReport;

const LOSS: &[Line] = &[Line { name: text::SERIES_LOSS, ink: "--series-1", style: Style::Solid }];

const R2: &[Line] = &[
    Line { name: text::SERIES_R2, ink: "--series-1", style: Style::Solid },
    Line { name: text::SERIES_NULL, ink: "--ink-soft", style: Style::Dashed },
];

const ACCURACY: &[Line] = &[
    Line { name: text::SERIES_Z_AGG, ink: "--series-1", style: Style::Solid },
    Line { name: text::SERIES_Z, ink: "--series-2", style: Style::Solid },
    Line { name: text::SERIES_CHANCE, ink: "--ink-soft", style: Style::Dashed },
];

const RETRIEVAL: &[Line] = &[
    Line { name: text::SERIES_RANK, ink: "--series-1", style: Style::Solid },
    Line { name: text::SERIES_SHUFFLED, ink: "--series-2", style: Style::Dashed },
    Line { name: text::SERIES_CHANCE, ink: "--ink-soft", style: Style::Dashed },
];

const RANK: &[Line] = &[Line { name: text::SERIES_RANK, ink: "--series-3", style: Style::Solid }];

/// Effective rank below which a falling loss means collapse.
const COLLAPSE_RANK: f32 = 2.0;

/// The charts.
#[component]
pub fn Charts() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let loss = Signal::derive(move || run.series.with(loss_numbers));
    let r2 = probed(run, |p, untrained| {
        vec![p.equivariance_r2, untrained.map_or(0.0, |untrained| untrained.equivariance_r2)]
    });
    let retrieval = probed(run, |p, _| {
        vec![p.rank_median, p.rank_shuffled, (p.n_candidates as f32 + 1.0) / 2.0]
    });
    let accuracy = probed(run, |p, _| vec![p.accuracy_z_agg, p.accuracy_z, p.accuracy_chance]);
    let rank = probed(run, |p, _| vec![p.effective_rank]);
    let collapsing = move || {
        run.series.with(|series| {
            series.probes.last().is_some_and(|p| p.step > 0 && p.effective_rank < COLLAPSE_RANK)
        })
    };
    view! {
        <Show when=collapsing>
            <p class="alarm" role="alert">{text::COLLAPSE}</p>
        </Show>
        <div class="charts">
            <Chart title=text::CHART_LOSS id="chart-loss" lines=LOSS numbers=loss />
            <Chart title=text::CHART_R2 id="chart-r2" lines=R2 numbers=r2 />
            <Chart title=text::CHART_RETRIEVAL id="chart-retrieval" lines=RETRIEVAL numbers=retrieval />
            <Chart title=text::CHART_ACCURACY id="chart-accuracy" lines=ACCURACY numbers=accuracy />
            <Chart title=text::CHART_RANK id="chart-rank" lines=RANK numbers=rank />
        </div>
    }
}

fn loss_numbers(series: &Series) -> Numbers {
    Numbers {
        x: series.steps.iter().map(|s| s.step as f64).collect(),
        ys: vec![series.steps.iter().map(|s| f64::from(s.loss)).collect()],
    }
}

/// Numbers of every measurement, one line for each that `read` gives; it is told the measurement at
/// step 0 too, if the run began here.
fn probed(run: Run, read: fn(&ProbeReport, Option<&ProbeReport>) -> Vec<f32>) -> Signal<Numbers> {
    Signal::derive(move || {
        run.series.with(|series| {
            let untrained = series.probes.first().filter(|first| first.step == 0);
            let mut numbers = Numbers::default();
            for probe in &series.probes {
                numbers.x.push(probe.step as f64);
                let values = read(probe, untrained);
                numbers.ys.resize(values.len(), Vec::new());
                for (ys, value) in numbers.ys.iter_mut().zip(values) {
                    ys.push(f64::from(value));
                }
            }
            numbers
        })
    })
}
