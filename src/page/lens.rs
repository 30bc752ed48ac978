//! The lens: what the model expects before the look, what was there after it, and the rank with
//! its nulls.

use std::sync::Arc;

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::Page;
use super::ablation::Ablation;
use super::paint::Painter;
use super::state::LivePhase;
use super::text;
use crate::scenery::Mode;
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Reveal, Score, median};
use crate::world::View;

/// Pixels of a tile's canvas.
const TILE_PX: u32 = 192;

/// The lens.
#[component]
pub fn Lens() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let expected = Signal::derive(move || expected(page));
    let hint = move || match look.phase.get() {
        LivePhase::Without => text::LENS_WITHOUT,
        _ => text::LENS_EMPTY,
    };
    let ablated = move || {
        let whole = text::ablated(look.weights.get(), look.lesion.get()).is_empty();
        if whole { "false" } else { "true" }
    };
    let last = move || look.reveals.with(|reveals| reveals.last().cloned());
    view! {
        <section class="panel lens" data-testid="lens" data-ablated=ablated>
            <h2>{text::LENS}</h2>
            <Ablation />
            <div class="tiles">
                <Tile view=expected label=text::TILE_GUESS kind="guess" />
                <Tile view=Signal::derive(|| None) label=text::TILE_HIDDEN kind="hidden" />
            </div>
            <Show when=move || page.state.guess.with(Option::is_none)>
                <p class="hint">{hint}</p>
            </Show>
            {move || last().map(|reveal| view! { <Last reveal /> })}
            <Trials />
            <details class="fool">
                <summary>{text::FOOL}</summary>
                <p>{move || match page.state.mode.get() {
                    Mode::Saccade => text::FOOL_SACCADE,
                    Mode::Rotate => text::FOOL_ROTATE,
                }}</p>
                <p>{text::CENTERED}</p>
            </details>
        </section>
    }
}

/// An unbiased sample beside the visitor's own looks.
#[component]
fn Trials() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let running = move || look.trials.with(|t| t.as_ref().is_some_and(|t| t.n_done < t.n_trials));
    let busy = move || if running() { "true" } else { "false" };
    let lesioned = move || look.lesion.get() != Lesion::None;
    let disabled = move || running() || lesioned() || look.phase.get() != LivePhase::Looking;
    let why = move || if lesioned() { text::TRIALS_LESIONED } else { text::TRIALS_WHY };
    let line = move || {
        look.trials.with(|trials| {
            let card = look.model.get().map(|model| model.card.clone());
            trials.as_ref().map(|report| text::trials(report, card.as_ref()))
        })
    };
    view! {
        <div class="trials">
            <button
                type="button"
                data-testid="trials"
                title=why
                disabled=disabled
                on:click=move |_| page.live.run_trials()
            >
                {text::TRIALS}
            </button>
            <p data-testid="trials-line" role="status" aria-busy=busy>{line}</p>
        </div>
    }
}

/// The best match to the prediction.
fn expected(page: Page) -> Option<View> {
    let (guess, bank) = (page.state.guess.get()?, page.state.look.bank.get()?);
    let state = bank.states.get(guess.peak)?;
    Some(bank.model.scenery.view(&page.state.look.subject.get(), state))
}

#[component]
fn Last(reveal: Arc<Reveal>) -> impl IntoView {
    let page = expect_context::<Page>();
    let mode = page.state.mode.get_untracked();
    let (guess, truth) = (reveal.guess_view.clone(), reveal.truth_view.clone());
    let apart = text::apart(reveal.error, mode);
    let [rank, nulls @ ..] = text::rank_parts(&reveal.score);
    let session = move || {
        page.state.look.reveals.with(|reveals| {
            let ranks = reveals.iter().map(|r| r.score.rank).collect();
            let chance = reveals.last().map_or(f32::NAN, |r| r.score.chance);
            median(ranks).map(|median| text::session(reveals.len(), median, chance))
        })
    };
    view! {
        <h3>{text::LAST_LOOK}</h3>
        <div class="tiles">
            <Tile view=Signal::stored(Some(guess)) label=text::TILE_BEFORE kind="guess" />
            <Tile view=Signal::stored(Some(truth)) label=text::TILE_TRUTH kind="truth" />
        </div>
        <RankStrip score=reveal.score.clone() />
        <p class="rank-line" data-testid="rank-line">
            <strong>{rank}</strong>
            {nulls.map(|null| view! { <span>{null}</span> }).into_iter().collect_view()}
            <span>{apart}</span>
        </p>
        <p class="session" data-testid="session">{session}</p>
    }
}

/// One view.
#[component]
fn Tile(view: Signal<Option<View>>, label: &'static str, kind: &'static str) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let painter = StoredValue::new_local(None::<Painter>);
    Effect::new(move |_| {
        let Some(element) = canvas.get() else { return };
        if painter.with_value(Option::is_none) {
            let element: web_sys::HtmlCanvasElement = (*element).clone().unchecked_into();
            painter.set_value(Painter::new(element));
        }
        painter.with_value(|painter| match (painter, view.get()) {
            (Some(painter), Some(view)) => painter.picture(&view.rgb, view.side_px),
            (Some(painter), None) => painter.clear(),
            (None, _) => {}
        });
    });
    let empty = move || if view.with(Option::is_none) { "true" } else { "false" };
    view! {
        <figure class="tile" data-kind=kind data-empty=empty>
            <canvas node_ref=canvas width=TILE_PX height=TILE_PX role="img" aria-label=label></canvas>
            <figcaption>{label}</figcaption>
        </figure>
    }
}

/// Ranks on a line from first to last: the model's among its nulls.
#[component]
fn RankStrip(score: Score) -> impl IntoView {
    let n = score.n.max(2) as f32;
    let x = move |rank: f32| 8.0 + (rank - 1.0) / (n - 1.0) * 304.0;
    let label = text::rank_line(&score);
    let null = |rank: f32, name: &'static str, y: &'static str| {
        let at = x(rank);
        let anchor = if at < 40.0 {
            "start"
        } else if at > 280.0 {
            "end"
        } else {
            "middle"
        };
        let place = text::number(at, 1);
        rank.is_finite().then(|| {
            view! {
                <g class="null">
                    <line x1=place.clone() x2=place.clone() y1="20" y2="32" />
                    <text x=place.clone() y=y text-anchor=anchor>{name}</text>
                </g>
            }
        })
    };
    let model = x(score.rank);
    let triangle = [(model - 6.0, 8.0_f32), (model + 6.0, 8.0), (model, 20.0)]
        .map(|(x, y)| [text::number(x, 1), text::number(y, 1)].join(","));
    view! {
        <svg class="rank-strip" viewBox="0 0 320 72" role="img" aria-label=label>
            <line class="axis" x1="8" x2="312" y1="26" y2="26" />
            {null(score.chance, "chance", "44")}
            {null(score.copy_last, "copy-last", "56")}
            {null(score.shuffled, "shuffled", "68")}
            <polygon class="model" points=triangle.join(" ") />
            <text class="end" x="8" y="44" text-anchor="start">"1"</text>
            <text class="end" x="312" y="44" text-anchor="end">{score.n.to_string()}</text>
        </svg>
    }
}
