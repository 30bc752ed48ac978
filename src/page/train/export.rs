//! The run's numbers as files: CSV for spreadsheets, JSON lines for scripts. Keys are those that
//! experiment trackers use, and the reference code's own name stands beside where it has one.

use super::super::browser;
use super::super::state::Series;
use crate::protocol::{ProbeReport, StepReport};

/// A named number of a row.
type Cell = (&'static str, f64);

/// Turns a run's numbers into a text, given how to write one number.
pub type Write = fn(&Series, fn(f64) -> String) -> String;

/// Numbers of one training step.
fn of_step(step: &StepReport) -> Vec<Cell> {
    vec![
        ("train/loss", f64::from(step.loss)),
        ("train/learning_rate", step.learning_rate),
        ("train/tau", step.tau),
        ("health/grad_norm", f64::from(step.grad_norm)),
        ("health/z_std", f64::from(step.z_deviation)),
        ("perf/step_ms", step.step_ms),
    ]
}

/// Numbers of one measurement.
fn of_probe(probe: &ProbeReport) -> Vec<Cell> {
    let mut cells = vec![
        ("val/r2_action (online_r2_test)", f64::from(probe.equivariance_r2)),
        ("val/acc_zt (test_acc_res)", f64::from(probe.accuracy_z)),
        ("val/acc_zagg (test_acc_agg)", f64::from(probe.accuracy_z_agg)),
        ("val/acc_chance", f64::from(probe.accuracy_chance)),
        ("val/rank_median", f64::from(probe.rank_median)),
        ("val/rank_copy_last", f64::from(probe.rank_copy_last)),
        ("val/rank_shuffled", f64::from(probe.rank_shuffled)),
        ("val/rank_candidates", probe.n_candidates as f64),
        ("val/mrr", f64::from(probe.mrr)),
        ("health/eff_rank", f64::from(probe.effective_rank)),
    ];
    // With one view the path is trivial.
    cells.extend(probe.path_r2.last().map(|&r2| ("val/path_r2", f64::from(r2))));
    cells
}

/// Rows in the order of their steps, a measurement after its step.
fn rows(series: &Series) -> Vec<(u64, Vec<Cell>)> {
    let steps = series.steps.iter().map(|step| (step.step, of_step(step)));
    let probes = series.probes.iter().map(|probe| (probe.step, of_probe(probe)));
    let mut rows: Vec<(u64, Vec<Cell>)> = steps.chain(probes).collect();
    rows.sort_by_key(|(step, _)| *step);
    rows
}

/// Columns in the order in which they first appear; empty where a row has no such number.
pub fn csv(series: &Series, number: fn(f64) -> String) -> String {
    let rows = rows(series);
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|(_, cells)| cells) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let mut lines = vec![["step,", &names.join(",")].concat()];
    for (step, cells) in &rows {
        let cell = |name: &&str| {
            let found = cells.iter().find(|(key, value)| key == name && value.is_finite());
            found.map_or_else(String::new, |(_, value)| number(*value))
        };
        let cells: Vec<String> = names.iter().map(cell).collect();
        lines.push([step.to_string().as_str(), ",", &cells.join(",")].concat());
    }
    lines.join("\n") + "\n"
}

/// One object a line; what is not a number is `null`.
pub fn json_lines(series: &Series, number: fn(f64) -> String) -> String {
    let line = |(step, cells): &(u64, Vec<Cell>)| {
        let pair = |(name, value): &Cell| {
            let value = if value.is_finite() { number(*value) } else { "null".to_owned() };
            ["\"", name, "\":", &value].concat()
        };
        let pairs: Vec<String> = cells.iter().map(pair).collect();
        ["{\"step\":", &step.to_string(), ",", &pairs.join(","), "}\n"].concat()
    };
    rows(series).iter().map(line).collect()
}

/// A number as the browser writes it: all its digits, and no tables in this wasm.
pub fn number(value: f64) -> String {
    js_sys::Number::from(value)
        .to_string_with_radix(10)
        .map_or_else(|_| String::new(), String::from)
}

/// Hands a text to the visitor as a file.
pub fn save(file_name: &str, text: &str) {
    // A browser that refuses says so itself.
    browser::download(file_name, text.as_bytes()).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        let step = |step, loss| StepReport {
            step,
            loss,
            grad_norm: 2.0,
            learning_rate: 0.5,
            tau: 0.99,
            step_ms: 10.0,
            submit_ms: 1.0,
            wait_ms: 0.0,
            z_deviation: 0.25,
        };
        let probe = ProbeReport {
            step: 1,
            equivariance_r2: 0.5,
            accuracy_z_agg: 0.5,
            accuracy_z: 0.25,
            accuracy_chance: 0.125,
            rank_median: 4.0,
            rank_copy_last: 40.0,
            rank_shuffled: 41.0,
            mrr: 0.5,
            n_candidates: 81,
            n_trials: 64,
            effective_rank: f32::NAN,
            deviation: 0.25,
            path_r2: vec![1.0, 0.75],
        };
        Series { steps: vec![step(1, 1.5), step(2, 0.5)], probes: vec![probe] }
    }

    fn plain(value: f64) -> String {
        format!("{value}")
    }

    #[test]
    fn a_csv_has_one_row_a_step_and_a_measurement_and_gaps_where_nothing_was_measured() {
        let csv = csv(&series(), plain);
        let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{csv}");
        let at = |name: &str| lines[0].iter().position(|column| *column == name).expect(name);
        let column = |name: &str| lines[1..].iter().map(|l| l[at(name)]).collect::<Vec<_>>();
        assert_eq!(column("step"), ["1", "1", "2"]);
        assert_eq!(column("train/loss"), ["1.5", "", "0.5"]);
        assert_eq!(column("val/path_r2"), ["", "0.75", ""]);
        assert_eq!(column("health/eff_rank"), ["", "", ""], "what is not a number is left out");
    }

    #[test]
    fn every_line_is_json() {
        let text = json_lines(&series(), plain);
        let rows: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[2]["train/loss"], 0.5);
        assert_eq!(rows[1]["val/acc_zagg (test_acc_agg)"], 0.5);
        assert!(rows[1]["health/eff_rank"].is_null());
    }
}
