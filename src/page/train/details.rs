//! Where the run computes and what a step costs there.

use leptos::prelude::*;

use super::super::Page;
use super::super::text;
use crate::page::erased::changing;
use crate::protocol::{SelfTestRow, StepReport};

/// The details.
#[component]
pub fn Details() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let device = move || run.device.with(|d| d.as_ref().map_or_else(dash, text::device));
    let rate = move || cost(run.step.get(), |s| text::number((1000.0 / s.step_ms) as f32, 2));
    let step_ms = move || cost(run.step.get(), |s| text::number(s.step_ms as f32, 1));
    let submit_ms = move || cost(run.step.get(), |s| text::number(s.submit_ms as f32, 1));
    let wait =
        move || cost(run.step.get(), |s| text::number((s.wait_ms / s.step_ms * 100.0) as f32, 1));
    let saved = move || run.autosave.with(|a| a.as_ref().map_or_else(dash, |a| a.0.to_string()));
    let ranks = move || {
        run.series.with(|series| {
            series.probes.last().map_or_else(dash, |p| {
                let parts = [p.rank_median, p.rank_copy_last, p.rank_shuffled].map(text::rank);
                [
                    parts[0].as_str(),
                    " of ",
                    &p.n_candidates.to_string(),
                    "; copy-last ",
                    &parts[1],
                    "; shuffled ",
                    &parts[2],
                    "; n = ",
                    &p.n_trials.to_string(),
                ]
                .concat()
            })
        })
    };
    let tests = move || run.tests.with(|tests| tests.iter().map(test_row).collect_view());
    view! {
        <details class="run-details" data-testid="details">
            <summary>{text::DETAILS}</summary>
            <dl>
                <dt>"device"</dt><dd data-testid="device">{changing(device)}</dd>
                <dt>"steps a second"</dt><dd data-testid="rate">{changing(rate)}</dd>
                <dt>"ms a step"</dt><dd data-testid="step-ms">{changing(step_ms)}</dd>
                <dt>"ms to submit"</dt><dd data-testid="submit-ms">{changing(submit_ms)}</dd>
                <dt>"% waiting for views"</dt><dd data-testid="wait-share">{changing(wait)}</dd>
                <dt>"median rank, held out"</dt><dd>{changing(ranks)}</dd>
                <dt>"last autosave at step"</dt><dd data-testid="autosave">{changing(saved)}</dd>
            </dl>
            <table data-testid="self-test"><tbody>{changing(tests)}</tbody></table>
        </details>
    }
}

fn dash() -> String {
    "–".to_owned()
}

fn cost(step: Option<StepReport>, tell: impl Fn(&StepReport) -> String) -> String {
    step.as_ref().map_or_else(dash, tell)
}

fn test_row(row: &SelfTestRow) -> impl IntoView + use<> {
    let good = row.passes();
    let error = text::magnitude(row.relative_error, 1);
    let tolerance = text::magnitude(row.tolerance, 0);
    view! {
        <tr>
            <td>{row.part.clone()}</td>
            <td>{error}" ≤ "{tolerance}</td>
            <td>{if good { "✓" } else { "✕" }}</td>
        </tr>
    }
}
