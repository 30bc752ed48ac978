//! Numbers over observed views: the class, and the path.

use super::super::measures::{Measures, PathAt};
use super::super::plan::Variant;
use super::super::report::{Row, SuiteReport, ask};
use super::{Area, COLORS, SIZE, bounds, look, told};
use crate::train::method::Method;
use core::ops::RangeInclusive;
use plotters::prelude::*;

/// What tells lines of one color apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stroke {
    Thick,
    /// With hollow points.
    Thin,
    Dashed,
}

impl Stroke {
    fn of(self, color: RGBColor) -> ShapeStyle {
        color.stroke_width(if self == Self::Thick { 3 } else { 1 })
    }

    fn point(self, color: RGBColor) -> ShapeStyle {
        ShapeStyle { filled: self != Self::Thin, ..self.of(color) }
    }
}

/// A named line over M.
struct Line {
    title: String,
    color: RGBColor,
    stroke: Stroke,
    points: Vec<(usize, At)>,
}

/// Where a point stands, and its whisker's ends.
#[derive(Clone, Copy)]
struct At {
    middle: f64,
    ends: [f64; 2],
}

/// No wrong class at all has no place on a logarithmic axis; less than one in three times 500.
const NONE_WRONG: f64 = 0.0005;

impl Line {
    /// From shares of right classes to logarithms of shares of wrong ones: close to 1 the shares
    /// themselves cannot be told apart.
    fn turn_to_errors(&mut self) {
        let wrong = |share: f64| (1.0 - share).max(NONE_WRONG).log10();
        for (_, at) in &mut self.points {
            *at = At { middle: wrong(at.middle), ends: at.ends.map(wrong) };
        }
    }
}

fn line(
    title: &str,
    (color, stroke): (RGBColor, Stroke),
    row: &Row,
    ms: RangeInclusive<usize>,
    of: impl Fn(usize, &Measures) -> Option<f64>,
) -> Line {
    let point = |m: usize| {
        let summary = row.summary(|measures| of(m, measures))?;
        Some((m, At { middle: summary.mean, ends: summary.ends() }))
    };
    Line { title: title.to_owned(), color, stroke, points: ms.filter_map(point).collect() }
}

/// Width that the names of lines take, in pixels.
const NAMES: u32 = 230;

/// Names of lines in the order of their last points, so that a reader's eye goes straight across.
fn name_lines(area: &Area<'_>, lines: &[Line]) -> Result<(), String> {
    let mut order: Vec<&Line> = lines.iter().filter(|line| !line.points.is_empty()).collect();
    order.sort_by(|a, b| {
        let last = |line: &Line| line.points.last().map_or(0.0, |point| point.1.middle);
        last(b).total_cmp(&last(a))
    });
    for (index, line) in order.into_iter().enumerate() {
        let y = 60 + 22 * index as i32;
        let parts: &[[i32; 2]] =
            if line.stroke == Stroke::Dashed { &[[2, 9], [21, 28]] } else { &[[2, 28]] };
        for &ends in parts {
            let part = PathElement::new(ends.map(|x| (x, y)), line.stroke.of(line.color));
            area.draw(&part).map_err(told)?;
        }
        area.draw(&Circle::new((15, y), 4, line.stroke.point(line.color))).map_err(told)?;
        let font = ("sans-serif", 13).into_font().color(&BLACK);
        area.draw(&Text::new(line.title.clone(), (32, y - 7), font)).map_err(told)?;
    }
    Ok(())
}

/// How the numbers of lines stand on the upright axis.
struct Axis<'a> {
    desc: &'a str,
    range: (f64, f64),
    label: fn(f64) -> String,
}

fn draw(area: &Area<'_>, title: String, axis: &Axis<'_>, lines: &[Line]) -> Result<(), String> {
    let (area, names) = area.split_horizontally((SIZE.0 - NAMES) as i32);
    let last = lines.iter().flat_map(|line| &line.points).map(|point| point.0).max().unwrap_or(1);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 16))
        .margin(14)
        .x_label_area_size(42)
        .y_label_area_size(56)
        .build_cartesian_2d(0.8..last as f64 + 0.2, axis.range.0..axis.range.1)
        .map_err(told)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_labels(last)
        .x_label_formatter(&|m| format!("{m:.0}"))
        .x_desc("observed views M")
        .y_desc(axis.desc)
        .y_label_formatter(&|&y| (axis.label)(y))
        .draw()
        .map_err(told)?;
    for line in lines {
        let stroke = line.stroke.of(line.color);
        let points = || line.points.iter().map(|&(m, at)| (m as f64, at));
        let middle = points().map(|(m, at)| (m, at.middle));
        match line.stroke {
            Stroke::Dashed => chart
                .draw_series(DashedLineSeries::new(middle.clone(), 6, 4, stroke))
                .map_err(told)?,
            _ => chart.draw_series(LineSeries::new(middle.clone(), stroke)).map_err(told)?,
        };
        let style = line.stroke.point(line.color);
        chart.draw_series(middle.map(|at| Circle::new(at, 3, style))).map_err(told)?;
        let whiskers =
            points().map(|(m, at)| PathElement::new(at.ends.map(|y| (m, y)), line.color));
        chart.draw_series(whiskers).map_err(told)?;
    }
    name_lines(&names, lines)
}

