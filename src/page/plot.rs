//! A line chart by uPlot, with a caption that tells its last value and a table of its numbers.

use js_sys::{Array, Object, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use super::text;
use crate::page::erased::changing;

/// Height of a chart in CSS pixels.
const HEIGHT_PX: f64 = 180.0;

/// Rows of the table.
const N_ROWS: usize = 12;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = uPlot)]
    type UPlot;

    #[wasm_bindgen(constructor, js_class = "uPlot", catch)]
    fn new(options: &Object, data: &Array, target: &web_sys::HtmlElement)
    -> Result<UPlot, JsValue>;
    #[wasm_bindgen(method, js_name = setData)]
    fn set_data(this: &UPlot, data: &Array);
    #[wasm_bindgen(method, js_name = setSize)]
    fn set_size(this: &UPlot, size: &Object);
    #[wasm_bindgen(method)]
    fn destroy(this: &UPlot);
}

/// One line of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Its name.
    pub name: &'static str,
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
}

/// The numbers of a chart: steps, and one row a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Steps.
    pub x: Vec<f64>,
    /// One row a line, each as long as `x`.
    pub ys: Vec<Vec<f64>>,
}

/// A chart.
#[component]
pub fn Chart(
    /// Its heading.
    title: &'static str,
    /// Its name for scripts.
    id: &'static str,
    /// Its lines.
    lines: &'static [Line],
    /// Its numbers.
    numbers: Signal<Numbers>,
) -> impl IntoView {
    let target = NodeRef::<Div>::new();
    let plot = StoredValue::new_local(None::<UPlot>);
    Effect::new(move |_| {
        let Some(element) = target.get() else { return };
        let element: web_sys::HtmlElement = (*element).clone().unchecked_into();
        numbers.with(|numbers| draw(plot, &element, lines, numbers));
    });
    on_cleanup(move || forget(plot));
    let latest = move || numbers.with(|numbers| caption(lines, numbers));
    view! {
        <figure class="chart" data-testid=id>
            <figcaption>
                <strong>{title}</strong>
                <span class="latest">{changing(latest)}</span>
            </figcaption>
            <div node_ref=target aria-hidden="true"></div>
            <details>
                <summary>{text::TABLE}</summary>
                <table>
                    <thead>
                        <tr>
                            <th>{text::AXIS_STEP}</th>
                            {lines.iter().map(|l| view! { <th>{l.name}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>{move || numbers.with(rows)}</tbody>
                </table>
            </details>
        </figure>
    }
}

/// The last numbers as words.
fn caption(lines: &[Line], numbers: &Numbers) -> String {
    if numbers.x.is_empty() {
        return text::NO_NUMBERS.to_owned();
    }
    let values = lines.iter().zip(&numbers.ys).map(|(line, ys)| {
        let last = ys.last().copied().unwrap_or(f64::NAN);
        [line.name, " ", &text::number(last as f32, 3)].concat()
    });
    values.collect::<Vec<_>>().join(" · ")
}

fn rows(numbers: &Numbers) -> impl IntoView + use<> {
    let n = numbers.x.len();
    let every = n.div_ceil(N_ROWS).max(1);
    let row = |i: usize| {
        let cells = numbers.ys.iter().map(|ys| {
            let value = ys.get(i).copied().unwrap_or(f64::NAN);
            view! { <td>{text::number(value as f32, 3)}</td> }
        });
        view! { <tr><td>{text::number(numbers.x[i] as f32, 0)}</td>{cells.collect_view()}</tr> }
    };
    (0..n).rev().step_by(every).map(row).collect_view()
}

/// Draws the numbers; makes the chart when there are numbers for the first time.
fn draw(
    plot: StoredValue<Option<UPlot>, LocalStorage>,
    target: &web_sys::HtmlElement,
    lines: &[Line],
    numbers: &Numbers,
) {
    let there = Reflect::has(&js_sys::global(), &"uPlot".into()).unwrap_or(false);
    if numbers.x.is_empty() {
        return forget(plot);
    }
    if !there {
        return;
    }
    let data = Array::of1(&floats(&numbers.x));
    for ys in &numbers.ys {
        data.push(&floats(ys));
    }
    let width = f64::from(target.client_width()).max(120.0);
    let done = plot.with_value(|plot| {
        plot.as_ref().map(|plot| {
            plot.set_size(&object(&[("width", width.into()), ("height", HEIGHT_PX.into())]));
            plot.set_data(&data);
        })
    });
    if done.is_none() {
        plot.set_value(UPlot::new(&options(target, lines, width), &data, target).ok());
    }
}

fn forget(plot: StoredValue<Option<UPlot>, LocalStorage>) {
    plot.update_value(|plot| {
        if let Some(plot) = plot.take() {
            plot.destroy();
        }
    });
}

fn options(target: &web_sys::HtmlElement, lines: &[Line], width: f64) -> Object {
    let token = |name: &str| {
        let style = web_sys::window().and_then(|w| w.get_computed_style(target).ok()?);
        style.and_then(|s| s.get_property_value(name).ok()).unwrap_or_default()
    };
    let series = Array::of1(&object(&[("label", text::AXIS_STEP.into())]));
    for line in lines {
        let one = object(&[
            ("label", line.name.into()),
            ("stroke", token(line.ink).into()),
            ("width", 2.into()),
            ("spanGaps", true.into()),
        ]);
        if line.style == Style::Dashed {
            set(&one, "dash", &Array::of2(&6.into(), &5.into()));
            set(&one, "points", &object(&[("show", false.into())]));
        }
        series.push(&one);
    }
    let axis = || {
        let grid = object(&[("stroke", token("--line").into()), ("width", 1.into())]);
        object(&[
            ("stroke", token("--ink-soft").into()),
            ("grid", grid.clone().into()),
            ("ticks", grid.into()),
            ("size", 44.into()),
        ])
    };
    object(&[
        ("width", width.into()),
        ("height", HEIGHT_PX.into()),
        ("scales", object(&[("x", object(&[("time", false.into())]).into())]).into()),
        ("series", series.into()),
        ("axes", Array::of2(&axis(), &axis()).into()),
        ("legend", object(&[("show", false.into())]).into()),
    ])
}

fn floats(values: &[f64]) -> js_sys::Float64Array {
    js_sys::Float64Array::from(values)
}

fn object(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    pairs.iter().for_each(|(key, value)| set(&object, key, value));
    object
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // A plain object takes any property.
    Reflect::set(object, &key.into(), value).ok();
}
