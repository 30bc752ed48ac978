//! The paper's nine claims (spec section 8.3) before the report: what it says, what we found.
//!
//! A claim holds when its whole interval meets the gate, it does not hold when none of the interval
//! does, and is undecided otherwise ([`super::finding`]). The directions are the paper's, the gates
//! those of the spec or 0.

use super::estimates::{
    action, between, first_action, leak, over_lengths, own, pair, room_above, values, z_agg, z_mean,
};
use super::finding::{Estimate, Finding, Gate, Unit, Verdict};
use super::measures::{ClassAt, Measures};
use super::plan::{Suite, Variant};
use super::report::{Report, Row, SuiteReport};
use crate::train::method::Method;

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
    /// What we found, mean over seeds and interval.
    pub ours: String,
    /// The same number of the untrained network; empty for differences of networks.
    pub untrained: String,
    /// Seeds of which it could be asked.
    pub n_seeds: usize,
    /// Whether it holds.
    pub verdict: Verdict,
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
        untrained: finding.untrained_told(),
        n_seeds: finding.values.len(),
        verdict: finding.verdict(),
    };
    all.into_iter().map(claim).collect()
}

/// A number of seq-JEPA's own networks, with that of untrained ones beside it.
fn alone(
    found: &SuiteReport,
    of: impl Fn(&Measures) -> Option<Estimate>,
    unit: Unit,
    gate: Gate,
) -> Finding {
    let untrained = values(found, Variant::Untrained, &of);
    Finding::new(own(found, of), unit, gate).beside_untrained(&untrained)
}

