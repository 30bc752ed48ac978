//! The report's figures as SVG: class against R², class over views, paths over views, reciprocal ranks.

use super::markdown::named;
use super::measures::Measures;
use super::plan::Variant;
use super::report::{Row, SuiteReport, Summary, ask};
use crate::train::method::Method;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::fmt::Display;

/// A figure's file name and its SVG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Without a folder.
    pub name: String,
    /// The whole document.
    pub svg: String,
}

/// Width and height in pixels.
const SIZE: (u32, u32) = (720, 480);

/// Okabe and Ito's colors, told apart by all readers.
const COLORS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
    RGBColor(160, 130, 0),
];

/// All figures of a suite; `data` are names of what stood in for its procedural things.
///
/// # Errors
/// When a figure cannot be drawn.
pub fn of_suite(suite: &SuiteReport, data: &[String]) -> Result<Vec<Figure>, String> {
    let name = named(&suite.suite, data);
    let mut all = vec![
        figure(suite, "tradeoff", |area| trade_off(suite, &name, area))?,
        figure(suite, "class", |area| class_over_views(suite, &name, area))?,
        figure(suite, "mrr", |area| reciprocal_ranks(suite, &name, area))?,
    ];
    if suite.has_path_figure() {
        all.push(figure(suite, "path", |area| paths(suite, &name, area))?);
    }
    Ok(all)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn figure(
    suite: &SuiteReport,
    subject: &str,
    draw: impl Fn(&Area<'_>) -> Result<(), String>,
) -> Result<Figure, String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(told)?;
        draw(&area)?;
        area.present().map_err(told)?;
    }
    Ok(Figure { name: format!("{subject}-{}.svg", suite.suite), svg })
}

fn told(why: impl Display) -> String {
    format!("a figure cannot be drawn ({why})")
}

/// A range with a margin, so that no point lies on an axis.
fn padded(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        return (0.0, 1.0);
    }
    let margin = (0.08 * (high - low)).max(0.01);
    (low - margin, high + margin)
}

/// One method in the plane of class and R².
struct Dot {
    title: String,
    /// As the paper reads it.
    class: Summary,
    /// From the mean of as many z as seq-JEPA has views.
    control: Summary,
    r2: Summary,
}

/// All methods but the untrained one, which lies far from them.
fn dots(suite: &SuiteReport) -> Vec<Dot> {
    let m = suite.n_observed;
    let untrained = Variant::Untrained.word();
    suite
        .methods()
        .into_iter()
        .filter(|row| row.variant != untrained)
        .filter_map(|row| {
            Some(Dot {
                title: row.title.clone(),
                class: row.summary(ask::class_paper(m))?,
                control: row.summary(ask::class_z_mean(m))?,
                r2: row.summary(ask::action)?,
            })
        })
        .collect()
}

/// Every method as a point with its spread over seeds: the trade-off picture.
fn trade_off(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let dots = dots(suite);
    let ends = |s: Summary| [s.mean - s.deviation, s.mean + s.deviation];
    let x = padded(dots.iter().flat_map(|dot| ends(dot.r2)));
    let y = padded(dots.iter().flat_map(|dot| [ends(dot.class), ends(dot.control)].concat()));
    let spread =
        if dots.iter().any(|dot| dot.r2.n > 1) { ", mean ± deviation over seeds" } else { "" };
    let title = format!("{name}: class against equivariance of what was trained{spread}");
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d(x.0..x.1, y.0..y.1)
        .map_err(told)?;
    let m = suite.n_observed;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("R² of the action from a pair of z")
        .y_desc(format!("class: full, z_AGG of {m} (baselines: one z); hollow, mean of {m} z"))
        .draw()
        .map_err(told)?;
    let mut names = Names::default();
    for (index, dot) in dots.iter().enumerate() {
        let color = COLORS[index % COLORS.len()];
        let (cx, cy) = (dot.r2.mean, dot.class.mean);
        let cross = [
            vec![(cx - dot.r2.deviation, cy), (cx + dot.r2.deviation, cy)],
            vec![(cx, cy - dot.class.deviation), (cx, cy + dot.class.deviation)],
        ];
        for line in cross {
            chart.draw_series([PathElement::new(line, color)]).map_err(told)?;
        }
        let size = if index == 0 { 6 } else { 4 };
        chart.draw_series([Circle::new((cx, dot.control.mean), size - 1, color)]).map_err(told)?;
        chart.draw_series([Circle::new((cx, cy), size, color.filled())]).map_err(told)?;
        let at = names.place(chart.backend_coord(&(cx, cy)), &dot.title);
        let style = ("sans-serif", 13).into_font().color(&color);
        area.draw(&Text::new(dot.title.clone(), at, style)).map_err(told)?;
    }
    Ok(())
}

