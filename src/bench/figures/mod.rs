//! The report's figures as SVG: class against R², class over views, paths over views, reciprocal ranks.

mod lines;
mod names;
mod ranks;
mod trade_off;

use super::markdown::named;
use super::plan::Variant;
use super::report::SuiteReport;
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
const SIZE: (u32, u32) = (820, 480);

/// Okabe and Ito's colors, told apart by all readers.
const COLORS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
];

/// All figures of a suite; `data` are names of what stood in for its procedural things.
///
/// # Errors
/// When a figure cannot be drawn.
pub fn of_suite(suite: &SuiteReport, data: &[String]) -> Result<Vec<Figure>, String> {
    let name = named(&suite.suite, data);
    let mut all = vec![
        figure(suite, "tradeoff", |area| trade_off::draw(suite, &name, area))?,
        figure(suite, "class", |area| lines::class_over_views(suite, &name, area))?,
        figure(suite, "mrr", |area| ranks::draw(suite, &name, area))?,
    ];
    if suite.has_path_figure() {
        all.push(figure(suite, "path", |area| lines::paths(suite, &name, area))?);
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

/// The smallest and the largest of some values; `None` of none.
fn bounds(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .map(|value| (value, value))
        .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
}

/// How a method looks in every figure: its color, and whether that color is used a second time.
fn look(variant: &str) -> (RGBColor, bool) {
    let index = Variant::methods().position(|method| method.word() == variant).unwrap_or(0);
    (COLORS[index % COLORS.len()], index >= COLORS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_methods_look_the_same() {
        let looks: Vec<String> =
            Variant::methods().map(|one| format!("{:?}", look(&one.word()))).collect();
        for (index, one) in looks.iter().enumerate() {
            assert!(!looks[..index].contains(one), "{one}");
        }
    }
}
