//! The lenses: ways to look at one stage, each a file of its own. `CONTRIBUTING.md` tells how to add
//! one.

mod ablation;
mod beat;
mod guess;
mod imagine;
mod inside;
mod score;
mod space;
mod surprise;
mod tile;

use leptos::prelude::*;

use ablation::Ablation;

use super::Page;
use super::learn::part;
use super::text;
use super::url::Panel;
use crate::page::erased::{changing, on};
use crate::scenery::Mode;

/// A way to look at the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lens {
    /// What the model expects before a look, and what was there.
    #[default]
    Guess,
    /// What it expects as a picture.
    Imagine,
    /// How far what is seen is from that, when some looks are swapped.
    Surprise,
    /// Where held-out views and sequences lie.
    Space,
    /// What the model attends to and predicts, as numbers.
    Inside,
    /// The visitor against the model.
    Beat,
}

impl Lens {
    /// All, in the order of the page.
    pub const ALL: [Self; 6] =
        [Self::Guess, Self::Imagine, Self::Surprise, Self::Space, Self::Inside, Self::Beat];

    /// Its word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Guess => "where",
            Self::Imagine => "imagine",
            Self::Surprise => "surprise",
            Self::Space => "space",
            Self::Inside => "inside",
            Self::Beat => "beat",
        }
    }

    /// The lens of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lens| lens.word() == word)
    }

    /// The name of what would fool its reader.
    pub fn fool(self, mode: Mode) -> &'static str {
        match (self, mode) {
            (Self::Guess, Mode::Saccade) => "where-saccade",
            (Self::Guess, Mode::Rotate) => "where-rotation",
            _ => self.word(),
        }
    }

    fn view(self) -> AnyView {
        match self {
            Self::Guess => view! { <guess::Guess /> }.into_any(),
            Self::Imagine => view! { <imagine::Imagine /> }.into_any(),
            Self::Surprise => view! { <surprise::SurpriseLens /> }.into_any(),
            Self::Space => view! { <space::SpaceLens /> }.into_any(),
            Self::Inside => view! { <inside::Inside /> }.into_any(),
            Self::Beat => view! { <beat::Beat /> }.into_any(),
        }
    }
}

/// The choice of lens and the lens itself, under what is kept from the model.
#[component]
pub fn LensPanel() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let ablated = move || {
        let whole = text::ablated(look.weights.get(), look.lesion.get()).is_empty();
        if whole { "false" } else { "true" }
    };
    let words = page.state.words;
    let why = move || words.with(|words| part(words, "why", look.lens.get().word()));
    let fool = Signal::derive(move || look.lens.get().fool(page.state.mode.get()));
    let choices = Lens::ALL.map(|lens| view! { <Choice lens /> });
    view! {
        <section class="panel lens" data-testid="lens" data-ablated=changing(ablated)>
            <h2 class="visually-hidden">{text::LENS}</h2>
            <div
                class="segments lenses"
                role="group"
                aria-label=text::LENS
                data-panel="lenses"
                inert=move || page.state.locks(Panel::Lenses)
            >
                {choices.into_iter().collect_view()}
            </div>
            <Ablation />
            <p class="hint" data-testid="why" inner_html=why></p>
            {move || look.lens.get().view()}
            <Fool name=fool />
        </section>
    }
}

/// What would fool a panel's reader, and the control that rules it out.
#[component]
pub fn Fool(
    /// Its name in `www/learn.html`.
    name: Signal<&'static str>,
) -> impl IntoView {
    let words = expect_context::<Page>().state.words;
    view! {
        <details class="fool" data-testid="fool">
            <summary>{text::FOOL}</summary>
            <p inner_html=move || words.with(|words| part(words, "fool", name.get()))></p>
        </details>
    }
}

#[component]
fn Choice(lens: Lens) -> impl IntoView {
    let page = expect_context::<Page>();
    let chosen = page.state.look.lens;
    let pressed = move || if chosen.get() == lens { "true" } else { "false" };
    view! {
        <button
            type="button"
            aria-pressed=changing(pressed)
            data-testid=["lens-", lens.word()].concat()
            on:click=on(move |_| chosen.set(lens))
        >
            {move || text::lens(lens, page.state.mode.get())}
        </button>
    }
}
