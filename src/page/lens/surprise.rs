//! *Surprise*: some looks are swapped, and say so; does the model notice?

use leptos::prelude::*;

use super::Fool;
use super::score::Trials;
use super::tile::Tile;
use crate::page::Page;
use crate::page::erased::changing;
use crate::page::text;
use crate::scenery::surprise::{Surprise, session};

/// The lens.
#[component]
pub fn SurpriseLens() -> impl IntoView {
    let surprises = expect_context::<Page>().state.look.surprises;
    let last = move || surprises.with(|all| all.last().cloned());
    let line = move || {
        surprises.with(|all| {
            let n_swapped = all.iter().filter(|one| one.shown.swapped).count();
            (!all.is_empty()).then(|| text::surprises(all.len(), n_swapped, session(all)))
        })
    };
    view! {
        <p class="hint">{text::SURPRISE_EMPTY}</p>
        {move || last().map(|one| view! { <Last one /> })}
        {move || surprises.with(|all| (!all.is_empty()).then(|| view! { <Meter all=all.clone() /> }))}
        <p class="session" data-testid="surprises">{changing(line)}</p>
        <Trials />
        <Fool>
            <p>{text::SURPRISE_FOOL}</p>
        </Fool>
    }
}

#[component]
fn Last(one: Surprise) -> impl IntoView {
    let line = text::surprise(&one);
    view! {
        <div class="tiles">
            <Tile view=Signal::stored(Some(one.guess_view)) label=text::TILE_BEFORE kind="guess" />
            <Tile view=Signal::stored(Some(one.shown.view)) label=text::SURPRISE_SHOWN kind="truth" />
        </div>
        <p class="rank-line" data-testid="surprise-line"><strong>{line}</strong></p>
    }
}

/// Every look on a line from 0 to 2: true ones as discs below it, swapped ones as triangles above.
#[component]
fn Meter(all: Vec<Surprise>) -> impl IntoView {
    let n = all.len();
    let marks = all.into_iter().enumerate().map(|(i, one)| {
        let at = 8.0 + one.model / 2.0 * 304.0;
        let opacity = if i + 1 == n { "1" } else { "0.55" };
        if one.shown.swapped {
            let corners = [(at, 8.0_f32), (at + 6.0, 20.0), (at - 6.0, 20.0)]
                .map(|(x, y)| [text::number(x, 1), text::number(y, 1)].join(","));
            view! { <polygon class="decoded" points=corners.join(" ") opacity=opacity /> }
                .into_any()
        } else {
            view! { <circle class="true" cx=text::number(at, 1) cy="34" r="5" opacity=opacity /> }
                .into_any()
        }
    });
    view! {
        <svg class="rank-strip map" viewBox="0 0 320 56" role="img" aria-label=text::SURPRISE_LINE>
            <line class="axis" x1="8" x2="312" y1="26" y2="26" />
            {marks.collect_view()}
            <text class="end" x="8" y="54" text-anchor="start">"0"</text>
            <text class="end" x="160" y="54" text-anchor="middle">"1"</text>
            <text class="end" x="312" y="54" text-anchor="end">"2"</text>
        </svg>
    }
}
