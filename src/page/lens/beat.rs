//! *Beat the model*: which of four views lies where the look goes?

use leptos::prelude::*;

use super::tile::Tile;
use crate::page::Page;
use crate::page::erased::{changing, on};
use crate::page::text;
use crate::scenery::Mode;
use crate::scenery::beat::Round;
use crate::world::View;

/// The lens.
#[component]
pub fn Beat() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let ask = move || match (look.round.with(Option::is_some), page.state.mode.get()) {
        (false, _) => text::BEAT_EMPTY,
        (true, Mode::Saccade) => text::BEAT_ASK,
        (true, Mode::Rotate) => text::BEAT_ASK_TURN,
    };
    let tally = move || text::tally(look.tally.get());
    let chosen =
        move || look.round.with(|round| round.as_ref().is_some_and(|r| r.chosen.is_some()));
    view! {
        <p>{changing(ask)}</p>
        {move || look.round.get().map(|round| view! { <Options round /> })}
        <button
            type="button"
            class="primary"
            data-testid="next-round"
            hidden=move || !chosen()
            on:click=on(move |_| page.looking.next_round())
        >
            {text::BEAT_NEXT}
        </button>
        <p class="session" data-testid="tally" role="status">{changing(tally)}</p>
    }
}

#[component]
fn Options(round: Round) -> impl IntoView {
    let page = expect_context::<Page>();
    let models = page.state.guess.get_untracked().map(|guess| round.choice_of(&guess.scores));
    let options = round.options.iter().enumerate().map(|(slot, &candidate)| {
        let view = view_of(page, candidate);
        let told =
            round.chosen.map(|chosen| told(&round, slot, chosen, models)).unwrap_or_default();
        let truth = round.chosen.is_some() && slot == round.truth;
        view! {
            <button
                type="button"
                class="option"
                data-testid="option"
                data-truth=if truth { "true" } else { "false" }
                disabled=round.chosen.is_some()
                on:click=on(move |_| page.looking.choose(slot))
            >
                <Tile view=Signal::stored(view) label=LABELS[slot] kind="option" />
                <span>{told}</span>
            </button>
        }
    });
    view! { <div class="options" data-testid="options">{options.collect_view()}</div> }
}

/// Names of the four.
const LABELS: [&str; 4] = ["1", "2", "3", "4"];

fn view_of(page: Page, candidate: usize) -> Option<View> {
    let bank = page.state.look.bank.get_untracked()?;
    bank.view(&page.state.look.subject.get_untracked(), candidate)
}

/// What a view turned out to be.
fn told(round: &Round, slot: usize, chosen: usize, models: Option<usize>) -> String {
    let all = [
        (slot == round.truth, text::BEAT_TRUTH),
        (slot == chosen, text::BEAT_YOU),
        (models == Some(slot), text::BEAT_MODEL),
    ];
    all.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
}