/// Names beside points, none over another.
#[derive(Default)]
struct Names {
    /// Left, top, right and bottom of each.
    taken: Vec<[i32; 4]>,
}

impl Names {
    /// Where a name's left upper corner goes: as near to its point as there is room.
    fn place(&mut self, (x, y): (i32, i32), name: &str) -> (i32, i32) {
        let (width, height) = (7 * name.chars().count() as i32, 14);
        let sides = [9, -9 - width];
        let levels = (0..12).flat_map(|step| [-14 - 14 * step, 2 + 14 * step]);
        let spots = levels.flat_map(|level| sides.map(|side| (x + side, y + level)));
        let free = |(left, top): &(i32, i32)| {
            let fits = *left > 70 && left + width < SIZE.0 as i32 - 8 && *top > 34;
            let clear = |other: &[i32; 4]| {
                left + width <= other[0]
                    || *left >= other[2]
                    || top + height <= other[1]
                    || *top >= other[3]
            };
            fits && self.taken.iter().all(clear)
        };
        let (left, top) = spots.into_iter().find(free).unwrap_or((x + 9, y - 14));
        self.taken.push([left, top, left + width, top + height]);
        (left, top)
    }
}

/// A named line over M.
struct Line {
    title: String,
    points: Vec<(f64, f64)>,
}

fn line(
    title: &str,
    row: &Row,
    ms: core::ops::RangeInclusive<usize>,
    of: impl Fn(usize, &Measures) -> Option<f64>,
) -> Line {
    let point = |m: usize| Some((m as f64, row.summary(|measures| of(m, measures))?.mean));
    Line { title: title.to_owned(), points: ms.filter_map(point).collect() }
}

fn lines(
    area: &Area<'_>,
    title: String,
    y_name: &str,
    lines: &[Line],
    legend: SeriesLabelPosition,
) -> Result<(), String> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let y = padded(all().map(|point| point.1));
    let last = all().map(|point| point.0).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d(0.8..last + 0.2, y.0..y.1)
        .map_err(told)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_labels(last as usize)
        .x_label_formatter(&|m| format!("{m:.0}"))
        .x_desc("observed views M")
        .y_desc(y_name)
        .draw()
        .map_err(told)?;
    for (index, line) in lines.iter().enumerate() {
        let color = COLORS[index % COLORS.len()];
        let points = || line.points.iter().copied();
        // Lines that have a color of an earlier one are thin.
        let stroke = color.stroke_width(if index < COLORS.len() { 3 } else { 1 });
        chart
            .draw_series(LineSeries::new(points(), stroke))
            .map_err(told)?
            .label(line.title.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], stroke));
        chart.draw_series(points().map(|at| Circle::new(at, 3, color.filled()))).map_err(told)?;
    }
    chart
        .configure_series_labels()
        .position(legend)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()
        .map_err(told)
}

