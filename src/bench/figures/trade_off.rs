//! Every method in the plane of R² and class: the trade-off picture.

use super::super::plan::Variant;
use super::super::report::{Row, SuiteReport, Summary, ask};
use super::names::Names;
use super::{Area, bounds, look, told};
use plotters::prelude::*;

/// One method.
struct Dot {
    title: String,
    color: RGBColor,
    /// From as many views as seq-JEPA has: z_AGG, or the mean of z where there is none.
    class: Summary,
    /// From one z.
    single: Summary,
    r2: Summary,
}

impl Dot {
    fn of(row: &Row, m: usize) -> Option<Self> {
        Some(Self {
            title: row.title.clone(),
            color: look(&row.variant).0,
            class: row.summary(ask::class_of_views(m))?,
            single: row.summary(ask::class_z_mean(1))?,
            r2: row.summary(ask::action)?,
        })
    }
}

/// A range about values, `least` wide or more and not beyond 1, the most that class and R² can be.
fn range(values: impl Iterator<Item = f64>, least: f64) -> (f64, f64) {
    let Some((low, high)) = bounds(values) else { return (0.0, 1.0) };
    let margin = (0.08 * (high - low)).max(0.5 * (least - (high - low)));
    // A dot at 1 is still seen as a whole.
    let top = 1.0 + 0.02 * (high - low).max(least);
    let high = (high + margin).min(top);
    (low - margin, high)
}

/// The untrained network lies far from the others; its place is told in words.
pub(super) fn draw(suite: &SuiteReport, name: &str, area: &Area<'_>) -> Result<(), String> {
    let m = suite.n_observed;
    let methods = suite.methods();
    let is_untrained = |row: &&&Row| row.variant == Variant::Untrained.word();
    let untrained = methods.iter().find(is_untrained).and_then(|row| Dot::of(row, m));
    let trained = methods.iter().filter(|row| !is_untrained(row));
    let dots: Vec<Dot> = trained.filter_map(|row| Dot::of(row, m)).collect();
    let x = range(dots.iter().flat_map(|dot| dot.r2.ends()), 0.1);
    let y = range(dots.iter().flat_map(|dot| [dot.class.ends(), dot.single.ends()].concat()), 0.02);
    let many = dots.iter().any(|dot| dot.r2.n > 1);
    let spread = if many { ", mean ± deviation over seeds" } else { "" };
    let title = format!("{name}: class against R² of the action{spread}");
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18))
        .margin(14)
        .x_label_area_size(56)
        .y_label_area_size(56)
        .build_cartesian_2d(x.0..x.1, y.0..y.1)
        .map_err(told)?;
    let beside = untrained.map_or_else(String::new, |dot| {
        format!(" (untrained: {:.3}, class {:.3})", dot.r2.mean, dot.class.mean)
    });
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(format!("R² of the action from a pair of z{beside}"))
        .y_desc(format!("class: filled, from {m} views (z_AGG or mean z); hollow, from one z"))
        .draw()
        .map_err(told)?;
    let mut names = Names::default();
    for dot in &dots {
        let (cx, cy) = (dot.r2.mean, dot.class.mean);
        let [left, right] = dot.r2.ends();
        let bars = [dot.class, dot.single].map(|class| {
            let [low, high] = class.ends();
            vec![(cx, low), (cx, high)]
        });
        for bar in bars.into_iter().chain([vec![(left, cy), (right, cy)]]) {
            chart.draw_series([PathElement::new(bar, dot.color)]).map_err(told)?;
        }
        let pair = vec![(cx, dot.single.mean), (cx, cy)];
        chart.draw_series([PathElement::new(pair, dot.color.mix(0.35))]).map_err(told)?;
        chart.draw_series([Circle::new((cx, dot.single.mean), 4, dot.color)]).map_err(told)?;
        chart.draw_series([Circle::new((cx, cy), 5, dot.color.filled())]).map_err(told)?;
        for class in [dot.class, dot.single] {
            names.keep_off(chart.backend_coord(&(cx, class.mean)));
        }
    }
    for dot in &dots {
        let from = chart.backend_coord(&(dot.r2.mean, dot.single.mean));
        let (at, leader) = names.place(from, &dot.title);
        if let Some(end) = leader {
            let line = PathElement::new(vec![from, end], dot.color.mix(0.6));
            area.draw(&line).map_err(told)?;
        }
        let style = ("sans-serif", 13).into_font().color(&dot.color);
        area.draw(&Text::new(dot.title.clone(), at, style)).map_err(told)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_wide_enough_and_end_at_one() {
        // Noise about 0 is not blown up to a picture of its own.
        let (low, high) = range([-0.014, 0.004].into_iter(), 0.1);
        assert!(high - low >= 0.099, "{low} {high}");
        let (low, high) = range([0.65, 0.95, 1.0].into_iter(), 0.1);
        assert!(low < 0.65 && high > 1.0 && high < 1.01, "{low} {high}");
        assert_eq!(range(core::iter::empty(), 0.1), (0.0, 1.0));
    }
}
