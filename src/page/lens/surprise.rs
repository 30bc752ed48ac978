//! *Surprise*: some looks are swapped, and say so; does the model notice?

use leptos::prelude::*;

use super::score::Trials;
use super::tile::Tile;
use crate::page::Page;
use crate::page::erased::changing;
use crate::page::figure::{Drawing, Figure, drawn};
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
        {move || last().map(|one| view! { <Last one /> })}
        <div hidden=move || surprises.with(Vec::is_empty)>
            <Drawing figure=drawn(move || surprises.with(|all| meter(all))) id="meter" />
        </div>
        <p class="session" data-testid="surprises">{changing(line)}</p>
        <Trials />
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
fn meter(all: &[Surprise]) -> Figure {
    let mut figure = Figure::new(320.0, 56.0);
    figure.line("axis", &[(8.0, 26.0), (312.0, 26.0)]);
    for (i, one) in all.iter().enumerate() {
        let at = 8.0 + one.model / 2.0 * 304.0;
        let age = if i + 1 == all.len() { "" } else { " earlier" };
        if one.shown.swapped {
            figure.triangle(&["decoded", age].concat(), (at, 14.0), 6.0);
        } else {
            figure.disc(&["true", age].concat(), (at, 34.0), 5.0);
        }
        let kind = if one.shown.swapped { text::SWAPPED } else { text::TRUE };
        figure.rows.push(vec![
            kind.to_owned(),
            text::number(one.model, 2),
            text::number(one.copy_last, 2),
        ]);
    }
    let ends = [(8.0, "start", "0"), (160.0, "middle", "1"), (312.0, "end", "2")];
    ends.iter().for_each(|&(x, anchor, words)| figure.words((x, 54.0), anchor, words));
    figure.caption = text::SURPRISE_LINE.to_owned();
    figure.head = text::SURPRISE_HEAD.map(str::to_owned).to_vec();
    figure
}
