//! The address follows the page, and the page an address that is gone back to.
//!
//! While a visitor looks about, the address is replaced; another world or lens is a step of its own,
//! so that the browser's Back leads to the one before.

use leptos::prelude::*;

use super::Page;
use super::browser;
use super::lens::Lens;
use super::state::{PRESET, SEED, Weights};
use super::text;
use super::url::{self, Address, EngineChoice};
use crate::page::erased::changing;
use crate::scenery::Mode;

/// What makes an address a step of its own.
type Step = (Mode, Lens, Option<usize>);

/// Keeps both alike from now on.
pub fn keep(page: Page) {
    Effect::new(move |before: Option<Step>| {
        let address = of(page);
        let step = (address.mode, address.lens, address.scene);
        // Looks that are still to be replayed are in the address alone.
        if page.state.look.replay.with(Vec::is_empty) {
            let is_step = before.is_some_and(|before| before != step);
            browser::set_hash(&url::write(&address), is_step);
        }
        step
    });
    browser::on_pop_state(move || {
        let (address, notices) = url::parse(&browser::hash());
        page.state.notices.set(notices);
        go_to(page, address);
    });
}

/// The page as an address, without the aim: that is [`with_aim`]'s.
pub fn of(page: Page) -> Address {
    let (state, look, run) = (page.state, page.state.look, page.state.run);
    let mode = state.mode.get();
    let subject = look.subject.get();
    let seen = look.seen.get();
    let is_untouched = state.glances.with(|glances| {
        glances.as_ref().is_some_and(|glances| seen.iter().map(|s| &s.state).eq(glances))
    });
    // A visitor's own picture stays on this device, and a path without its picture says nothing.
    let looks = look.with_scenery(mode, |scenery| match subject.own {
        Some(_) => Vec::new(),
        None if is_untouched => Vec::new(),
        None => seen.iter().map(|s| scenery.told(&s.state)).collect(),
    });
    let preset = run.preset.get();
    let seed = run.seed.get();
    let choice = run.choice.get();
    Address {
        engine: choice,
        mode,
        train: run.open.get() && choice == EngineChoice::Auto,
        checkpoint: look.checkpoint.get().filter(|_| look.weights.get() == Weights::Opened),
        preset: (preset != PRESET).then_some(preset),
        seed: (seed != SEED).then_some(seed),
        subject: Some(subject.index),
        weights: look.weights.get(),
        lesion: look.lesion.get(),
        hard: look.hard.get(),
        lens: look.lens.get(),
        looks: looks.unwrap_or_default(),
        next: None,
        steps: run.expert.with(|expert| expert.steps),
        batch: run.expert.with(|expert| expert.batch),
        learning_rate: run.expert.with(|expert| expert.learning_rate),
        scene: state.scene.get(),
        hide: state.hide.get(),
        lock: state.lock.get(),
        embed: state.embed.get(),
    }
}

/// The same with the place or pose that the visitor aims at.
pub fn with_aim(page: Page) -> Address {
    let aim = page.state.look.aim.get();
    let mode = page.state.mode.get();
    let next = aim.and_then(|aim| {
        page.state.look.with_scenery(mode, |scenery| scenery.told(&scenery.snapped(&aim)))
    });
    Address { next, ..of(page) }
}

/// Brings the page to an address.
pub fn go_to(page: Page, address: Address) {
    let (state, look) = (page.state, page.state.look);
    state.hide.set(address.hide);
    state.lock.set(address.lock);
    state.embed.set(address.embed);
    state.scene.set(address.scene);
    look.lens.set(address.lens);
    look.hard.set(address.hard);
    page.looking.set_mode(address.mode);
    let kept = matches!(look.weights.get_untracked(), Weights::Opened | Weights::Run);
    if look.weights.get_untracked() != address.weights && !kept {
        page.looking.set_weights(address.weights);
    }
    if look.lesion.get_untracked() != address.lesion {
        page.looking.set_lesion(address.lesion);
    }
    page.looking.go_to(address.subject.unwrap_or(0), address.looks, address.next);
    state.run.open.set(address.train || address.engine != EngineChoice::Auto);
}

/// What is wrong with the address, a line each.
#[component]
pub fn Notices() -> impl IntoView {
    let notices = expect_context::<Page>().state.notices;
    let lines = move || {
        let line = |notice| view! { <p class="chip">{text::notice(&notice)}</p> };
        notices.get().into_iter().map(line).collect_view()
    };
    view! { <div data-testid="address-notes" role="status">{changing(lines)}</div> }
}
