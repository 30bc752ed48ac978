//! The run's last weights: which of them the stage looks with.

use leptos::prelude::*;

use super::super::Page;
use super::super::state::Weights;
use super::super::text;
use crate::page::erased::on;

/// The slider.
#[component]
pub fn Scrubber() -> impl IntoView {
    let page = expect_context::<Page>();
    let (look, run) = (page.state.look, page.state.run);
    let last = move || run.snapshots.with(|all| all.len().saturating_sub(1));
    let at = move || run.scrubbed.get().unwrap_or_else(last).min(last());
    let choose = move |event: leptos::ev::Event| {
        let Ok(chosen) = event_target_value(&event).parse::<usize>() else { return };
        let newest = chosen >= run.snapshots.with_untracked(|all| all.len().saturating_sub(1));
        run.scrubbed.set((!newest).then_some(chosen));
        if let Some((_, weights)) = run.snapshots.with_untracked(|all| all.get(chosen).cloned()) {
            page.looking.forget_scores();
            page.live.look_with_run(weights.to_vec());
        }
    };
    let line = move || {
        let step = run.snapshots.with(|all| all.get(at()).map(|(step, _)| *step));
        step.map(|step| text::scrubbed(step, run.scrubbed.get().is_none()))
    };
    let hidden =
        move || run.snapshots.with(|all| all.len() < 2) || look.weights.get() != Weights::Run;
    view! {
        <label class="field scrub" hidden=hidden>
            <span data-testid="scrub-line">{line}</span>
            <input
                type="range"
                min="0"
                data-testid="scrub"
                aria-label=text::SCRUB
                prop:max=move || last().to_string()
                prop:value=move || at().to_string()
                on:input=on(choose)
            />
        </label>
    }
}
