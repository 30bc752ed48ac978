//! A report for a terminal: every number with its interval and its nulls.

use super::say::say;
use crate::probe::metrics::Interval;
use crate::probe::report::EvalReport;

/// Prints the report.
pub(super) fn print(report: &EvalReport) {
    let settings = &report.settings;
    say!(
        "{} trials, heads fitted on {} sequences and scored on {} of held-out instances, seed {}",
        report.rank.n,
        settings.n_train_sequences,
        settings.n_val_sequences,
        settings.seed
    );
    say!("{:38} {:>7}   {:15}   nulls and controls", "", "value", "95 % interval");
    for row in rows(report) {
        say!("{}", row.line());
    }
}

/// One number.
struct Row {
    name: String,
    value: f64,
    interval: Option<Interval>,
    nulls: Vec<(&'static str, Option<f64>)>,
    digits: usize,
}

impl Row {
    fn line(&self) -> String {
        let digits = self.digits;
        let interval = self.interval.map_or_else(String::new, |interval| {
            format!("{:.digits$} … {:.digits$}", interval.low, interval.high)
        });
        let known = self.nulls.iter().filter_map(|(name, null)| Some((name, (*null)?)));
        let nulls: Vec<String> =
            known.map(|(name, null)| format!("{name} {null:.digits$}")).collect();
        let line = format!(
            "{:38} {:>7.digits$}   {:15}   {}",
            self.name,
            self.value,
            interval,
            nulls.join(" · ")
        );
        line.trim_end().to_owned()
    }
}

fn rows(report: &EvalReport) -> Vec<Row> {
    let mut rows = retrieval(report);
    rows.extend(features(report));
    rows.extend(neighbors(report));
    rows.extend(report.path_r2.iter().map(|path| Row {
        name: format!("R² of the path, M = {}", path.n_observed),
        value: path.value,
        interval: Some(path.interval),
        nulls: vec![
            ("last action alone", Some(path.last_action)),
            ("untrained", path.untrained),
            ("no vision", path.no_vision),
            ("no action", path.no_action),
        ],
        digits: 3,
    }));
    let health = |name: &str, value| Row {
        name: name.to_owned(),
        value,
        interval: None,
        nulls: Vec::new(),
        digits: 2,
    };
    rows.push(health("effective rank of z", report.health.effective_rank));
    rows.push(health("deviation of z, mean over dimensions", report.health.deviation));
    rows
}

fn retrieval(report: &EvalReport) -> Vec<Row> {
    let EvalReport { rank, mrr, error, surprise, .. } = report;
    vec![
        Row {
            name: format!("rank of the true view, median, of {}", rank.n_candidates),
            value: rank.median,
            interval: Some(rank.interval),
            nulls: vec![
                ("chance", Some(rank.chance)),
                ("copy-last", Some(rank.copy_last)),
                ("shuffled action", Some(rank.shuffled)),
                ("mean latent", Some(rank.mean_latent)),
                ("untrained", rank.untrained),
            ],
            digits: 1,
        },
        Row {
            name: "reciprocal rank, mean (MRR)".to_owned(),
            value: mrr.value,
            interval: Some(mrr.interval),
            nulls: vec![
                ("chance", Some(mrr.chance)),
                ("copy-last", Some(mrr.copy_last)),
                ("shuffled action", Some(mrr.shuffled)),
                ("mean latent", Some(mrr.mean_latent)),
                ("untrained", mrr.untrained),
            ],
            digits: 3,
        },
        Row {
            name: format!("distance of the guess, {}", error.unit),
            value: error.median,
            interval: Some(error.interval),
            nulls: vec![("chance", Some(error.chance))],
            digits: 3,
        },
        Row {
            name: "surprise at a swapped view, AUROC".to_owned(),
            value: surprise.auroc,
            interval: None,
            nulls: vec![
                ("chance", Some(0.5)),
                ("copy-last", Some(surprise.copy_last)),
                ("shuffled action", Some(surprise.shuffled)),
            ],
            digits: 3,
        },
    ]
}

/// Nothing for reports of versions that did not ask neighbors.
fn neighbors(report: &EvalReport) -> Vec<Row> {
    let near = &report.neighbors;
    if near.n == 0 {
        return Vec::new();
    }
    let row = |name: &str, value, interval, untrained| Row {
        name: name.to_owned(),
        value,
        interval,
        nulls: vec![("chance", Some(near.chance)), ("untrained", untrained)],
        digits: 3,
    };
    vec![
        row("class from z, 5 neighbors", near.z, None, near.z_untrained),
        row("class from z_AGG, 5 neighbors", near.z_agg, Some(near.interval), near.z_agg_untrained),
    ]
}

fn features(report: &EvalReport) -> Vec<Row> {
    let EvalReport { equivariance_r2, state_r2, accuracy, .. } = report;
    let r2 = |name: &str, r2: &crate::probe::report::R2Report| Row {
        // The first word is the kind of head; its settings are in the JSON.
        name: format!("R² of the {name} ({})", r2.head.split(' ').next().unwrap_or_default()),
        value: r2.value,
        interval: Some(r2.interval),
        nulls: vec![
            ("mean", Some(0.0)),
            ("untrained", r2.untrained),
            ("ridge head", (r2.head != "ridge").then_some(r2.ridge)),
        ],
        digits: 3,
    };
    let share = |name: String, value, interval, untrained, control| Row {
        name,
        value,
        interval: Some(interval),
        nulls: vec![
            ("chance", Some(accuracy.chance)),
            ("untrained", untrained),
            ("mean of z", control),
        ],
        digits: 3,
    };
    let z_agg = format!("class from z_AGG, M = {} ({})", accuracy.n_observed, accuracy.head);
    let z = format!("class from one z ({})", accuracy.head);
    vec![
        r2("action from two z", equivariance_r2),
        r2("state from one z", state_r2),
        share(
            z_agg,
            accuracy.z_agg,
            accuracy.z_agg_interval,
            accuracy.untrained,
            Some(accuracy.z_mean),
        ),
        share(z, accuracy.z, accuracy.z_interval, accuracy.z_untrained, None),
    ]
}
