//! A line chart by uPlot (`www/plot.js`), with a caption that tells its last value and a table of its numbers.

use js_sys::Array;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::figure::{At, Figure, save_alone, table};
use super::text;
use crate::page::erased::{changing, on};

/// Rows of the table.
const N_ROWS: usize = 12;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = drawPlot, catch)]
    fn draw_plot(
        plot: &JsValue,
        target: &web_sys::HtmlElement,
        lines: &Array,
        columns: &Array,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = dropPlot, catch)]
    fn drop_plot(plot: &JsValue) -> Result<(), JsValue>;
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// The custom property with its color.
    pub ink: &'static str,
    /// Solid for measured, dashed for nulls.
    pub style: Style,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A measurement.
    Solid,
    /// A null.
    Dashed,
    /// Another run's.
    Thin,
}

/// The numbers of a chart: steps, and one row a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// The lines.
    pub lines: Vec<Line>,
    /// Steps.
    pub x: Vec<f64>,
    /// One row a line, each as long as `x`; not a number where a line has no point.
    pub ys: Vec<Vec<f64>>,
}

impl Numbers {
    /// Adds a line with steps of its own.
    pub fn add(&mut self, line: Line, points: &[(u64, f32)]) {
        let mut x: Vec<f64> = points.iter().map(|(step, _)| *step as f64).collect();
        x.extend(&self.x);
        x.sort_by(f64::total_cmp);
        x.dedup();
        let place = |step: f64| x.binary_search_by(|other| other.total_cmp(&step)).ok();
        for ys in &mut self.ys {
            let mut spread = vec![f64::NAN; x.len()];
            for (step, y) in self.x.iter().zip(ys.iter()) {
                if let Some(at) = place(*step) {
                    spread[at] = *y;
                }
            }
            *ys = spread;
        }
        let mut added = vec![f64::NAN; x.len()];
        for (step, y) in points {
            if let Some(at) = place(*step as f64) {
                added[at] = f64::from(*y);
            }
        }
        self.ys.push(added);
        self.lines.push(line);
        self.x = x;
    }
}

/// A chart.
#[component]
pub fn Chart(
    /// Its heading.
    title: &'static str,
    /// Its name for scripts.
    id: &'static str,
    /// Its lines and numbers.
    numbers: Signal<Numbers>,
) -> impl IntoView {
    let target = NodeRef::<Div>::new();
    let plot: Plot = StoredValue::new_local(None);
    Effect::new(move |_| {
        let Some(element) = target.get() else { return };
        let element: web_sys::HtmlElement = (*element).clone().unchecked_into();
        numbers.with(|numbers| draw(plot, &element, numbers));
    });
    on_cleanup(move || forget(plot));
    let latest = move || numbers.with(caption);
    view! {
        <figure class="chart" data-testid=id>
            <figcaption>
                <strong>{title}</strong>
                <span class="latest">{changing(latest)}</span>
            </figcaption>
            <div node_ref=target aria-hidden="true"></div>
            <details>
                <summary>{text::TABLE}</summary>
                <table inner_html=move || numbers.with(rows)></table>
                <button
                    type="button"
                    data-testid=["svg-", id].concat()
                    on:click=on(move |_| numbers.with_untracked(|numbers| as_drawing(numbers, title)))
                >
                    {text::SAVE_SVG}
                </button>
            </details>
        </figure>
    }
}

/// The last numbers as words.
fn caption(numbers: &Numbers) -> String {
    if numbers.x.is_empty() {
        return text::NO_NUMBERS.to_owned();
    }
    let own = numbers.lines.iter().zip(&numbers.ys).filter(|(line, _)| line.style != Style::Thin);
    let values = own.map(|(line, ys)| {
        let last = ys.iter().rev().find(|y| y.is_finite()).copied().unwrap_or(f64::NAN);
        [line.name.as_str(), " ", &text::number(last as f32, 3)].concat()
    });
    values.collect::<Vec<_>>().join(" · ")
}

fn rows(numbers: &Numbers) -> String {
    let n = numbers.x.len();
    let every = n.div_ceil(N_ROWS).max(1);
    let mut head = vec![text::AXIS_STEP.to_owned()];
    head.extend(numbers.lines.iter().map(|line| line.name.clone()));
    let row = |i: usize| {
        let mut row = vec![text::number(numbers.x[i] as f32, 0)];
        row.extend(numbers.ys.iter().map(|ys| text::number(ys[i] as f32, 3)));
        row
    };
    table(&head, &(0..n).rev().step_by(every).map(row).collect::<Vec<_>>())
}

