//! Cards for what went wrong: what happened, what still works, what to do.

use leptos::prelude::*;

use super::Page;
use super::browser;
use super::state::{Card, Remedy, State};
use super::text;
use crate::page::erased::on;
use crate::scenery::Mode;

/// All cards, oldest first.
#[component]
pub fn ErrorCards() -> impl IntoView {
    let page = expect_context::<Page>();
    let cards = page.state.cards;
    view! {
        <div class="cards" role="region" aria-label=text::CARDS aria-live="polite">
            {move || cards.get().into_iter().map(|card| view! { <ErrorCard card /> }).collect_view()}
        </div>
    }
}

#[component]
fn ErrorCard(card: Card) -> impl IntoView {
    let page = expect_context::<Page>();
    let told = StoredValue::new(card.clone());
    let dismiss =
        move |_| page.state.cards.update(|cards| cards.retain(|c| *c != told.get_value()));
    let copy = move |_| browser::copy(&report(page.state, &told.get_value()));
    let buttons = card.remedies.iter().map(|&remedy| {
        let act = move |_| {
            page.state.cards.update(|cards| cards.retain(|c| *c != told.get_value()));
            page.apply(remedy);
        };
        view! { <button type="button" class="primary" on:click=on(act)>{text::remedy(remedy)}</button> }
    });
    view! {
        <section class="card" data-testid="error-card">
            <p class="happened">{card.happened.clone()}</p>
            <p class="works">{card.works}</p>
            <p class="actions">
                {buttons.collect_view()}
                <button type="button" on:click=on(copy)>{text::COPY_REPORT}</button>
                <button type="button" on:click=on(dismiss) data-testid="dismiss">{text::DISMISS}</button>
            </p>
        </section>
    }
}

impl Page {
    /// Does what a card offers.
    pub fn apply(self, remedy: Remedy) {
        match remedy {
            Remedy::RestartLive => self.live.start(),
            Remedy::TrainOnCpu => self.training.move_to_cpu(),
            Remedy::Recover => self.training.recover(),
            Remedy::TrainSlower => self.training.begin_slower(),
            Remedy::TrainSmaller => self.training.begin_smaller(),
            Remedy::TrainOpened => {
                if let Some(file) = self.state.look.file.get_untracked() {
                    self.training.resume(file);
                }
            }
            Remedy::Reload => browser::reload(),
        }
    }
}

/// What a visitor can paste into an issue.
fn report(state: State, card: &Card) -> String {
    let device = |device: Option<crate::protocol::DeviceReport>| {
        device.map_or_else(|| "-".to_owned(), |d| d.name)
    };
    let mode = match state.mode.get_untracked() {
        Mode::Saccade => "saccade",
        Mode::Rotate => "rotate",
    };
    let step = state.run.step.with_untracked(|s| s.as_ref().map_or(0, |s| s.step));
    [
        card.happened.clone(),
        ["version: ", env!("CARGO_PKG_VERSION")].concat(),
        ["looks on: ", &device(state.look.device.get_untracked())].concat(),
        ["trains on: ", &device(state.run.device.get_untracked())].concat(),
        ["mode: ", mode].concat(),
        ["step: ", &step.to_string()].concat(),
        ["address: ", &browser::hash()].concat(),
        ["browser: ", &browser::agent()].concat(),
    ]
    .join("\n")
}
