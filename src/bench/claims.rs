//! The paper's nine claims (spec section 8.3) before the report: what it says, what we found.
//!
//! A claim is judged seed by seed: it holds when every seed meets its gate, it does not hold when none
//! does, and is undecided otherwise or when a run that it needs is missing.

use super::measures::{Measures, PathAt};
use super::plan::{Suite, Variant};
use super::report::{Report, Row, SuiteReport, Summary, ask, differences};
use crate::probe::metrics::mean;
use crate::train::method::Method;

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every seed meets the gate.
    Holds,
    /// No seed does.
    Fails,
    /// Some do, or runs are missing.
    Undecided,
}

impl Verdict {
    /// As the table says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "does not hold",
            Self::Undecided => "undecided",
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// `C1` to `C9`.
    pub id: &'static str,
    /// Where it was asked.
    pub suite: Suite,
    /// What is claimed, gate included.
    pub claim: &'static str,
    /// What the paper reports.
    pub paper: &'static str,
    /// What we found, mean ± deviation over seeds.
    pub ours: String,
    /// Seeds of which it could be asked.
    pub n_seeds: usize,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Numbers of every seed and the gate that they are to meet.
struct Finding {
    values: Vec<f64>,
    is_met: fn(f64) -> bool,
    unit: Unit,
}

#[derive(Clone, Copy)]
enum Unit {
    /// Differences of R², ranks and the like.
    Plain,
    /// Differences of shares.
    Points,
    /// Yes or no: 1 or 0.
    Yes,
}

impl Finding {
    fn verdict(&self) -> Verdict {
        let met = self.values.iter().filter(|value| (self.is_met)(**value)).count();
        match met {
            _ if self.values.is_empty() => Verdict::Undecided,
            0 => Verdict::Fails,
            _ if met == self.values.len() => Verdict::Holds,
            _ => Verdict::Undecided,
        }
    }