/// Accuracy over M_val: z_AGG, and the mean of as many z for everyone.
fn class_over_views(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let mut all = Vec::new();
    for variant in [Variant::SeqJepa, Variant::NoAction, Variant::Untrained] {
        let Some(row) = suite.row(variant) else { continue };
        all.push(line(&row.title, row, 1..=8, |m, run| ask::class_z_agg(m)(run)));
        if variant == Variant::SeqJepa {
            let title = "seq-JEPA, mean of z";
            all.push(line(title, row, 1..=8, |m, run| ask::class_z_mean(m)(run)));
        }
    }
    for method in Method::baselines() {
        let Some(row) = suite.row(Variant::Baseline(method)) else { continue };
        let title = format!("{}, mean of z", row.title);
        all.push(line(&title, row, 1..=8, |m, run| ask::class_z_mean(m)(run)));
    }
    // Far below everything: as a line it would take the room that the lines need.
    let chance = suite.class_chance();
    let chance = chance.map_or_else(String::new, |chance| format!(", chance {chance:.3}"));
    let title = format!("{name}: class over observed views{chance}");
    lines(area, title, "class", &all, SeriesLabelPosition::LowerRight)
}

/// Path integration over M, whole and lesioned, and untrained.
fn paths(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let mut all = Vec::new();
    if let Some(row) = suite.row(Variant::SeqJepa) {
        let of = |title: &str, of: fn(&super::measures::PathAt) -> f64| {
            line(title, row, 1..=7, |m, run| ask::path(m, of)(run))
        };
        all.push(of("vision and action", |path| path.whole.value));
        all.push(of("no vision", |path| path.no_vision));
        all.push(of("no action", |path| path.no_action));
        all.push(of("the last action alone", |path| path.last_action));
    }
    if let Some(row) = suite.row(Variant::Untrained) {
        all.push(line("untrained, vision and action", row, 1..=7, |m, run| {
            ask::path(m, |path| path.whole.value)(run)
        }));
    }
    let title = format!("{name}: R² of the path from z_AGG and the last action");
    lines(area, title, "R² of the path", &all, SeriesLabelPosition::UpperRight)
}

/// Mean reciprocal ranks as bars, chance as a line.
fn reciprocal_ranks(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let bars: Vec<(String, Summary)> = suite
        .rows
        .iter()
        .filter_map(|row| Some((row.title.clone(), row.summary(ask::mrr)?)))
        .collect();
    let chance = suite
        .rows
        .iter()
        .find_map(|row| row.summary(|run| Some(run.prediction.as_ref()?.mrr_nulls.chance)));
    let high = bars.iter().map(|(_, s)| s.mean + s.deviation).fold(0.1, f64::max) * 1.08;
    let n = bars.len();
    let title = format!("{name}: mean reciprocal rank of the true view");
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
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
        .x_desc("mean reciprocal rank; the line is chance")
        .draw()
        .map_err(told)?;
    for (index, (title, summary)) in bars.iter().enumerate() {
        let (low, up) = ((n - 1 - index) as f64 + 0.2, (n - index) as f64 - 0.2);
        let middle = 0.5 * (low + up);
        let bar = Rectangle::new([(0.0, low), (summary.mean, up)], COLORS[0].mix(0.75).filled());
        chart.draw_series([bar]).map_err(told)?;
        let ends = [summary.mean - summary.deviation, summary.mean + summary.deviation];
        let whisker = PathElement::new(ends.map(|x| (x, middle)), BLACK);
        chart.draw_series([whisker]).map_err(told)?;
        let style = ("sans-serif", 13).into_font().color(&BLACK);
        let name = EmptyElement::at((0.0, middle)) + Text::new(title.clone(), (-218, -7), style);
        chart.draw_series([name]).map_err(told)?;
    }
    if let Some(chance) = chance {
        let line = PathElement::new([(chance.mean, 0.0), (chance.mean, n as f64)], COLORS[1]);
        chart.draw_series([line]).map_err(told)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_one_point_do_not_lie_over_each_other() {
        let mut names = Names::default();
        for _ in 0..8 {
            names.place((300, 200), "Conditional BYOL");
        }
        for (index, a) in names.taken.iter().enumerate() {
            for b in &names.taken[..index] {
                assert!(a[2] <= b[0] || a[0] >= b[2] || a[3] <= b[1] || a[1] >= b[3]);
            }
        }
    }
}
