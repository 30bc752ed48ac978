//! The header: name, world, model and how live the page is.

use leptos::prelude::*;

use super::Page;
use super::browser;
use super::learn;
use super::share::Share;
use super::state::LivePhase;
use super::text;
use super::url::Panel;
use crate::page::erased::{changing, on};
use crate::scenery::Mode;

/// The header.
#[component]
pub fn Header() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let model = move || look.model.with(|m| m.as_ref().map(|m| text::model(&m.card)));
    let lead = move || match page.state.mode.get() {
        Mode::Saccade => text::LEAD_SACCADE,
        Mode::Rotate => text::LEAD_ROTATE,
    };
    view! {
        <header class="top">
            <h1>{text::TITLE}" "<span>{text::SUBTITLE}</span></h1>
            <div
                class="segments"
                role="group"
                aria-label=text::MODE_LABEL
                data-panel="header"
                inert=move || page.state.locks(Panel::Header)
            >
                <ModeButton mode=Mode::Saccade label=text::MODE_SACCADE />
                <ModeButton mode=Mode::Rotate label=text::MODE_ROTATE />
            </div>
            <span class="model" data-testid="model">{changing(model)}</span>
            <Badge />
            <a class="button" data-testid="learn" href=["#", &learn::address(1)].concat()>{text::LEARN}</a>
            <Share />
            <learn::Sheet />
            <button type="button" class="theme" on:click=on(|_| toggle_theme()) aria-label=text::THEME>
                "◐"
            </button>
        </header>
        <p class="lead">{changing(lead)}</p>
    }
}

#[component]
fn ModeButton(mode: Mode, label: &'static str) -> impl IntoView {
    let page = expect_context::<Page>();
    let pressed = move || if page.state.mode.get() == mode { "true" } else { "false" };
    let id = match mode {
        Mode::Saccade => "mode-saccade",
        Mode::Rotate => "mode-rotate",
    };
    view! {
        <button
            type="button"
            data-testid=id
            aria-pressed=changing(pressed)
            on:click=on(move |_| page.looking.set_mode(mode))
        >
            {label}
        </button>
    }
}

#[component]
fn Badge() -> impl IntoView {
    let look = expect_context::<Page>().state.look;
    let words = move || look.device.with(|device| text::badge(look.phase.get(), device.as_ref()));
    let kind = move || match look.phase.get() {
        LivePhase::Looking => "live",
        LivePhase::Without => "without",
        _ => "waiting",
    };
    view! {
        <span class="badge" data-kind=changing(kind) data-testid="badge" role="status">
            {changing(words)}
        </span>
    }
}

/// Light to dark and back; kept for the next visit.
fn toggle_theme() {
    let Some(window) = web_sys::window() else { return };
    let Some(root) = window.document().and_then(|d| d.document_element()) else { return };
    let system_dark = window
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|list| list.matches());
    let dark = match root.get_attribute("data-theme").as_deref() {
        Some("dark") => true,
        Some(_) => false,
        None => system_dark,
    };
    let theme = if dark { "light" } else { "dark" };
    root.set_attribute("data-theme", theme).ok();
    browser::keep("theme", theme);
}
