//! The path: where the model was led, and where it reads off `z_agg` that it is.

use leptos::prelude::*;

use super::Page;
use super::figure::{self, At, Drawing, Figure};
use super::lens::Fool;
use super::state::Seen;
use super::survey::{PathErrorPlot, Survey};
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
    let figure = figure::drawn(move || drawn(page));
    view! {
        <section
            class="panel path"
            data-panel="path"
            inert=move || page.state.locks(Panel::Path)
            data-testid="path">
            <h2>{text::PATH}</h2>
            <div class="path-body">
                <Drawing figure id="path-map" />
                <div>
                    <p class="legend">
                        <span class="true">"● "{text::PATH_TRUE}</span>
                        <span class="decoded">"▲ "{text::PATH_DECODED}</span>
                    </p>
                    <p class="hint">{changing(hint)}</p>
                </div>
            </div>
            <Survey />
            <PathErrorPlot />
            <Fool name=Signal::stored("path") />
        </section>
    }
}

/// Both paths: over the area of the picture, or as angles from the first pose look by look.
fn drawn(page: Page) -> Figure {
    let look = page.state.look;
    let mode = page.state.mode.get();
    let mut figure = Figure::new(SIDE + 16.0, SIDE + 16.0);
    figure.rect("ground", (8.0, 8.0), (SIDE, SIDE));
    let (truth, decoded) = match mode {
        Mode::Saccade => places(page),
        Mode::Rotate => {
            figure.words((14.0, 22.0), "start", "180°");
            figure.words((14.0, SIDE + 2.0), "start", "0°");
            look.with_scenery(mode, |s| look.seen.with(|seen| angles(s, seen))).unwrap_or_default()
        }
    };
    figure.line("true", &truth);
    figure.line("decoded", &decoded);
    truth.iter().for_each(|&at| figure.disc("true", at, 5.0));
    decoded.iter().for_each(|&at| figure.triangle("decoded", at, 6.5));
    figure.caption = text::PATH_CAPTION.to_owned();
    figure.head = vec![text::PATH_TRUE.to_owned(), text::PATH_DECODED.to_owned()];
    let side_px = look.with_scenery(mode, Scenery::picture_side_px).unwrap_or(1);
    let told = |state: &[f32]| text::place(mode, side_px, state);
    figure.rows = look.seen.with(|seen| {
        let row = |s: &Seen| {
            let decoded = s.decoded.as_deref().map_or_else(|| "–".to_owned(), told);
            vec![told(&s.state), decoded]
        };
        seen.iter().map(row).collect()
    });
    figure
}

/// True and decoded places, the one that is aimed at too.
fn places(page: Page) -> (Vec<At>, Vec<At>) {
    let at = |state: &[f32]| {
        let part = |k: usize| 8.0 + state.get(k).copied().unwrap_or(0.5) * SIDE;
        (part(1), part(0))
    };
    page.state.look.seen.with(|seen| {
        let truth = seen.iter().map(|s| at(&s.state)).collect();
        let decoded = seen.iter().filter_map(|s| s.decoded.as_deref().map(at));
        (truth, decoded.chain(page.state.decoded.get().map(|d| at(&d))).collect())
    })
}

/// Angles from the first pose.
fn angles(scenery: &Scenery, seen: &[Seen]) -> (Vec<At>, Vec<At>) {
    let poses: Vec<&Seen> = seen.iter().filter(|s| s.state.len() == 4).collect();
    let Some(first) = poses.first() else { return (Vec::new(), Vec::new()) };
    let last = poses.len().max(2) as f32 - 1.0;
    let at = |i: usize, state: &[f32]| {
        let deg = scenery.distance(&first.state, state).to_degrees();
        (18.0 + i as f32 / last * (SIDE - 20.0), SIDE - 2.0 - deg / 180.0 * (SIDE - 20.0))
    };
    let truth = poses.iter().enumerate().map(|(i, s)| at(i, &s.state)).collect();
    let decoded = poses.iter().enumerate().filter_map(|(i, s)| Some(at(i, s.decoded.as_deref()?)));
    (truth, decoded.collect())
}
