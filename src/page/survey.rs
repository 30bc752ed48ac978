//! A survey of held-out sequences, and what it says of paths: how far they end from the truth, length
//! by length, among their nulls.

use leptos::prelude::*;

use super::Page;
use super::figure::{At, Drawing, Figure, drawn};
use super::state::LivePhase;
use super::text;
use super::url::Panel;
use crate::page::erased::{changing, on};
use crate::protocol::{PathErrors, SurveyReport};
use crate::scenery::Mode;
use crate::scenery::lesion::Lesion;

/// Plane of the plot, its margins within.
const SIZE: At = (340.0, 220.0);

/// Left, top, right and bottom margin.
const MARGINS: [f32; 4] = [34.0, 44.0, 8.0, 30.0];

/// One line of the plot.
struct Line {
    name: &'static str,
    class: &'static str,
    of: fn(&PathErrors) -> f32,
}

/// The model, then its nulls.
const LINES: [Line; 5] = [
    Line { name: text::PATH_MODEL, class: "model", of: |path| path.model },
    Line { name: text::PATH_UNTRAINED, class: "untrained", of: |path| path.untrained },
    Line { name: text::PATH_NO_VISION, class: "no-vision", of: |path| path.no_vision },
    Line { name: text::PATH_NO_ACTION, class: "no-action", of: |path| path.no_action },
    Line { name: text::PATH_STILL, class: "still", of: |path| path.still },
];

/// The button and how far it has got.
#[component]
pub fn Survey() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let running = move || look.survey.with(|s| s.as_ref().is_some_and(|s| s.spaces.is_empty()));
    let disabled = move || {
        running() || look.lesion.get() != Lesion::None || look.phase.get() != LivePhase::Looking
    };
    let busy = move || if running() { "true" } else { "false" };
    let line = move || look.survey.with(|s| s.as_ref().map(text::survey));
    view! {
        <div class="trials" data-panel="trials" inert=move || page.state.locks(Panel::Trials)>
            <button
                type="button"
                data-testid="survey"
                title=text::SURVEY_WHY
                disabled=changing(disabled)
                on:click=on(move |_| page.live.run_survey())
            >
                {text::SURVEY}
            </button>
            <p data-testid="survey-line" role="status" aria-busy=changing(busy)>{changing(line)}</p>
        </div>
    }
}

/// Errors of decoded paths over their length.
#[component]
pub fn PathErrorPlot() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let figure = drawn(move || {
        let mode = page.state.mode.get();
        let side_px = look.with_scenery(mode, crate::scenery::Scenery::picture_side_px);
        let scale = match mode {
            Mode::Saccade => side_px.unwrap_or(1) as f32,
            Mode::Rotate => 1.0_f32.to_degrees(),
        };
        look.survey.with(|s| match s {
            Some(report) if !report.paths.is_empty() => errors(report, scale, mode),
            _ => Figure::default(),
        })
    });
    view! {
        <div hidden=move || figure.with(|f| f.rows.is_empty())>
            <h3>{text::PATH_ERRORS}</h3>
            <Drawing figure id="path-errors" />
            <p class="hint">{text::PATH_ERRORS_WHY}</p>
        </div>
    }
}

fn errors(report: &SurveyReport, scale: f32, mode: Mode) -> Figure {
    let paths = &report.paths;
    let n = paths.len();
    let most = paths.iter().flat_map(|p| LINES.iter().map(move |l| (l.of)(p))).fold(0.0, f32::max);
    let top = rounded_up(most * scale);
    let (width, height) = SIZE;
    let [left, above, right, below] = MARGINS;
    let at = |i: f32, error: f32| -> At {
        let x = left + (i - 0.5) / n as f32 * (width - left - right);
        (x, height - below - error * scale / top * (height - above - below))
    };
    let mut figure = Figure::new(width, height);
    figure.rect("ground", (left, above), (width - left - right, height - above - below));
    let (beyond, _) = at(report.n_observed as f32 + 0.5, 0.0);
    if report.n_observed < n {
        let size = (width - right - beyond, height - above - below);
        figure.rect("beyond", (beyond, above), size);
        figure.words((beyond + 4.0, above + 12.0), "start", text::PATH_BEYOND);
    }
    let edge = |of: fn(&PathErrors) -> f32| paths.iter().map(move |p| (p.n_observed as f32, of(p)));
    let low = edge(|p| p.interval.0).map(|(i, e)| at(i, e));
    let high = edge(|p| p.interval.1).map(|(i, e)| at(i, e));
    figure.area("band", &high.chain(low.collect::<Vec<_>>().into_iter().rev()).collect::<Vec<_>>());
    for (k, line) in LINES.iter().enumerate().rev() {
        let points: Vec<At> = edge(line.of).map(|(i, e)| at(i, e)).collect();
        figure.line(line.class, &points);
        points.iter().for_each(|&point| figure.shape(line.class, k, point, 3.0));
        // The legend: three names in the first row, two in the second.
        let place = (left + (k % 3) as f32 * 104.0, 12.0 + (k / 3) as f32 * 16.0);
        figure.shape(line.class, k, place, 3.5);
        figure.words((place.0 + 8.0, place.1 + 4.0), "start", line.name);
    }
    for i in 1..=n {
        figure.words((at(i as f32, 0.0).0, height - 16.0), "middle", &i.to_string());
    }
    figure.words((left + (width - left - right) / 2.0, height - 3.0), "middle", text::PATH_LENGTH);
    let unit = text::unit(mode);
    for share in [0.0, 0.5, 1.0] {
        let words = [text::number(share * top, 0).as_str(), unit].concat();
        figure.words((left - 3.0, at(1.0, share * top / scale).1 + 4.0), "end", &words);
    }
    told(&mut figure, report, scale, unit);
    figure
}

/// The same in words and as a table.
fn told(figure: &mut Figure, report: &SurveyReport, scale: f32, unit: &str) {
    let number = |error: f32| [text::number(error * scale, 1).as_str(), unit].concat();
    figure.head = vec![text::PATH_LENGTH.to_owned(), text::PATH_COUNT.to_owned()];
    figure.head.extend(LINES.iter().map(|line| line.name.to_owned()));
    figure.rows = report
        .paths
        .iter()
        .map(|path| {
            let mut row = vec![path.n_observed.to_string(), path.n.to_string()];
            row.extend(LINES.iter().map(|line| number((line.of)(path))));
            row[2] = [&row[2], " [", &number(path.interval.0), ", ", &number(path.interval.1), "]"]
                .concat();
            row
        })
        .collect();
    if let Some(path) = report.paths.iter().find(|path| path.n_observed == report.n_observed) {
        let nulls = LINES.iter().map(|l| [l.name, " ", &number((l.of)(path))].concat());
        let all = nulls.collect::<Vec<_>>().join(", ");
        figure.caption = text::path_errors(path.n_observed, path.n, &all);
    }
}

/// The next of 1, 2, 5, 10, 20, … not below `value`.
fn rounded_up(value: f32) -> f32 {
    let mut step = 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(30) {
        if step >= value {
            break;
        }
        step *= factor;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::rounded_up;

    #[test]
    fn scales_end_at_round_numbers() {
        let found = [0.3, 1.0, 1.1, 4.0, 17.0, 33.0, 180.0].map(rounded_up);
        assert_eq!(found, [1.0, 1.0, 2.0, 5.0, 20.0, 50.0, 200.0]);
    }
}