    fn told(&self) -> String {
        let Some(Summary { mean, deviation, n }) = Summary::of(&self.values) else {
            return "not run".to_owned();
        };
        let seeds = if n == 1 { "seed" } else { "seeds" };
        // One seed has no deviation.
        let spread = |digits: usize, scale: f64| match n {
            1 => String::new(),
            _ => format!(" ± {:.digits$}", scale * deviation),
        };
        match self.unit {
            Unit::Plain => format!("{mean:+.3}{} ({n} {seeds})", spread(3, 1.0)),
            Unit::Points => {
                format!("{:+.1}{} points ({n} {seeds})", 100.0 * mean, spread(1, 100.0))
            }
            Unit::Yes => format!("in {:.0} of {n} {seeds}", mean * n as f64),
        }
    }
}

/// All claims that can be asked of a report.
pub fn claims(report: &Report) -> Vec<Claim> {
    let mut all: Vec<Claim> = Suite::ALL
        .into_iter()
        .filter_map(|suite| Some((suite, report.suite(suite)?)))
        .flat_map(|(suite, found)| of_suite(suite, found))
        .collect();
    all.sort_by_key(|claim| claim.id);
    all
}

/// Identity, claim, what the paper has, what was found.
type Told = (&'static str, &'static str, &'static str, Finding);

fn of_suite(suite: Suite, found: &SuiteReport) -> Vec<Claim> {
    let mut all = Vec::new();
    all.extend(of_views(suite, found));
    all.extend(of_actions(suite, found));
    all.extend(of_path(suite, found));
    if suite == Suite::Saccade {
        all.extend(gaze(found));
    }
    all.extend(of_others(suite, found));
    let claim = |(id, claim, paper, finding): Told| Claim {
        id,
        suite,
        claim,
        paper,
        ours: finding.told(),
        n_seeds: finding.values.len(),
        verdict: finding.verdict(),
    };
    all.into_iter().map(claim).collect()
}

/// What the paper reports of rotations, of saccades, and of augmentations (CIFAR-100, all three).
fn paper(suite: Suite, [rotation, saccade, augment]: [&'static str; 3]) -> &'static str {
    match suite {
        Suite::Rotation => rotation,
        Suite::Saccade => saccade,
        Suite::Augment => augment,
    }
}

fn of_views(suite: Suite, found: &SuiteReport) -> [Told; 3] {
    [
        (
            "C2",
            "z_AGG's class grows with views: from M = 1 to 4 by 3 points or more",
            paper(suite, ["81.7 to 86.9", "71.5 to 82.9", "53.1 to 60.0"]),
            own(
                found,
                |run| Some(ask::class_z_agg(4)(run)? - ask::class_z_agg(1)(run)?),
                Unit::Points,
                |d| d >= 0.03,
            ),
        ),
        (
            "C2",
            "control: at M = 4 z_AGG is not below the mean of the same z",
            "not reported",
            own(
                found,
                |run| Some(ask::class_z_agg(4)(run)? - ask::class_z_mean(4)(run)?),
                Unit::Points,
                |d| d >= 0.0,
            ),
        ),
        (
            "C8",
            "R² of the action grows from M_tr = 1 to 2",
            paper(
                suite,
                [
                    ".650 to .701",
                    ".654 to .789",
                    "crop .77 to .78, jitter .52 to .64, blur .23 to .88",
                ],
            ),
            between([found.observed(2), found.observed(1)], ask::action, Unit::Plain, |d| d > 0.0),
        ),
    ]
}

fn of_actions(suite: Suite, found: &SuiteReport) -> Vec<Told> {
    let twins = pair(found, Variant::SeqJepa, Variant::NoAction);
    let heard = pair(found, Variant::Predictor, Variant::Token);
    let m = found.n_observed.max(3);
    let mut all = vec![
        (
            "C1",
            "actions make z equivariant: R² of the action, with actions less without, is .2 or more",
            paper(
                suite,
                [".71 − .29", ".80 − .38", "crop .78 − .64, jitter .64 − .14, blur .88 − .16"],
            ),
            between(twins, ask::action, Unit::Plain, |d| d >= 0.2),
        ),
        (
            "C3",
            "z_AGG of three views or more names the class better than one z",
            paper(suite, ["85.3 / 82.5", "81.5 / 81.2", "59.3 / 52.1"]),
            own(
                found,
                |run| Some(ask::class_z_agg(m)(run)? - ask::class_z_mean(1)(run)?),
                Unit::Points,
                |d| d > 0.0,
            ),
        ),
        (
            "C3",
            "z_AGG tells the action worse than a pair of z",
            paper(suite, ["not reported", "not reported", ".34 / .74 (replication)"]),
            own(found, |run| Some(ask::leak(run)? - ask::action(run)?), Unit::Plain, |d| d < 0.0),
        ),
        (
            "C4",
            "R² of the action: told to the predictor alone it is more than told to the tokens alone",
            paper(suite, [".53 − .37", "not reported", "not reported"]),
            between(heard, ask::action, Unit::Plain, |d| d > 0.0),
        ),
    ];
    all.extend(class_of_actions(suite, found));
    all
}

fn of_path(suite: Suite, found: &SuiteReport) -> Vec<Told> {
    if suite == Suite::Augment {
        return Vec::new();
    }
    let whole = over_lengths(|path| path.whole.value);
    let no_vision = over_lengths(|path| path.no_vision);
    let no_action = over_lengths(|path| path.no_action);
    vec![
        (
            "C6",
            "the path, M = 2 to 7: with vision not below actions alone by more than .02",
            paper(suite, [".44 / .18, mean over M", ".90 / .86, mean over M", ""]),
            own(found, |run| Some(whole(run)? - no_vision(run)?), Unit::Plain, |d| d >= -0.02),
        ),
        (
            "C6",
            "the path, M = 2 to 7: with actions alone more than without them by .1 or more",
            paper(suite, [".18 / .04, mean over M", ".86 / .01, mean over M", ""]),
            own(found, |run| Some(no_vision(run)? - no_action(run)?), Unit::Plain, |d| d >= 0.1),
        ),
        (
            "C6",
            "control: the path, M = 2 to 7: training adds to what an untrained model's z_AGG tells",
            "not reported",
            between(pair(found, Variant::SeqJepa, Variant::Untrained), &whole, Unit::Plain, |d| {
                d > 0.0
            }),
        ),
    ]
}

fn of_others(suite: Suite, found: &SuiteReport) -> [Told; 2] {
    [
        (
            "C9",
            "no baseline is better in class and in R² of the action (one view for baselines)",
            paper(
                suite,
                ["none is", "none is", "BYOL has 62.2 against 60.4 in class, and less R²"],
            ),
            front(found, false),
        ),
        (
            "C9",
            "control: the same when baselines have the mean z of as many views",
            "not reported",
            front(found, true),
        ),
    ]
}

/// Numbers of every seed of seq-JEPA's own row; none when it was not run.
fn own(
    found: &SuiteReport,
    of: impl Fn(&Measures) -> Option<f64>,
    unit: Unit,
    is_met: fn(f64) -> bool,
) -> Finding {
    let values = found.row(Variant::SeqJepa).map_or_else(Vec::new, |row| row.values(of));
    Finding { values, is_met, unit }
}

/// Differences of two rows, seed by seed; none when one was not run.
fn between(
    rows: [Option<&Row>; 2],
    of: impl Fn(&Measures) -> Option<f64>,
    unit: Unit,
    is_met: fn(f64) -> bool,
) -> Finding {
    let [a, b] = rows;
    let values = a.zip(b).map_or_else(Vec::new, |(a, b)| differences(a, b, of));
    Finding { values, is_met, unit }
}

/// Both rows of a pair of variants.
fn pair(found: &SuiteReport, a: Variant, b: Variant) -> [Option<&Row>; 2] {
    [found.row(a), found.row(b)]
}

fn class_of_actions(suite: Suite, found: &SuiteReport) -> Option<Told> {
    let (claim, paper, is_met): (_, _, fn(f64) -> bool) = match suite {
        Suite::Rotation => (
            "the class needs no actions here: with and without them within 2 points",
            "87.36 / 87.41",
            |d| d.abs() < 0.02,
        ),
        Suite::Saccade => {
            ("the class needs actions here: 5 points or more with them", "83.44 − 70.45", |d| {
                d >= 0.05
            })
        }
        Suite::Augment => return None,
    };
    let rows = pair(found, Variant::SeqJepa, Variant::NoAction);
    let finding = between(rows, ask::class_z_agg(found.n_observed), Unit::Points, is_met);
    Some(("C5", claim, paper, finding))
}

/// Lengths of paths that the trivial one, M = 1, is not among.
const LENGTHS: core::ops::RangeInclusive<usize> = 2..=7;

/// A number of the path, mean over [`LENGTHS`].
fn over_lengths(of: fn(&PathAt) -> f64) -> impl Fn(&Measures) -> Option<f64> {
    move |run| {
        let values: Option<Vec<f64>> = LENGTHS.map(|m| ask::path(m, of)(run)).collect();
        Some(mean(values?))
    }
}

/// Inhibition of return and saliency, each taken away.
fn gaze(found: &SuiteReport) -> [Told; 4] {
    let less = |variant| pair(found, Variant::SeqJepa, variant);
    let m = found.n_observed;
    let class = |variant| between(less(variant), ask::class_z_agg(m), Unit::Points, |d| d > 0.0);
    let place = |variant| between(less(variant), ask::action, Unit::Plain, |d| d < 0.0);
    [
        (
            "C7",
            "inhibition of return raises the class",
            "83.4 − 78.0",
            class(Variant::NoInhibition),
        ),
        (
            "C7",
            "inhibition of return lowers R² of the action",
            ".80 − .85",
            place(Variant::NoInhibition),
        ),
        ("C7", "saliency and inhibition raise the class", "83.4 − 79.9", class(Variant::Uniform)),
        (
            "C7",
            "saliency and inhibition lower R² of the action",
            ".80 − .88",
            place(Variant::Uniform),
        ),
    ]
}

/// For each seed 1 when no baseline has at least seq-JEPA's class and R² and more of one.
fn front(found: &SuiteReport, as_many_views: bool) -> Finding {
    let m = found.n_observed;
    let baselines: Vec<&Row> =
        Method::baselines().filter_map(|method| found.row(Variant::Baseline(method))).collect();
    let own = found.row(Variant::SeqJepa).filter(|_| !baselines.is_empty());
    let point = |run: &Measures, views: usize| {
        let class = ask::class_z_agg(m)(run).or_else(|| ask::class_z_mean(views)(run));
        Some((class?, ask::action(run)?))
    };
    let values = own.into_iter().flat_map(|row| &row.runs).filter_map(|run| {
        let (class, r2) = point(&run.measures, 1)?;
        let beats = |row: &&Row| {
            let other = row.runs.iter().find(|other| other.seed == run.seed);
            let views = if as_many_views { m } else { 1 };
            other
                .and_then(|other| point(&other.measures, views))
                .is_some_and(|(c, r)| c >= class && r >= r2 && (c > class || r > r2))
        };
        Some(if baselines.iter().any(beats) { 0.0 } else { 1.0 })
    });
    Finding { values: values.collect(), is_met: |on| on > 0.5, unit: Unit::Yes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measures::{ClassAt, R2, Value};
    use crate::bench::report::RunReport;
    use crate::probe::exam::EvalSettings;

    fn verdict(values: &[f64]) -> Verdict {
        let values = values.to_vec();
        Finding { values, is_met: |d| d > 0.0, unit: Unit::Plain }.verdict()
    }

    #[test]
    fn every_seed_has_a_say() {
        assert_eq!(verdict(&[0.1, 0.2]), Verdict::Holds);
        assert_eq!(verdict(&[-0.1, -0.2]), Verdict::Fails);
        assert_eq!(verdict(&[-0.1, 0.2]), Verdict::Undecided);
        assert_eq!(verdict(&[]), Verdict::Undecided);
    }

    /// A rotation suite of two seeds in which everything is as the paper says.
    fn as_the_paper_says() -> Report {
        let value = |value| Value { value, ..Value::default() };
        let run = |seed, class: [f64; 2], r2: f64, aggregates: bool| {
            let at = |m: usize| ClassAt {
                n_observed: m,
                z_agg: aggregates.then(|| value(class[0] + 0.02 * m as f64)),
                z_mean: value(class[1]),
            };
            let along = |m: usize| PathAt {
                n_observed: m,
                whole: value(0.5),
                no_vision: 0.4,
                no_action: 0.1,
                last_action: 0.1,
            };
            let measures = Measures {
                class: (1..=8).map(at).collect(),
                action: R2 { mean: value(r2), ..R2::default() },
                action_from_aggregate: R2 { mean: value(0.1), ..R2::default() },
                path: if aggregates { (1..=7).map(along).collect() } else { Vec::new() },
                ..Measures::default()
            };
            RunReport { seed, measures }
        };
        let row = |variant: Variant, class, r2: f64| {
            let aggregates = !matches!(variant, Variant::Baseline(_));
            let runs = [1, 2].map(|seed| run(seed, class, r2 + 0.01 * seed as f64, aggregates));
            Row { variant: variant.word(), title: variant.title(), runs: runs.to_vec() }
        };
        let rows = vec![
            row(Variant::SeqJepa, [0.8, 0.75], 0.7),
            row(Variant::NoAction, [0.8, 0.75], 0.3),
            row(Variant::Token, [0.8, 0.7], 0.35),
            row(Variant::Predictor, [0.8, 0.7], 0.5),
            row(Variant::Observed(1), [0.8, 0.7], 0.65),
            row(Variant::Observed(2), [0.8, 0.7], 0.69),
            row(Variant::Baseline(Method::Byol), [0.0, 0.82], 0.2),
            row(Variant::Baseline(Method::Sie), [0.0, 0.7], 0.6),
        ];
        let settings = EvalSettings::online(3);
        let suite = SuiteReport {
            suite: "rotation".to_owned(),
            preset: "tiny".to_owned(),
            steps: 1,
            n_observed: 3,
            settings,
            rows,
        };
        Report { budget: "4h".to_owned(), data: Vec::new(), suites: vec![suite] }
    }

    fn verdicts(report: &Report) -> Vec<(&'static str, Verdict)> {
        claims(report).into_iter().map(|claim| (claim.id, claim.verdict)).collect()
    }

    #[test]
    fn a_report_as_the_paper_says_holds_but_for_what_was_not_run() {
        let found = verdicts(&as_the_paper_says());
        let ids: Vec<&str> = found.iter().map(|(id, _)| *id).collect();
        assert_eq!(
            ids,
            ["C1", "C2", "C2", "C3", "C3", "C4", "C5", "C6", "C6", "C6", "C8", "C9", "C9"]
        );
        for (index, (id, verdict)) in found.into_iter().enumerate() {
            // The third of C6 needs an untrained row.
            let missing = index == 9;
            let expected = if missing { Verdict::Undecided } else { Verdict::Holds };
            assert_eq!(verdict, expected, "{id}");
        }
    }

    #[test]
    fn a_better_baseline_and_a_worse_model_are_told() {
        let mut report = as_the_paper_says();
        let rows = &mut report.suites[0].rows;
        let sie = rows.iter_mut().find(|row| row.variant == "sie").expect("a row");
        for run in &mut sie.runs {
            run.measures.action.mean.value = 0.9;
            run.measures.class[0].z_mean.value = 0.99;
        }
        let own = rows.iter_mut().find(|row| row.variant == "seq-jepa").expect("a row");
        // One of two seeds is no better than its twin.
        own.runs[0].measures.action.mean.value = 0.3;
        let found = verdicts(&report);
        assert_eq!(found[0], ("C1", Verdict::Undecided));
        assert_eq!(found[11], ("C9", Verdict::Fails));
        let told = &claims(&report)[0].ours;
        assert!(told.contains("(2 seeds)"), "{told}");
    }
}
