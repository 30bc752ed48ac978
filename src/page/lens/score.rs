//! What every score is shown with: its nulls on a line, and an unbiased sample.

use leptos::prelude::*;

use crate::page::Page;
use crate::page::erased::{changing, on};
use crate::page::state::LivePhase;
use crate::page::text;
use crate::page::url::Panel;
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::Score;

/// An unbiased sample beside the visitor's own looks.
#[component]
pub fn Trials() -> impl IntoView {
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
        <div
            class="trials"
            data-panel="trials"
            inert=move || page.state.locks(Panel::Trials)
        >
            <button
                type="button"
                data-testid="trials"
                title=changing(why)
                disabled=changing(disabled)
                on:click=on(move |_| page.live.run_trials())
            >
                {text::TRIALS}
            </button>
            <p data-testid="trials-line" role="status" aria-busy=changing(busy)>{changing(line)}</p>
        </div>
    }
}

/// Ranks on a line from first to last: the model's among its nulls.
#[component]
pub fn RankStrip(
    /// The model's rank and its nulls.
    score: Score,
) -> impl IntoView {
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
