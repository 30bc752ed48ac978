//! What every score is shown with: its nulls on a line, and an unbiased sample.

use leptos::prelude::*;

use crate::page::Page;
use crate::page::erased::{changing, on};
use crate::page::figure::Figure;
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
pub fn rank_strip(score: &Score) -> Figure {
    let n = score.n.max(2) as f32;
    let x = |rank: f32| 8.0 + (rank - 1.0) / (n - 1.0) * 304.0;
    let mut figure = Figure::new(320.0, 72.0);
    figure.caption = text::rank_line(score);
    figure.line("axis", &[(8.0, 26.0), (312.0, 26.0)]);
    let nulls = [
        (score.chance, "chance", 44.0),
        (score.copy_last, "copy-last", 56.0),
        (score.shuffled, "shuffled", 68.0),
    ];
    for (rank, name, y) in nulls.into_iter().filter(|(rank, ..)| rank.is_finite()) {
        let at = x(rank);
        let anchor = match at {
            ..40.0 => "start",
            280.0.. => "end",
            _ => "middle",
        };
        figure.line("null", &[(at, 20.0), (at, 32.0)]);
        figure.words((at, y), anchor, name);
    }
    figure.triangle("decoded", (x(score.rank), 14.0), -6.0);
    figure.words((8.0, 44.0), "start", "1");
    figure.words((312.0, 44.0), "end", &score.n.to_string());
    figure
}
