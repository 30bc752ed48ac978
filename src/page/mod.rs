//! The page: a stage to look about on, a lens that tells what the model expected, and a panel that
//! trains. It shows the last events of two engines and never touches a tensor.
//!
//! `state` holds all signals; `geometry`, `color`, `url`, `scenery` and `reveal` are pure; `live`
//! and `training` talk to the workers through `link`; the rest is panels. No sentence outside
//! `text` and `www/learn.html`, no color outside `www/tokens.css` and `scenery::heat`.

pub mod address;
pub mod browser;
mod erased;
mod error_card;
mod figure;
pub mod files;
pub mod geometry;
pub mod gpu;
pub mod header;
pub mod hints;
pub mod keys;
pub mod learn;
pub mod lens;
pub mod link;
pub mod live;
pub mod looking;
pub mod paint;
pub mod path;
mod peek;
pub mod plot;
mod share;
pub mod stage;
pub mod state;
pub mod store;
mod survey;
#[expect(missing_docs, reason = "a sentence documents itself")]
pub mod text;
pub mod train;
pub mod training;
pub mod url;

use crate::page::erased::on;
use leptos::prelude::*;

use live::Live;
use looking::Looking;
use state::{LivePhase, State};
use training::Training;

/// What every panel may use.
#[derive(Clone, Copy)]
pub struct Page {
    /// All signals.
    pub state: State,
    /// The engine that looks.
    pub live: Live,
    /// What the visitor does on the stage.
    pub looking: Looking,
    /// The engine that trains.
    pub training: Training,
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let (address, notices) = url::parse(&browser::hash());
    let state = State::new(&address, notices);
    let live = Live::new(state);
    let looking = Looking::new(state, live);
    let training = Training::new(state, live);
    let page = Page { state, live, looking, training };
    state.keys.set(keys::wanted());
    provide_context(page);
    live.start();
    Effect::new(move |_| mark_body(page));
    address::keep(page);
    files::listen_to_paste(page);
    view! {
        <a class="skip" href="#stage">{text::SKIP}</a>
        <header::Header />
        <main on:dragover=on(files::allow_drop) on:drop=on(move |event| files::dropped(page, &event))>
            <learn::Learn />
            <address::Notices />
            <peek::Peek />
            <error_card::ErrorCards />
            <section class="look">
                <stage::StagePanel />
                <lens::LensPanel />
                <path::PathPanel />
            </section>
            <train::TrainPanel />
            <files::Files />
        </main>
    }
}

/// Tells style sheets and scripts how far the page is.
fn mark_body(page: Page) {
    let look = page.state.look;
    let live = look.phase.get() == LivePhase::Looking && look.bank.with(Option::is_some);
    let kind = look.device.get().map(|device| device.kind);
    let engine = match (live, kind) {
        (true, Some(crate::protocol::DeviceKind::Gpu)) => "gpu",
        (true, _) => "cpu",
        (false, _) => "recorded",
    };
    browser::mark("data-engine", engine);
    let state = match look.phase.get() {
        LivePhase::Starting => "starting",
        LivePhase::Fetching => "fetching",
        LivePhase::Opening => "opening",
        LivePhase::Looking => "looking",
        LivePhase::Without => "without",
    };
    browser::mark("data-state", state);
    let run = match page.state.run.phase.get() {
        state::RunPhase::Idle => "idle",
        state::RunPhase::Starting => "starting",
        state::RunPhase::Testing => "testing",
        state::RunPhase::Preparing(..) => "preparing",
        state::RunPhase::Paused => "paused",
        state::RunPhase::Playing => "playing",
        state::RunPhase::Finished => "finished",
        state::RunPhase::Recovering => "recovering",
    };
    browser::mark("data-run", run);
    let hidden = page.state.hide.get();
    let hidden: Vec<&str> = hidden.iter().map(|panel| panel.word()).collect();
    browser::mark("data-hide", &hidden.join(" "));
    browser::mark("data-depth", page.state.depth.get().word());
    browser::mark("data-embed", if page.state.embed.get() { "stage" } else { "" });
    let world = page.state.mode.get().world();
    browser::mark("data-world", world);
}
