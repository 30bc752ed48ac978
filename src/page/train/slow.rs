//! One step in slow motion: it is made at once, and then told part by part with its own numbers.

use leptos::prelude::*;
use std::time::Duration;

use super::super::Page;
use super::super::browser;
use super::super::state::{Run, RunPhase};
use super::super::text;
use crate::page::erased::{changing, on};

/// Time that a part stays lit.
const PART_MS: u64 = 1_600;

/// The button and the diagram.
#[component]
pub fn SlowStep() -> impl IntoView {
    let page = expect_context::<Page>();
    let run = page.state.run;
    let stands = move || matches!(run.phase.get(), RunPhase::Idle | RunPhase::Paused);
    let begin = move |_: leptos::ev::MouseEvent| {
        let from = run.step.with_untracked(|step| step.as_ref().map(|step| step.step));
        run.slow.set(None);
        page.training.step();
        tell_after(run, from);
    };
    let told = move || {
        let part = run.slow.get()?;
        run.step.with(|step| step.as_ref().map(|s| text::parts(s, run_facts(run))[part].clone()))
    };
    let parts = text::PARTS.iter().enumerate().map(|(i, name)| {
        let lit = move || if run.slow.get() == Some(i) { "step" } else { "false" };
        view! {
            <button
                type="button"
                aria-current=changing(lit)
                on:click=on(move |_: leptos::ev::MouseEvent| run.slow.set(Some(i)))
            >
                {*name}
            </button>
        }
    });
    let parts = parts.collect_view();
    view! {
        <div class="slow" data-testid="slow">
            <button
                type="button"
                data-testid="slow-step"
                title=text::SLOW_WHY
                prop:disabled=move || !stands()
                on:click=on(begin)
            >
                {text::SLOW}
            </button>
            <div hidden=move || run.slow.with(Option::is_none) data-testid="parts">
                <div class="buttons">{parts}</div>
                <p role="status" data-testid="part">{move || told().unwrap_or_default()}</p>
            </div>
        </div>
    }
}

/// Sequences and views of a step.
fn run_facts(run: Run) -> Option<(usize, usize)> {
    run.card.with(|card| {
        let recipe = &card.as_ref()?.recipe;
        let preset = crate::protocol::PRESETS.iter().find(|p| p.name == recipe.preset)?;
        Some((recipe.batch?, preset.n_observed))
    })
}

/// Lights the first part once the step is there, then one after the other.
fn tell_after(run: Run, from: Option<u64>) {
    let began = run.slow;
    let waiting = StoredValue::new(true);
    Effect::new(move |_| {
        let now = run.step.with(|step| step.as_ref().map(|step| step.step));
        if waiting.get_value() && now.is_some() && now != from {
            waiting.set_value(false);
            began.set(Some(0));
            // Who asked for less motion goes from part to part by hand.
            if !browser::reduced_motion() {
                go_on(run, 0);
            }
        }
    });
}

fn go_on(run: Run, part: usize) {
    let next = move || {
        // The visitor may have gone elsewhere meanwhile.
        if run.slow.get_untracked() == Some(part) && part + 1 < text::PARTS.len() {
            run.slow.set(Some(part + 1));
            go_on(run, part + 1);
        }
    };
    set_timeout(next, Duration::from_millis(PART_MS));
}
