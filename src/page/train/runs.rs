//! Earlier runs of this browser: drawn thin behind the one of now, with what differs.

use leptos::prelude::*;

use super::super::Page;
use super::super::state::{N_PAST, Past, Run};
use super::super::text;
use crate::page::erased::on;
use crate::protocol::Recipe;

/// The table.
#[component]
pub fn Runs() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let rows = move || {
        let now = run.card.with(|card| card.as_ref().map(|card| card.recipe.clone()));
        let past = run.past.get();
        let row = |one: &Past| {
            let name = one.name.clone();
            let forget = move |_: leptos::ev::MouseEvent| {
                run.past.update(|past| past.retain(|one| one.name != name));
                keep(run);
            };
            let differs = now
                .as_ref()
                .map_or_else(|| text::recipe(&one.recipe), |now| differs(now, &one.recipe));
            view! {
                <tr>
                    <td>{one.name.clone()}</td>
                    <td>{differs}</td>
                    <td>{one.last()}</td>
                    <td>
                        <button type="button" aria-label=text::forget_run(&one.name) on:click=on(forget)>
                            "×"
                        </button>
                    </td>
                </tr>
            }
        };
        past.iter().map(row).collect_view().into_any()
    };
    let head = text::RUNS_HEAD.map(|name| view! { <th>{name}</th> });
    view! {
        <details class="runs" data-testid="runs" hidden=move || run.past.with(Vec::is_empty)>
            <summary>{text::RUNS}</summary>
            <p class="hint">{text::RUNS_WHY}</p>
            <table>
                <thead><tr>{head.into_iter().collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

/// Lays the run of now aside, if it got anywhere.
pub fn lay_aside(run: Run) {
    let recipe = run.card.with_untracked(|card| card.as_ref().map(|card| card.recipe.clone()));
    let past = run.past.get_untracked();
    let taken = |name: &str| past.iter().any(|one| one.name == name);
    let one = recipe
        .and_then(|recipe| run.series.with_untracked(|series| Past::of(recipe, series, &taken)));
    if let Some(one) = one {
        run.past.update(|past| {
            past.push(one);
            let over = past.len().saturating_sub(N_PAST);
            past.drain(..over);
        });
        keep(run);
    }
}

fn keep(run: Run) {
    let bytes = crate::protocol::encode(&run.past.get_untracked()).unwrap_or_default();
    leptos::task::spawn_local(async move {
        // Without private files the runs are those of this visit.
        super::super::store::keep_runs(&bytes).await.ok().unwrap_or_default();
    });
}

/// What another run has otherwise, setting by setting.
pub fn differs(now: &Recipe, other: &Recipe) -> String {
    let (now, other) = (text::settings(now), text::settings(other));
    let pairs = now.iter().zip(&other).filter(|((_, a), (_, b))| a != b);
    let told: Vec<String> =
        pairs.map(|(_, (name, value))| [name, " ", value.as_str()].concat()).collect();
    if told.is_empty() { text::SAME_SETTINGS.to_owned() } else { told.join(", ") }
}
