//! What a run costs and how the device was compared, for who wants to know.

use leptos::prelude::*;

use super::super::Page;
use super::super::figure::table;
use super::super::state::Run;
use super::super::text;
use crate::protocol::{ProbeReport, SelfTestRow, StepReport};

/// The details.
#[component]
pub fn Details() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let tests = move || run.tests.with(|tests| tests.iter().map(test_row).collect::<Vec<_>>());
    view! {
        <details class="run-details" data-testid="details">
            <summary>{text::DETAILS}</summary>
            <div inner_html=move || list(&rows(run))></div>
            <table data-testid="self-test" inner_html=move || table(&[], &tests())></table>
        </details>
    }
}

/// Names for scripts, what they are called, and their values.
fn rows(run: Run) -> Vec<[String; 3]> {
    let row = |id: &str, name: &str, value: Option<String>| {
        [id.to_owned(), name.to_owned(), value.unwrap_or_else(|| "–".to_owned())]
    };
    let device = run.device.with(|device| device.as_ref().map(text::device));
    let step = run.step.get();
    let cost = |of: fn(&StepReport) -> f64, decimals| {
        step.as_ref().map(|step| text::number(of(step) as f32, decimals))
    };
    let ranks = run.series.with(|series| series.probes.last().map(ranks));
    let saved = run.autosave.with(|saved| saved.as_ref().map(|(step, _)| step.to_string()));
    vec![
        row("device", "device", device),
        row("rate", "steps a second", cost(|s| 1000.0 / s.step_ms, 2)),
        row("step-ms", "ms a step", cost(|s| s.step_ms, 1)),
        row("submit-ms", "ms to submit", cost(|s| s.submit_ms, 1)),
        row("wait-share", "% waiting for views", cost(|s| s.wait_ms / s.step_ms * 100.0, 1)),
        row("ranks", "median rank, held out", ranks),
        row("autosave", "last autosave at step", saved),
    ]
}

fn list(rows: &[[String; 3]]) -> String {
    let row = |[id, name, value]: &[String; 3]| {
        ["<dt>", name, "</dt><dd data-testid=\"", id, "\">", &text::escaped(value), "</dd>"]
            .concat()
    };
    ["<dl>".to_owned(), rows.iter().map(row).collect(), "</dl>".to_owned()].concat()
}

fn ranks(probe: &ProbeReport) -> String {
    let parts = [probe.rank_median, probe.rank_copy_last, probe.rank_shuffled].map(text::rank);
    let n = probe.n_candidates.to_string();
    let trials = probe.n_trials.to_string();
    let [rank, copy_last, shuffled] = parts;
    [&rank, " of ", &n, "; copy-last ", &copy_last, "; shuffled ", &shuffled, "; n = ", &trials]
        .concat()
}

fn test_row(row: &SelfTestRow) -> Vec<String> {
    let (error, tolerance) =
        (text::magnitude(row.relative_error, 1), text::magnitude(row.tolerance, 0));
    let verdict = if row.passes() { "✓" } else { "✕" };
    vec![row.part.clone(), [&error, " ≤ ", &tolerance].concat(), verdict.to_owned()]
}
