//! Mean reciprocal ranks as bars beside what needs no prediction.

use super::super::measures::Nulls;
use super::super::report::{Row, SuiteReport, Summary, ask};
use super::{Area, COLORS, told};
use plotters::prelude::*;

/// One network.
struct Bar {
    title: String,
    mrr: Summary,
    /// The best of its nulls that have a guess.
    null: f64,
}

fn bars(suite: &SuiteReport) -> Vec<Bar> {
    let guesses: [fn(&Nulls) -> f64; 3] = [|n| n.copy_last, |n| n.shuffled, |n| n.mean_latent];
    let bar = |row: &Row| {
        let of = |part: fn(&Nulls) -> f64| {
            row.summary(|run| Some(part(&run.prediction.as_ref()?.mrr_nulls)))
        };
        let nulls = guesses.into_iter().filter_map(of).map(|summary| summary.mean);
        let null = nulls.fold(0.0, f64::max);
        Some(Bar { title: row.title.clone(), mrr: row.summary(ask::mrr)?, null })
    };
    suite.rows.iter().filter_map(bar).collect()
}

/// Chance is a line over all, each network's best null a mark on its bar.
pub(super) fn draw(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let bars = bars(suite);
    let high = bars.iter().map(|bar| bar.mrr.ends()[1]).fold(0.1, f64::max) * 1.08;
    let n = bars.len();
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{name}: mean reciprocal rank of the true view"), ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(42)
        .y_label_area_size(220)
        .build_cartesian_2d(0.0..high, 0.0..n as f64)
        .map_err(told)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(WHITE)
        .y_labels(0)
        .x_desc("mean reciprocal rank; line: chance; black mark: the best null of that network")
        .draw()
        .map_err(told)?;
    for (index, Bar { title, mrr, null }) in bars.iter().enumerate() {
        let (low, up) = ((n - 1 - index) as f64 + 0.2, (n - index) as f64 - 0.2);
        let middle = 0.5 * (low + up);
        let bar = Rectangle::new([(0.0, low), (mrr.mean, up)], COLORS[0].mix(0.75).filled());
        chart.draw_series([bar]).map_err(told)?;
        let whisker = PathElement::new(mrr.ends().map(|x| (x, middle)), BLACK);
        let mark = PathElement::new([(*null, low), (*null, up)], BLACK.stroke_width(3));
        chart.draw_series([whisker, mark]).map_err(told)?;
        let style = ("sans-serif", 13).into_font().color(&BLACK);
        let name = EmptyElement::at((0.0, middle)) + Text::new(title.clone(), (-218, -7), style);
        chart.draw_series([name]).map_err(told)?;
    }
    if let Some(chance) = suite.mrr_chance() {
        let line = PathElement::new([(chance, 0.0), (chance, n as f64)], COLORS[1]);
        chart.draw_series([line]).map_err(told)?;
    }
    Ok(())
}
