//! What a benchmark found: every run's measures, and how they are summed up over seeds.

use super::measures::{Measures, PROTOCOL};
use super::plan::{Budget, Entry, Suite, Variant};
use crate::probe::exam::EvalSettings;
use crate::probe::metrics::mean;
use serde::{Deserialize, Serialize};

/// A whole benchmark, as `report.json` holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of the questions that were asked, [`PROTOCOL`].
    pub protocol: u32,
    /// Word of the budget.
    pub budget: String,
    /// Names of the folders that stood in for the procedural worlds.
    pub data: Vec<String>,
    /// Name of the folder of other pictures on which classes were asked, if they were.
    pub transfer: Option<String>,
    /// Name of the folder of recorded fixations, if there was one.
    pub scanpaths: Option<String>,
    /// The suites in the order of [`Suite::ALL`].
    pub suites: Vec<SuiteReport>,
}

/// One suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuiteReport {
    /// Its word.
    pub suite: String,
    /// Preset of its networks.
    pub preset: String,
    /// Training steps of each.
    pub steps: u64,
    /// M_tr of its own run: views behind z_AGG and before a prediction.
    pub n_observed: usize,
    /// How networks were asked.
    pub settings: EvalSettings,
    /// A row for each variant, in the plan's order.
    pub rows: Vec<Row>,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Word of the variant.
    pub variant: String,
    /// As a table tells it.
    pub title: String,
    /// A run for each seed.
    pub runs: Vec<RunReport>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Its seed.
    pub seed: u64,
    /// What was measured of it.
    pub measures: Measures,
}

/// Mean and spread over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Sample standard deviation; 0 of one seed.
    pub deviation: f64,
    /// Seeds.
    pub n: usize,
}

impl Summary {
    /// Of one number a seed; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        let mean = (n > 0).then(|| mean(values.iter().copied()))?;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { mean, deviation: (squares / (n.max(2) - 1) as f64).sqrt(), n })
    }

    /// A deviation below and above the mean.
    pub fn ends(&self) -> [f64; 2] {
        [self.mean - self.deviation, self.mean + self.deviation]
    }
}

impl Report {
    /// From a plan's entries and what was measured of each, in the same order; nothing was asked
    /// elsewhere.
    pub fn new(
        budget: Budget,
        data: Vec<String>,
        found: &[(Entry, Measures)],
        settings: impl Fn(Suite) -> EvalSettings,
    ) -> Self {
        let mut suites = Vec::new();
        for suite in Suite::ALL {
            let own: Vec<&(Entry, Measures)> =
                found.iter().filter(|(entry, _)| entry.suite == suite).collect();
            let Some((first, _)) = own.first() else { continue };
            let mut rows: Vec<Row> = Vec::new();
            for (entry, measures) in &own {
                let word = entry.variant.word();
                let run = RunReport { seed: entry.config.seed, measures: measures.clone() };
                match rows.iter_mut().find(|row| row.variant == word) {
                    Some(row) => row.runs.push(run),
                    None => rows.push(Row {
                        variant: word,
                        title: entry.variant.title(),
                        runs: vec![run],
                    }),
                }
            }
            let settings = settings(suite);
            suites.push(SuiteReport {
                suite: suite.word().to_owned(),
                preset: first.config.preset.clone(),
                steps: first.config.steps,
                n_observed: settings.n_observed,
                settings,
                rows,
            });
        }
        let budget = budget.word().to_owned();
        Self { protocol: PROTOCOL, budget, data, transfer: None, scanpaths: None, suites }
    }

    /// A suite, if it was run.
    pub fn suite(&self, suite: Suite) -> Option<&SuiteReport> {
        self.suites.iter().find(|found| found.suite == suite.word())
    }
}

impl SuiteReport {
    /// A variant's row, if it was run.
    pub fn row(&self, variant: Variant) -> Option<&Row> {
        let word = variant.word();
        self.rows.iter().find(|row| row.variant == word)
    }

    /// The rows of methods: seq-JEPA, its two nulls, the baselines.
    pub fn methods(&self) -> Vec<&Row> {
        Variant::methods().filter_map(|variant| self.row(variant)).collect()
    }