/// Draws the numbers; makes the chart when there are numbers for the first time.
fn draw(plot: Plot, target: &web_sys::HtmlElement, numbers: &Numbers) {
    if numbers.x.is_empty() {
        return forget(plot);
    }
    let columns: Array =
        numbers.ys.iter().map(|ys| ys.iter().map(gap).collect::<Array>()).collect();
    columns.unshift(&js_sys::Float64Array::from(numbers.x.as_slice()));
    let line = |line: &Line| {
        let style = match line.style {
            Style::Solid => "solid",
            Style::Dashed => "dashed",
            Style::Thin => "thin",
        };
        Array::of3(&line.name.as_str().into(), &line.ink.into(), &style.into())
    };
    let lines: Array = numbers.lines.iter().map(line).collect();
    let before = plot.try_update_value(Option::take).flatten().unwrap_or(JsValue::NULL);
    // Without its script there is no chart; the table tells the numbers.
    let made = draw_plot(&before, target, &lines, &columns).ok();
    plot.set_value(made.filter(JsValue::is_object));
}

/// The chart, once it is made.
type Plot = StoredValue<Option<JsValue>, LocalStorage>;

fn forget(plot: Plot) {
    if let Some(plot) = plot.try_update_value(Option::take).flatten() {
        drop_plot(&plot).ok();
    }
}

/// A number, or nothing where there is none.
fn gap(value: &f64) -> JsValue {
    if value.is_finite() { (*value).into() } else { JsValue::NULL }
}

/// The same as a drawing, for a file.
fn as_drawing(numbers: &Numbers, title: &str) {
    let (width, height, left, below) = (480.0, 260.0, 44.0, 26.0);
    let finite = || numbers.ys.iter().flatten().filter(|y| y.is_finite()).map(|y| *y as f32);
    let (low, high) = finite().fold((f32::MAX, f32::MIN), |(l, h), y| (l.min(y), h.max(y)));
    let (first, last) = (numbers.x.first(), numbers.x.last());
    let (Some(first), Some(last)) = (first.map(|x| *x as f32), last.map(|x| *x as f32)) else {
        return;
    };
    let at = |x: f32, y: f32| -> At {
        let right = (x - first) / (last - first).max(1.0) * (width - left - 8.0);
        let up = (y - low) / (high - low).max(1e-6) * (height - below - 24.0);
        (left + right, height - below - up)
    };
    let mut figure = Figure::new(width, height);
    figure.rect("ground", (left, 16.0), (width - left - 8.0, height - below - 16.0));
    for (k, (line, ys)) in numbers.lines.iter().zip(&numbers.ys).enumerate() {
        let points = numbers.x.iter().zip(ys).filter(|(_, y)| y.is_finite());
        let points: Vec<At> = points.map(|(x, y)| at(*x as f32, *y as f32)).collect();
        let class = match (line.style, k) {
            (Style::Solid, 0) => "model",
            (Style::Solid, _) => "untrained-solid",
            (Style::Dashed, _) => "still",
            (Style::Thin, _) => "thin",
        };
        figure.line(class, &points);
        let place = (left + k as f32 * 84.0, 8.0);
        figure.shape(class, k, place, 3.5);
        figure.words((place.0 + 7.0, 12.0), "start", &line.name);
    }
    for (y, place) in [(low, height - below), (high, 24.0)] {
        figure.words((left - 4.0, place + 4.0), "end", &text::number(y, 3));
    }
    for (x, anchor) in [(first, "start"), (last, "end")] {
        figure.words((at(x, low).0, height - 10.0), anchor, &text::number(x, 0));
    }
    figure.words((width / 2.0, height - 10.0), "middle", text::AXIS_STEP);
    figure.caption = [title, ": ", &caption(numbers)].concat();
    save_alone(&figure, title);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_steps_of_their_own_share_an_axis() {
        let line = |name: &str| Line { name: name.to_owned(), ink: "--ink", style: Style::Thin };
        let mut numbers =
            Numbers { lines: vec![line("now")], x: vec![1.0, 3.0], ys: vec![vec![0.5, 0.25]] };
        numbers.add(line("before"), &[(2, 0.75), (3, 0.5)]);
        assert_eq!(numbers.x, [1.0, 2.0, 3.0]);
        assert_eq!(numbers.ys[0][0], 0.5);
        assert!(numbers.ys[0][1].is_nan() && numbers.ys[1][0].is_nan());
        assert_eq!((numbers.ys[0][2], &numbers.ys[1][1..]), (0.25, &[0.75, 0.5][..]));
    }
}