/// A range about all points of lines with their whiskers.
fn about(lines: &[Line]) -> (f64, f64) {
    let points = lines.iter().flat_map(|line| &line.points);
    let ends = points.flat_map(|(_, at)| [at.middle, at.ends[0], at.ends[1]]);
    let Some((low, high)) = bounds(ends) else { return (0.0, 1.0) };
    let margin = (0.08 * (high - low)).max(0.01);
    (low - margin, high + margin)
}

/// Accuracy over M_val: z_AGG, and the mean of as many z for everyone.
pub(super) fn class_over_views(
    suite: &SuiteReport,
    name: &str,
    area: &Area<'_>,
) -> Result<(), String> {
    let mut all = Vec::new();
    for variant in Variant::CENTRAL {
        let Some(row) = suite.row(variant) else { continue };
        let (color, _) = look(&row.variant);
        let (agg, mean) = (format!("{}, z_AGG", row.title), format!("{}, mean of z", row.title));
        all.push(line(&agg, (color, Stroke::Thick), row, 1..=8, |m, run| ask::class_z_agg(m)(run)));
        all.push(line(&mean, (color, Stroke::Dashed), row, 1..=8, |m, run| {
            ask::class_z_mean(m)(run)
        }));
    }
    for method in Method::baselines() {
        let Some(row) = suite.row(Variant::Baseline(method)) else { continue };
        let title = format!("{}, mean of z", row.title);
        let (color, again) = look(&row.variant);
        let stroke = if again { Stroke::Thin } else { Stroke::Thick };
        all.push(line(&title, (color, stroke), row, 1..=8, |m, run| ask::class_z_mean(m)(run)));
    }
    let chance = suite.class_chance();
    let chance = chance.map_or_else(String::new, |share| format!(" (chance: {:.3})", 1.0 - share));
    let title = format!("{name}: wrong classes over observed views");
    let desc = format!("share of wrong classes{chance}; none stand at {NONE_WRONG}");
    all.iter_mut().for_each(Line::turn_to_errors);
    let label = |y: f64| match 10_f64.powf(y) {
        share if share >= 0.01 => format!("{share:.2}"),
        share => format!("{share:.4}"),
    };
    draw(area, title, &Axis { desc: &desc, range: about(&all), label }, &all)
}

/// Path integration over M, whole and lesioned, and untrained.
pub(super) fn paths(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let mut all = Vec::new();
    if let Some(row) = suite.row(Variant::SeqJepa) {
        for ((title, of), color) in PathAt::PARTS.into_iter().zip(COLORS) {
            all.push(line(title, (color, Stroke::Thick), row, 1..=7, |m, run| {
                ask::path(m, of)(run)
            }));
        }
    }
    if let Some(row) = suite.row(Variant::Untrained) {
        let whole = |m, run: &Measures| ask::path(m, |path| path.whole)(run);
        all.push(line(
            "untrained, vision and action",
            (COLORS[6], Stroke::Dashed),
            row,
            1..=7,
            whole,
        ));
    }
    let title = format!("{name}: seq-JEPA's path from z_AGG and the last action");
    let label = |y: f64| format!("{y:.1}");
    draw(area, title, &Axis { desc: "R² of the path", range: about(&all), label }, &all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_logarithms_and_none_has_a_place() {
        let at = At { middle: 0.99, ends: [0.9, 1.01] };
        let (color, stroke) = (COLORS[0], Stroke::Thick);
        let mut line = Line { title: String::new(), color, stroke, points: vec![(1, at)] };
        line.turn_to_errors();
        let At { middle, ends: [low, high] } = line.points[0].1;
        assert!((middle + 2.0).abs() < 1e-9 && (low + 1.0).abs() < 1e-9);
        assert!((high - NONE_WRONG.log10()).abs() < 1e-12);
    }
}