    /// The rows for which a number was measured.
    pub fn rows_with(&self, of: impl Fn(&Measures) -> Option<f64>) -> Vec<&Row> {
        self.rows.iter().filter(|row| row.summary(&of).is_some()).collect()
    }

    /// Share of the most frequent class among the held-out things, the same for every network.
    pub fn class_chance(&self) -> Option<f64> {
        self.rows.iter().find_map(|row| row.summary(|run| Some(run.class_chance))).map(|s| s.mean)
    }

    /// Mean reciprocal rank of a random order, the same for every network.
    pub fn mrr_chance(&self) -> Option<f64> {
        let of = |run: &Measures| Some(run.prediction.as_ref()?.mrr_nulls.chance);
        self.rows.iter().find_map(|row| row.summary(of)).map(|s| s.mean)
    }

    /// Whether path integration was measured of seq-JEPA, so that there is a figure of it.
    pub fn has_path_figure(&self) -> bool {
        let own = self.row(Variant::SeqJepa);
        own.is_some_and(|row| row.runs.iter().any(|run| !run.measures.path.is_empty()))
    }

    /// The row that was trained with M views: the suite's own, or the ablation of that name.
    pub fn observed(&self, m: usize) -> Option<&Row> {
        let own = if m == self.n_observed { Variant::SeqJepa } else { Variant::Observed(m) };
        self.row(own)
    }
}

impl Row {
    /// A number of every run that has it.
    pub fn values(&self, of: impl Fn(&Measures) -> Option<f64>) -> Vec<f64> {
        self.runs.iter().filter_map(|run| of(&run.measures)).collect()
    }

    /// Its summary over seeds; `None` when no run has it.
    pub fn summary(&self, of: impl Fn(&Measures) -> Option<f64>) -> Option<Summary> {
        Summary::of(&self.values(of))
    }
}

/// The numbers that tables and figures ask of measures.
pub mod ask {
    use super::super::measures::{ClassAt, Measures, PathAt, PathPart};

    fn at(measures: &Measures, m: usize) -> Option<&ClassAt> {
        ClassAt::of(&measures.class, m)
    }

    /// Class from z_AGG of M views.
    pub fn class_z_agg(m: usize) -> impl Fn(&Measures) -> Option<f64> {
        move |measures| Some(at(measures, m)?.z_agg?.value)
    }

    /// Class from the mean of M views' z.
    pub fn class_z_mean(m: usize) -> impl Fn(&Measures) -> Option<f64> {
        move |measures| Some(at(measures, m)?.z_mean.value)
    }

    /// Class from M views: from z_AGG, or from the mean of z where there is no z_AGG.
    pub fn class_of_views(m: usize) -> impl Fn(&Measures) -> Option<f64> {
        move |measures| Some(at(measures, m)?.best_known().value)
    }

    /// R² of the action from a pair of z.
    pub fn action(measures: &Measures) -> Option<f64> {
        Some(measures.action.mean.value)
    }

    /// R² of some components of the action, their mean.
    pub fn components(which: core::ops::Range<usize>) -> impl Fn(&Measures) -> Option<f64> {
        move |measures| {
            let some = measures.action.components.get(which.clone())?;
            Some(crate::probe::metrics::mean(some.iter().copied()))
        }
    }

    /// R² of the state from one z.
    pub fn state(measures: &Measures) -> Option<f64> {
        Some(measures.state.mean.value)
    }

    /// R² of the first action from z_AGG.
    pub fn leak(measures: &Measures) -> Option<f64> {
        Some(measures.action_from_aggregate.mean.value)
    }

    /// Mean reciprocal rank.
    pub fn mrr(measures: &Measures) -> Option<f64> {
        Some(measures.prediction.as_ref()?.mrr.value)
    }

    /// A number of the path after M views.
    pub fn path(m: usize, of: PathPart) -> impl Fn(&Measures) -> Option<f64> {
        move |measures| PathAt::of(&measures.path, m).map(|path| of(path).value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_mean_and_sample_deviation() {
        let summary = Summary::of(&[1.0, 2.0, 3.0]).expect("three seeds");
        assert_eq!((summary.mean, summary.deviation, summary.n), (2.0, 1.0, 3));
        assert_eq!(Summary::of(&[5.0]).map(|s| s.deviation), Some(0.0));
        assert_eq!(Summary::of(&[]), None);
    }
}
