//! The path: where the model was led, and where it reads off `z_agg` that it is.

use leptos::prelude::*;

use super::Page;
use super::geometry::ImagePoint;
use super::state::Seen;
use super::text;
use super::url::Panel;
use crate::page::erased::changing;
use crate::scenery::{Mode, Scenery};

/// Side of the map, in the drawing's own units.
const SIDE: f32 = 240.0;

/// The path.
#[component]
pub fn PathPanel() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let has_heads =
        move || look.model.with(|m| m.as_ref().is_none_or(|m| !m.readout.path_heads.is_empty()));
    let any = move || look.seen.with(|seen| seen.iter().any(|s| s.decoded.is_some()));
    let hint = move || match (has_heads(), any()) {
        (false, _) => text::PATH_WITHOUT,
        (true, false) => text::PATH_EMPTY,
        (true, true) => text::PATH_NOTE,
    };
    let drawing = move || match page.state.mode.get() {
        Mode::Saccade => view! { <Map /> }.into_any(),
        Mode::Rotate => view! { <Angles /> }.into_any(),
    };
    view! {
        <section
            class="panel path"
            data-panel="path"
            inert=move || page.state.locks(Panel::Path)
            data-testid="path">
            <h2>{text::PATH}</h2>
            <div class="path-body">
                <figure>{changing(drawing)}</figure>
                <div>
                    <p class="legend">
                        <span class="true">"● "{text::PATH_TRUE}</span>
                        <span class="decoded">"▲ "{text::PATH_DECODED}</span>
                    </p>
                    <p class="hint">{changing(hint)}</p>
                    <Table />
                </div>
            </div>
        </section>
    }
}

/// Both paths over the area of the picture.
#[component]
fn Map() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let truth =
        move || look.seen.with(|seen| seen.iter().map(|s| point(&s.state)).collect::<Vec<_>>());
    let decoded = move || {
        let mut points: Vec<ImagePoint> =
            look.seen.with(|s| s.iter().filter_map(|s| s.decoded.as_deref().map(point)).collect());
        points.extend(page.state.decoded.get().map(|d| point(&d)));
        points
    };
    let line = |points: Vec<ImagePoint>| {
        let pairs = points.iter().map(|p| [number(p.col * SIDE), number(p.row * SIDE)].join(","));
        pairs.collect::<Vec<_>>().join(" ")
    };
    let dots = move || {
        truth()
            .into_iter()
            .map(|p| view! { <circle class="true" cx=number(p.col * SIDE) cy=number(p.row * SIDE) r="5" /> })
            .collect_view()
    };
    let triangles =
        move || decoded().into_iter().map(|p| triangle(p.col * SIDE, p.row * SIDE)).collect_view();
    view! {
        <svg class="map" viewBox="-8 -8 256 256" role="img" aria-label=text::PATH>
            <rect class="ground" width="240" height="240" rx="4" />
            <polyline class="true" points=move || line(truth()) />
            <polyline class="decoded" points=move || line(decoded()) />
            {changing(dots)}
            {changing(triangles)}
        </svg>
    }
}

/// The angle from the first pose, look by look.
#[component]
fn Angles() -> impl IntoView {
    let page = expect_context::<Page>();
    let rows = move || {
        let look = page.state.look;
        look.with_scenery(Mode::Rotate, |s| look.seen.with(|seen| angles(s, seen)))
            .unwrap_or_default()
    };
    let x = |i: usize, n: usize| 10.0 + i as f32 / n.max(2).saturating_sub(1) as f32 * 220.0;
    let y = |deg: f32| 230.0 - deg / 180.0 * 220.0;
    let lines = move || {
        let rows = rows();
        let n = rows.len();
        let dots = rows.iter().enumerate().map(|(i, row)| {
            view! { <circle class="true" cx=number(x(i, n)) cy=number(y(row.truth_deg)) r="5" /> }
        });
        let marks = rows
            .iter()
            .enumerate()
            .filter_map(|(i, row)| row.decoded_deg.map(|deg| triangle(x(i, n), y(deg))));
        let join = |values: Vec<(usize, f32)>| {
            let pairs = values.iter().map(|&(i, deg)| [number(x(i, n)), number(y(deg))].join(","));
            pairs.collect::<Vec<_>>().join(" ")
        };
        let truth = join(rows.iter().enumerate().map(|(i, r)| (i, r.truth_deg)).collect());
        let decoded =
            join(rows.iter().enumerate().filter_map(|(i, r)| Some((i, r.decoded_deg?))).collect());
        view! {
            <polyline class="true" points=truth />
            <polyline class="decoded" points=decoded />
            {dots.collect_view()}
            {marks.collect_view()}
        }
    };
    view! {
        <svg class="map" viewBox="-8 -8 256 256" role="img" aria-label=text::PATH>
            <rect class="ground" width="240" height="240" rx="4" />
            <text x="6" y="14">"180°"</text>
            <text x="6" y="236">"0°"</text>
            {changing(lines)}
        </svg>
    }
}

/// One look's angles from the first pose.
struct AngleRow {
    truth_deg: f32,
    decoded_deg: Option<f32>,
}

fn angles(scenery: &Scenery, seen: &[Seen]) -> Vec<AngleRow> {
    let Some(first) = seen.first().filter(|first| first.state.len() == 4) else {
        return Vec::new();
    };
    let angle = |state: &[f32]| scenery.distance(&first.state, state).to_degrees();
    seen.iter()
        .filter(|s| s.state.len() == 4)
        .map(|s| AngleRow {
            truth_deg: angle(&s.state),
            decoded_deg: s.decoded.as_deref().map(angle),
        })
        .collect()
}

/// The same in words, for who cannot see the drawing.
#[component]
fn Table() -> impl IntoView {
    let page = expect_context::<Page>();
    let rows = move || {
        let (look, mode) = (page.state.look, page.state.mode.get());
        let side_px = look.with_scenery(mode, Scenery::picture_side_px).unwrap_or(1);
        let cell = |seen: &Seen| {
            let decoded = seen.decoded.clone().map(|state| Seen { state, decoded: None });
            let truth = text::place(mode, side_px, seen);
            let decoded =
                decoded.map_or_else(|| "–".to_owned(), |d| text::place(mode, side_px, &d));
            view! { <tr><td>{truth}</td><td>{decoded}</td></tr> }
        };
        look.seen.with(|seen| seen.iter().map(cell).collect_view())
    };
    view! {
        <details>
            <summary>{text::TABLE}</summary>
            <table>
                <thead><tr><th>{text::PATH_TRUE}</th><th>{text::PATH_DECODED}</th></tr></thead>
                <tbody>{changing(rows)}</tbody>
            </table>
        </details>
    }
}

fn triangle(x: f32, y: f32) -> impl IntoView {
    let corners = [(x, y - 7.0), (x + 6.0, y + 5.0), (x - 6.0, y + 5.0)];
    let points = corners.map(|(x, y)| [number(x), number(y)].join(",")).join(" ");
    view! { <polygon class="decoded" points=points /> }
}

fn number(value: f32) -> String {
    text::number(value, 1)
}

fn point(state: &[f32]) -> ImagePoint {
    let part = |k: usize| state.get(k).copied().unwrap_or(0.5);
    ImagePoint { row: part(0), col: part(1) }
}
