//! *Where?* and *Guess vs truth*: what the model expects before the look, what was there after it,
//! and the rank with its nulls.

use std::sync::Arc;

use leptos::prelude::*;

use super::score::{Trials, rank_strip};
use super::tile::Tile;
use crate::page::Page;
use crate::page::erased::changing;
use crate::page::figure::Drawing;
use crate::page::state::LivePhase;
use crate::page::text;
use crate::scenery::reveal::{Reveal, median};
use crate::world::View;

/// The lens.
#[component]
pub fn Guess() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let expected = Signal::derive(move || expected(page));
    let hint = move || match look.phase.get() {
        LivePhase::Without => text::LENS_WITHOUT,
        _ => text::LENS_EMPTY,
    };
    let last = move || look.reveals.with(|reveals| reveals.last().cloned());
    view! {
        <div class="tiles">
            <Tile view=expected label=text::TILE_GUESS kind="guess" />
            <Tile view=Signal::derive(|| None) label=text::TILE_HIDDEN kind="hidden" />
        </div>
        <p class="hint" hidden=move || page.state.guess.with(Option::is_some)>{changing(hint)}</p>
        {move || last().map(|reveal| view! { <Last reveal /> })}
        <Trials />
    }
}

/// The best match to the prediction.
fn expected(page: Page) -> Option<View> {
    let (guess, bank) = (page.state.guess.get()?, page.state.look.bank.get()?);
    bank.view(&page.state.look.subject.get(), guess.peak)
}

#[component]
fn Last(reveal: Arc<Reveal>) -> impl IntoView {
    let page = expect_context::<Page>();
    let mode = page.state.mode.get_untracked();
    let (guess, truth) = (reveal.guess_view.clone(), reveal.truth_view.clone());
    let apart = text::apart(reveal.error, mode);
    let [rank, nulls @ ..] = text::rank_parts(&reveal.score);
    let session = move || {
        page.state.look.reveals.with(|reveals| {
            let ranks = reveals.iter().map(|r| r.score.rank).collect();
            let chance = reveals.last().map_or(f32::NAN, |r| r.score.chance);
            median(ranks).map(|median| text::session(reveals.len(), median, chance))
        })
    };
    view! {
        <h3>{text::LAST_LOOK}</h3>
        <div class="tiles">
            <Tile view=Signal::stored(Some(guess)) label=text::TILE_BEFORE kind="guess" />
            <Tile view=Signal::stored(Some(truth)) label=text::TILE_TRUTH kind="truth" />
        </div>
        <Drawing figure=Signal::stored(rank_strip(&reveal.score)) id="rank-strip" />
        <p class="rank-line" data-testid="rank-line">
            <strong>{rank}</strong>
            {nulls.map(|null| view! { <span>{null}</span> }).into_iter().collect_view()}
            <span>{apart}</span>
        </p>
        <p class="session" data-testid="session">{changing(session)}</p>
    }
}
