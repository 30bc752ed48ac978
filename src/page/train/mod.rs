//! The panel that trains.

mod awake;
pub mod charts;
pub mod details;
mod expert;
pub mod export;
mod presets;
pub mod runs;
mod scrub;
mod slow;
pub mod transport;

use leptos::prelude::*;

use super::Page;
use super::lens::Fool;
use super::state::{Run, RunPhase};
use super::text;
use super::url::Panel;
use crate::page::erased::{changing, on};

/// The panel; its body is made when it is first opened.
#[component]
pub fn TrainPanel() -> impl IntoView {
    let page = expect_context::<Page>();
    let run = page.state.run;
    Effect::new(move |_| document().set_title(&title(run)));
    let expanded = move || if run.open.get() { "true" } else { "false" };
    view! {
        <section
            class="panel train"
            data-panel="train"
            inert=move || page.state.locks(Panel::Train)
            data-testid="train">
            <h2>
                <button
                    type="button"
                    class="disclosure"
                    aria-expanded=changing(expanded)
                    aria-controls="train-body"
                    data-testid="train-toggle"
                    on:click=on(move |_| run.open.update(|open| *open = !*open))
                >
                    {text::TRAIN}
                </button>
            </h2>
            <p class="hint">{text::TRAIN_LEAD}</p>
            <Earlier />
            <div id="train-body">
                {move || run.open.get().then(|| view! {
                    <transport::Transport />
                    <charts::Charts />
                    <runs::Runs />
                    <details::Details />
                    <Fool name=Signal::stored("train") />
                }.into_any())}
            </div>
        </section>
    }
}

/// The tab's title: where a run has got to, for who looks at another tab meanwhile.
fn title(run: Run) -> String {
    let playing = run.phase.get() == RunPhase::Playing;
    match run.step.get().filter(|_| playing) {
        Some(step) => ["▶ ", &step.step.to_string(), " · ", &text::number(step.loss, 2)].concat(),
        None => text::PAGE_TITLE.to_owned(),
    }
}

/// An offer to go on with the run of an earlier visit.
#[component]
fn Earlier() -> impl IntoView {
    let page = expect_context::<Page>();
    let offer = move || {
        page.state.run.earlier.get().map(|(step, state)| {
            let resume = move |_| page.training.resume(state.clone());
            view! {
                <p>
                    <button type="button" data-testid="resume" on:click=on(resume)>
                        {text::resume(step)}
                    </button>
                </p>
            }
        })
    };
    view! { {changing(offer)} }
}
