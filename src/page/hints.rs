//! First steps, one at a time: what to do next is what has not been done yet.

use leptos::prelude::*;

use super::Page;
use super::browser;
use super::state::{LivePhase, Weights};
use super::text;
use crate::page::erased::on;

/// Key of how far the visitor has come, in this origin's storage.
const KEPT: &str = "hints";

/// What the visitor may do next; nothing once all has been done or was waved away.
#[component]
pub fn Hint() -> impl IntoView {
    let page = expect_context::<Page>();
    let (look, run) = (page.state.look, page.state.run);
    let done = RwSignal::new(browser::kept(KEPT).and_then(|n| n.parse().ok()).unwrap_or(0_usize));
    Effect::new(move |_| {
        let made = [
            look.aim.with(Option::is_some),
            look.reveals.with(|reveals| !reveals.is_empty()),
            look.weights.get() != Weights::Full,
            run.open.get(),
        ];
        let next = done.get();
        if made.get(next) == Some(&true) {
            step(done, next + 1);
        }
    });
    let words = move || {
        let live = look.phase.get() == LivePhase::Looking && !page.state.embed.get();
        text::HINTS.get(done.get()).filter(|_| live).copied().unwrap_or_default()
    };
    let wave = move |_: leptos::ev::MouseEvent| step(done, text::HINTS.len());
    view! {
        <p class="first-hint" data-testid="hint" hidden=move || words().is_empty()>
            <span>{move || words()}</span>
            <button type="button" aria-label=text::HINT_AWAY on:click=on(wave)>"×"</button>
        </p>
    }
}

fn step(done: RwSignal<usize>, to: usize) {
    done.set(to);
    browser::keep(KEPT, &to.to_string());
}