/// What the paper reports of rotations, of saccades, and of augmentations (CIFAR-100, all three).
fn paper(suite: Suite, [rotation, saccade, augment]: [&'static str; 3]) -> &'static str {
    match suite {
        Suite::Rotation => rotation,
        Suite::Saccade => saccade,
        Suite::Augment => augment,
    }
}

fn of_views(suite: Suite, found: &SuiteReport) -> Vec<Told> {
    let gain = |run: &Measures| Some(z_agg(run, 4)? - z_agg(run, 1)?);
    let room = room_above(found, Variant::SeqJepa, |run| z_agg(run, 1));
    let steps = |run: &Measures| {
        let steps: Option<Vec<Estimate>> =
            (1..4).map(|m| Some(z_agg(run, m + 1)? - z_agg(run, m)?)).collect();
        steps?.into_iter().min_by(|a, b| a.value.total_cmp(&b.value))
    };
    let over_mean = |run: &Measures| Some(z_agg(run, 4)? - z_mean(run, 4)?);
    let own =
        |of: &dyn Fn(&Measures) -> Option<Estimate>, gate| alone(found, of, Unit::Points, gate);
    vec![
        (
            "C2",
            "class from z_AGG: 3 points or more better at M = 4 than at M = 1",
            paper(suite, ["81.7 to 86.9", "71.5 to 82.9", "53.1 to 60.0"]),
            own(&gain, Gate::at_least(0.03)).with_room(&room),
        ),
        (
            "C2",
            "class from z_AGG: never worse with one view more, up to M = 4 (the smallest of three steps)",
            "grows",
            own(&steps, Gate::at_least(0.0)),
        ),
        (
            "C2",
            "control, class at M = 4: from z_AGG not worse than from the mean of the same z",
            "not reported",
            own(&over_mean, Gate::at_least(0.0)),
        ),
        (
            "C8",
            "R² of the action is higher with M_tr = 2 than with 1",
            paper(
                suite,
                [
                    ".650 to .701",
                    ".654 to .789",
                    "crop .77 to .78, jitter .52 to .64, blur .23 to .88",
                ],
            ),
            Finding::new(
                between([found.observed(2), found.observed(1)], action),
                Unit::Plain,
                Gate::at_least(0.0),
            ),
        ),
    ]
}

fn of_actions(suite: Suite, found: &SuiteReport) -> Vec<Told> {
    let twins = pair(found, Variant::SeqJepa, Variant::NoAction);
    let heard = pair(found, Variant::Predictor, Variant::Token);
    let m = found.n_observed.max(3);
    let room = room_above(found, Variant::NoAction, action);
    let mut all = vec![
        (
            "C1",
            "equivariance: R² of the action is .2 or more higher with actions than without",
            paper(
                suite,
                [".71 − .29", ".80 − .38", "crop .78 − .64, jitter .64 − .14, blur .88 − .16"],
            ),
            Finding::new(between(twins, action), Unit::Plain, Gate::at_least(0.2)).with_room(&room),
        ),
        (
            "C3",
            "class: better from z_AGG of three views or more than from one z",
            paper(suite, ["85.3 / 82.5", "81.5 / 81.2", "59.3 / 52.1"]),
            alone(
                found,
                |run| Some(z_agg(run, m)? - z_mean(run, 1)?),
                Unit::Points,
                Gate::at_least(0.0),
            ),
        ),
        (
            "C3",
            "R² of the first action: less from z_AGG than from the first two z",
            paper(suite, ["not reported", "not reported", ".34 / .74 (replication)"]),
            roles(found),
        ),
        (
            "C4",
            "R² of the action is higher when only the predictor has the action than when only the tokens have it",
            paper(suite, [".53 − .37", "not reported", "not reported"]),
            Finding::new(between(heard, action), Unit::Plain, Gate::at_least(0.0)),
        ),
    ];
    all.extend(class_of_actions(suite, found));
    all
}

/// Below this a pair of z tells too little of the action for z_AGG to tell less.
const TELLING: f64 = 0.1;

fn roles(found: &SuiteReport) -> Finding {
    let less = |run: &Measures| Some(leak(run)? - first_action(run)?);
    let told = own(found, first_action);
    let mut finding = alone(found, less, Unit::Plain, Gate::at_most(0.0));
    if !told.is_empty() && Estimate::mean(&told).value < TELLING {
        finding.barred = Some("a pair of z tells less than .1 of the action".to_owned());
    }
    finding
}

fn of_path(suite: Suite, found: &SuiteReport) -> Vec<Told> {
    if suite == Suite::Augment {
        return Vec::new();
    }
    let whole = |run: &Measures| over_lengths(run, |path| path.whole);
    let no_vision = |run: &Measures| over_lengths(run, |path| path.no_vision);
    let no_action = |run: &Measures| over_lengths(run, |path| path.no_action);
    vec![
        (
            "C6",
            "R² of the path, M = 2 to 7: with vision and actions not less than with actions alone",
            paper(suite, [".44 / .18, mean over M", ".90 / .86, mean over M", ""]),
            alone(
                found,
                |run| Some(whole(run)? - no_vision(run)?),
                Unit::Plain,
                Gate::at_least(0.0),
            ),
        ),
        (
            "C6",
            "R² of the path, M = 2 to 7: with actions alone .1 or more higher than with vision alone",
            paper(suite, [".18 / .04, mean over M", ".86 / .01, mean over M", ""]),
            alone(
                found,
                |run| Some(no_vision(run)? - no_action(run)?),
                Unit::Plain,
                Gate::at_least(0.1),
            ),
        ),
        (
            "C6",
            "control, R² of the path, M = 2 to 7: higher trained than untrained",
            "not reported",
            Finding::new(
                between(pair(found, Variant::SeqJepa, Variant::Untrained), whole),
                Unit::Plain,
                Gate::at_least(0.0),
            ),
        ),
    ]
}

fn of_others(suite: Suite, found: &SuiteReport) -> [Told; 2] {
    [
        (
            "C9",
            "ahead of each baseline in class or in R² of the action (the larger of the two leads; the smallest over baselines; baselines from one view)",
            paper(
                suite,
                ["it leads", "it leads", "BYOL has 62.2 against 60.4 in class, and less R²"],
            ),
            front(found, false),
        ),
        (
            "C9",
            "control: the same with baselines from the mean z of as many views",
            "not reported",
            front(found, true),
        ),
    ]
}

fn class_of_actions(suite: Suite, found: &SuiteReport) -> Option<Told> {
    let m = found.n_observed;
    let rows = pair(found, Variant::SeqJepa, Variant::NoAction);
    let room = room_above(found, Variant::NoAction, |run| z_agg(run, m));
    let found_of = |gate| {
        Finding::new(between(rows, |run| z_agg(run, m)), Unit::Points, gate).with_room(&room)
    };
    match suite {
        Suite::Rotation => Some((
            "C5",
            "class: the same with and without actions, within 2 points",
            "87.41 / 87.36",
            found_of(Gate::within(0.02)),
        )),
        Suite::Saccade => Some((
            "C5",
            "class: 5 points or more better with actions than without",
            "83.44 − 70.45",
            found_of(Gate::at_least(0.05)),
        )),
        Suite::Augment => None,
    }
}

/// Inhibition of return and saliency, each taken away: each network asked along fixations by the law
/// that it was trained with, as the paper does, and all along those of the suite.
fn gaze(found: &SuiteReport) -> Vec<Told> {
    let m = found.n_observed;
    let own_class = |run: &Measures| match &run.own_law {
        Some(own) => Some(ClassAt::of(&own.class, m)?.z_agg?.into()),
        None => z_agg(run, m),
    };
    let own_action = |run: &Measures| {
        Some(run.own_law.as_ref().map_or(&run.action, |own| &own.action).mean.into())
    };
    type Number<'a> = &'a dyn Fn(&Measures) -> Option<Estimate>;
    let told = |variant: Variant, [own, same]: [[&'static str; 2]; 2], paper: [&'static str; 2]| {
        let rows = pair(found, Variant::SeqJepa, variant);
        let runs = || rows[1].into_iter().flat_map(|row| &row.runs);
        let has_own = runs().all(|run| run.measures.own_law.is_some());
        let class = |of: Number<'_>, rows| {
            Finding::new(between(rows, of), Unit::Points, Gate::at_least(0.0))
        };
        let place =
            |of: Number<'_>, rows| Finding::new(between(rows, of), Unit::Plain, Gate::at_most(0.0));
        let own_rows = if has_own { rows } else { [None, None] };
        [
            ("C7", own[0], paper[0], class(&own_class, own_rows)),
            ("C7", own[1], paper[1], place(&own_action, own_rows)),
            ("C7", same[0], "not reported", class(&|run| z_agg(run, m), rows)),
            ("C7", same[1], "not reported", place(&action, rows)),
        ]
    };
    let inhibition = [
        [
            "class: better with inhibition of return than without, each along its own fixations",
            "R² of the action: lower with inhibition of return than without, each along its own fixations",
        ],
        [
            "control, class: better when trained with inhibition of return, along the same fixations",
            "control, R² of the action: lower when trained with inhibition of return, along the same fixations",
        ],
    ];
    let saliency = [
        [
            "class: better with saliency and inhibition than with uniform fixations, each along its own",
            "R² of the action: lower with saliency and inhibition than with uniform fixations, each along its own",
        ],
        [
            "control, class: better when trained with saliency and inhibition, along the same fixations",
            "control, R² of the action: lower when trained with saliency and inhibition, along the same fixations",
        ],
    ];
    let mut all = told(Variant::NoInhibition, inhibition, ["83.4 − 78.0", ".80 − .85"]).to_vec();
    all.extend(told(Variant::Uniform, saliency, ["83.4 − 79.9", ".80 − .88"]));
    all
}

/// For each seed that every baseline has: over all baselines the smallest of seq-JEPA's leads, where a
/// lead is the larger of those in class and in R².
fn front(found: &SuiteReport, as_many_views: bool) -> Finding {
    let m = found.n_observed;
    let views = if as_many_views { m } else { 1 };
    let baselines: Vec<&Row> =
        Method::baselines().filter_map(|method| found.row(Variant::Baseline(method))).collect();
    let lead = |run: &Measures, other: &Measures| {
        let leads = [z_agg(run, m)? - z_mean(other, views)?, action(run)? - action(other)?];
        leads.into_iter().max_by(|a, b| a.value.total_cmp(&b.value))
    };
    let of_seed = |seed: u64, run: &Measures| {
        let others = baselines.iter().map(|row| {
            let other = row.runs.iter().find(|other| other.seed == seed)?;
            lead(run, &other.measures)
        });
        let leads: Option<Vec<Estimate>> = others.collect();
        leads?.into_iter().min_by(|a, b| a.value.total_cmp(&b.value))
    };
    let runs = found.row(Variant::SeqJepa).into_iter().flat_map(|row| &row.runs);
    let values = runs.filter_map(|run| of_seed(run.seed, &run.measures)).collect();
    Finding::new(values, Unit::Plain, Gate::at_least(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measures::{OwnLaw, PathAt, R2, Value};
    use crate::bench::plan::Budget;
    use crate::bench::report::RunReport;
    use crate::probe::exam::EvalSettings;
    use crate::probe::metrics::Interval;

    /// A rotation suite of two seeds in which everything is as the paper says.
    fn as_the_paper_says() -> Report {
        // Without an interval: seeds alone decide.
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
                no_vision: value(0.4),
                no_action: value(0.1),
                last_action: value(0.1),
            };
            let measures = Measures {
                class: (1..=8).map(at).collect(),
                action: R2 { mean: value(r2), ..R2::default() },
                action_from_aggregate: R2 { mean: value(0.1), ..R2::default() },
                first_action: R2 { mean: value(r2), ..R2::default() },
                path: if aggregates { (1..=7).map(along).collect() } else { Vec::new() },
                ..Measures::default()
            };
            RunReport { seed, measures }
        };
        let row = |variant: Variant, class, r2: f64| {
            let aggregates = !matches!(variant, Variant::Baseline(_));
            let runs = [1, 2].map(|seed| run(seed, class, r2 + 0.002 * seed as f64, aggregates));
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
        let nothing = Report::new(Budget::Medium, Vec::new(), &[], |_| suite.settings.clone());
        Report { suites: vec![suite], ..nothing }
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
            ["C1", "C2", "C2", "C2", "C3", "C3", "C4", "C5", "C6", "C6", "C6", "C8", "C9", "C9"]
        );
        for (index, (id, verdict)) in found.into_iter().enumerate() {
            // The third of C6 needs an untrained row.
            let missing = index == 10;
            let expected = if missing { Verdict::Undecided } else { Verdict::Holds };
            assert_eq!(verdict, expected, "{id}");
        }
    }

    /// The row of a variant.
    fn row<'a>(report: &'a mut Report, word: &str) -> &'a mut Row {
        let rows = &mut report.suites[0].rows;
        rows.iter_mut().find(|row| row.variant == word).expect("a row")
    }

    #[test]
    fn a_better_baseline_and_a_worse_model_are_told() {
        let mut report = as_the_paper_says();
        for run in &mut row(&mut report, "sie").runs {
            run.measures.action.mean.value = 0.9;
            run.measures.class[0].z_mean.value = 0.99;
        }
        // One of two seeds is no better than its twin.
        row(&mut report, "seq-jepa").runs[0].measures.action.mean.value = 0.3;
        let found = verdicts(&report);
        assert_eq!(found[0], ("C1", Verdict::Undecided));
        assert_eq!(found[12], ("C9", Verdict::Fails));
        let told = &claims(&report)[0].ours;
        assert!(told.contains("(2 seeds)"), "{told}");
    }

    #[test]
    fn a_seed_that_a_baseline_lacks_is_not_won() {
        let mut report = as_the_paper_says();
        row(&mut report, "byol").runs.pop();
        let all = claims(&report);
        assert_eq!((all[12].id, all[12].n_seeds, all[12].verdict), ("C9", 1, Verdict::Undecided));
        row(&mut report, "byol").runs.clear();
        assert_eq!(claims(&report)[12].n_seeds, 0);
    }

    #[test]
    fn a_tie_at_the_top_decides_nothing() {
        let mut report = as_the_paper_says();
        for word in ["seq-jepa", "no-action", "sie"] {
            for run in &mut row(&mut report, word).runs {
                let interval = Interval { low: 0.93, high: 0.97 };
                run.measures.action.mean = Value { value: 0.95, interval };
                for class in &mut run.measures.class {
                    (class.z_mean.value, class.z_mean.interval.high) = (1.0, 1.0);
                    class.z_mean.interval.low = 0.99;
                    class.z_agg = class.z_agg.map(|_| class.z_mean);
                }
            }
        }
        let found = claims(&report);
        let of = |index: usize| (found[index].id, found[index].verdict);
        // Its twin leaves .05 of R², one view leaves nothing of the class.
        assert_eq!([of(0), of(1)], [("C1", Verdict::Undecided), ("C2", Verdict::Undecided)]);
        assert!(found[0].ours.contains("room for +0.050 only"), "{}", found[0].ours);
        assert_eq!([of(2), of(3)], [("C2", Verdict::Undecided), ("C2", Verdict::Undecided)]);
        assert_eq!(of(12), ("C9", Verdict::Undecided));
    }

    #[test]
    fn saccades_ask_for_actions_and_for_ways_of_looking() {
        let mut report = as_the_paper_says();
        let suite = &mut report.suites[0];
        suite.suite = "saccade".to_owned();
        let mut uniform = suite.rows[0].clone();
        uniform.variant = Variant::Uniform.word();
        for run in &mut uniform.runs {
            run.measures.action.mean.value += 0.1;
            run.measures.class.iter_mut().for_each(|class| {
                class.z_agg.as_mut().expect("it aggregates").value -= 0.1;
            });
        }
        suite.rows.push(uniform);
        let found: Vec<_> = claims(&report).into_iter().filter(|claim| claim.id == "C7").collect();
        let verdicts: Vec<Verdict> = found.iter().map(|claim| claim.verdict).collect();
        let [missing, holds] = [Verdict::Undecided, Verdict::Holds];
        // Without inhibition none was run; uniform ones were not asked along their own fixations.
        assert_eq!(verdicts, [missing, missing, missing, missing, missing, missing, holds, holds]);
        for run in &mut report.suites[0].rows.last_mut().expect("uniform").runs {
            let Measures { class, action, .. } = &run.measures;
            let (class, mut action) = (class.clone(), action.clone());
            action.mean.value -= 0.5;
            run.measures.own_law = Some(OwnLaw { class, action });
        }
        let found: Vec<_> = claims(&report).into_iter().filter(|claim| claim.id == "C7").collect();
        let verdicts: Vec<Verdict> = found[4..].iter().map(|claim| claim.verdict).collect();
        assert_eq!(verdicts, [holds, Verdict::Fails, holds, holds]);
        // Rotations' class needs no actions, saccades' five points: here there are none.
        let of_class = claims(&report).into_iter().find(|claim| claim.id == "C5").expect("asked");
        assert_eq!(of_class.verdict, Verdict::Fails);
    }
}
