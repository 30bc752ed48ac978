//! The run's numbers as five charts, each with its null.

use leptos::prelude::*;

use super::super::Page;
use super::super::plot::{Chart, Line, Numbers, Style};
use super::super::state::{Past, Run, Series};
use super::super::text;
use crate::protocol::ProbeReport;

/// A line by name, color and style.
type Plain = (&'static str, &'static str, Style);

const LOSS: &[Plain] = &[(text::SERIES_LOSS, "--series-1", Style::Solid)];

const R2: &[Plain] = &[
    (text::SERIES_R2, "--series-1", Style::Solid),
    (text::SERIES_NULL, "--ink-soft", Style::Dashed),
];

const ACCURACY: &[Plain] = &[
    (text::SERIES_Z_AGG, "--series-1", Style::Solid),
    (text::SERIES_Z, "--series-2", Style::Solid),
    (text::SERIES_CHANCE, "--ink-soft", Style::Dashed),
];

const RETRIEVAL: &[Plain] = &[
    (text::SERIES_RANK, "--series-1", Style::Solid),
    (text::SERIES_SHUFFLED, "--series-2", Style::Dashed),
    (text::SERIES_CHANCE, "--ink-soft", Style::Dashed),
];

const RANK: &[Plain] = &[(text::SERIES_RANK, "--series-3", Style::Solid)];

/// Colors of earlier runs, the newest first.
const PAST_INKS: [&str; 4] = ["--series-2", "--series-3", "--series-4", "--series-5"];

/// Effective rank below which a falling loss means collapse.
const COLLAPSE_RANK: f32 = 2.0;

/// The charts.
#[component]
pub fn Charts() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let loss =
        Signal::derive(move || with_past(run, run.series.with(loss_numbers), |past| &past.loss));
    let r2 = probed(run, R2, |p, untrained| {
        vec![p.equivariance_r2, untrained.map_or(0.0, |untrained| untrained.equivariance_r2)]
    });
    let r2 = Signal::derive(move || with_past(run, r2.get(), |past| &past.r2));
    let retrieval = probed(run, RETRIEVAL, |p, _| {
        vec![p.rank_median, p.rank_shuffled, (p.n_candidates as f32 + 1.0) / 2.0]
    });
    let accuracy =
        probed(run, ACCURACY, |p, _| vec![p.accuracy_z_agg, p.accuracy_z, p.accuracy_chance]);
    let rank = probed(run, RANK, |p, _| vec![p.effective_rank]);
    let collapsing = move || {
        run.series.with(|series| {
            series.probes.last().is_some_and(|p| p.step > 0 && p.effective_rank < COLLAPSE_RANK)
        })
    };
    view! {
        <p class="alarm" role="alert">{move || if collapsing() { text::COLLAPSE } else { "" }}</p>
        <div class="charts">
            <Chart title=text::CHART_LOSS id="chart-loss" numbers=loss />
            <Chart title=text::CHART_R2 id="chart-r2" numbers=r2 />
            <Chart title=text::CHART_RETRIEVAL id="chart-retrieval" numbers=retrieval />
            <Chart title=text::CHART_ACCURACY id="chart-accuracy" numbers=accuracy />
            <Chart title=text::CHART_RANK id="chart-rank" numbers=rank />
        </div>
    }
}

fn lines(plain: &[Plain]) -> Vec<Line> {
    let line = |&(name, ink, style): &Plain| Line { name: name.to_owned(), ink, style };
    plain.iter().map(line).collect()
}

/// Earlier runs of the same world behind the one of now.
fn with_past(run: Run, mut numbers: Numbers, of: fn(&Past) -> &Vec<(u64, f32)>) -> Numbers {
    let world = run.card.with(|card| card.as_ref().map(|card| card.recipe.world.clone()));
    run.past.with(|past| {
        let same = |past: &&Past| world.as_ref().is_none_or(|world| *world == past.recipe.world);
        for (one, ink) in past.iter().rev().filter(same).zip(PAST_INKS) {
            let line = Line { name: one.name.clone(), ink, style: Style::Thin };
            numbers.add(line, of(one));
        }
    });
    numbers
}

fn loss_numbers(series: &Series) -> Numbers {
    Numbers {
        lines: lines(LOSS),
        x: series.steps.iter().map(|s| s.step as f64).collect(),
        ys: vec![series.steps.iter().map(|s| f64::from(s.loss)).collect()],
    }
}

/// Numbers of every measurement, one line for each that `read` gives; it is told the measurement at
/// step 0 too, if the run began here.
fn probed(
    run: Run,
    plain: &'static [Plain],
    read: fn(&ProbeReport, Option<&ProbeReport>) -> Vec<f32>,
) -> Signal<Numbers> {
    Signal::derive(move || {
        run.series.with(|series| {
            let untrained = series.probes.first().filter(|first| first.step == 0);
            let mut numbers = Numbers { lines: lines(plain), ..Numbers::default() };
            numbers.ys.resize(plain.len(), Vec::new());
            for probe in &series.probes {
                numbers.x.push(probe.step as f64);
                for (ys, value) in numbers.ys.iter_mut().zip(read(probe, untrained)) {
                    ys.push(f64::from(value));
                }
            }
            numbers
        })
    })
}
