//! Several reports as one: suites, variants or seeds that were run apart, on other machines perhaps.

use super::measures::Measures;
use super::plan::{Budget, Suite, variants};
use super::report::{Report, Row, RunReport, SuiteReport};

/// Everything that the reports hold, in the plan's order, no run twice.
///
/// # Errors
/// When there is none, when two are of other sizes, data or questions, or when two have found other
/// numbers for the same run. What the clock said may differ: the first report's is kept.
pub fn merged(reports: Vec<Report>) -> Result<Report, String> {
    let mut reports = reports.into_iter();
    let mut all = reports.next().ok_or("there is no report to merge")?;
    for report in reports {
        same("budget", &all.budget, &report.budget)?;
        same("data", &all.data.join(", "), &report.data.join(", "))?;
        all.transfer = either("other pictures", all.transfer, report.transfer)?;
        all.scanpaths = either("scanpaths", all.scanpaths, report.scanpaths)?;
        for suite in report.suites {
            match all.suites.iter_mut().find(|known| known.suite == suite.suite) {
                Some(known) => add(known, suite)?,
                None => all.suites.push(suite),
            }
        }
    }
    sort(&mut all);
    Ok(all)
}

/// Of two names the one that there is.
fn either(
    what: &str,
    one: Option<String>,
    other: Option<String>,
) -> Result<Option<String>, String> {
    if let (Some(one), Some(other)) = (&one, &other) {
        same(what, one, other)?;
    }
    Ok(one.or(other))
}

fn same(what: &str, one: &str, other: &str) -> Result<(), String> {
    if one == other {
        return Ok(());
    }
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    Err(format!(
        "these reports cannot be merged: {what} {} of one, {} of another",
        or_none(one),
        or_none(other)
    ))
}

fn add(known: &mut SuiteReport, more: SuiteReport) -> Result<(), String> {
    let asked = |suite: &SuiteReport| {
        let SuiteReport { suite, preset, steps, n_observed, settings, rows: _ } = suite;
        format!("{preset}, {steps} steps, M = {n_observed}, {settings:?} in {suite}")
    };
    same("questions", &asked(known), &asked(&more))?;
    for row in more.rows {
        match known.rows.iter_mut().find(|own| own.variant == row.variant) {
            Some(own) => add_runs(&known.suite, own, row)?,
            None => known.rows.push(row),
        }
    }
    Ok(())
}

fn add_runs(suite: &str, own: &mut Row, more: Row) -> Result<(), String> {
    for run in more.runs {
        match own.runs.iter_mut().find(|known| known.seed == run.seed) {
            None => own.runs.push(run),
            Some(known) if timeless(known) == timeless(&run) => {}
            Some(known) => {
                return Err(format!(
                    "these reports cannot be merged: they differ about {suite}/{}-s{}",
                    own.variant, known.seed
                ));
            }
        }
    }
    Ok(())
}

fn timeless(run: &RunReport) -> Measures {
    Measures { seconds: 0.0, ..run.measures.clone() }
}

/// Suites, variants and seeds in the order in which one run of everything has them.
fn sort(report: &mut Report) {
    report.suites.sort_by_key(|found| Suite::from_word(&found.suite));
    let budget = Budget::from_word(&report.budget);
    for found in &mut report.suites {
        let suite = Suite::from_word(&found.suite);
        let plan = suite.zip(budget).map_or_else(Vec::new, |(suite, budget)| {
            variants(suite, budget).into_iter().map(|variant| variant.word()).collect()
        });
        found.rows.sort_by_key(|row| plan.iter().position(|word| *word == row.variant));
        found.rows.iter_mut().for_each(|row| row.runs.sort_by_key(|run| run.seed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::material::settings;
    use crate::bench::plan::Variant;

    /// A report of one suite with one measured run for each variant, seed and R² that is given.
    fn report(suite: Suite, runs: &[(Variant, u64, f64)]) -> Report {
        let budget = Budget::Medium;
        let mut config = budget.run(suite).expect("a preset");
        let found: Vec<_> = runs
            .iter()
            .map(|(variant, seed, r2)| {
                config.seed = *seed;
                let mut measures = Measures { seconds: *r2, ..Measures::default() };
                measures.action.mean.value = *r2;
                let variant = *variant;
                (super::super::plan::Entry { suite, variant, config: config.clone() }, measures)
            })
            .collect();
        Report::new(budget, Vec::new(), &found, |_| settings(budget, 3))
    }

    #[test]
    fn parts_make_the_whole() {
        let own = Variant::SeqJepa;
        let all = [(Variant::Untrained, 1, 0.1), (own, 1, 0.8), (own, 2, 0.9)];
        let whole = report(Suite::Saccade, &all);
        let parts = [2, 0, 1].map(|at| report(Suite::Saccade, &all[at..=at]));
        assert_eq!(merged(parts.to_vec()), Ok(whole.clone()));
        let other = report(Suite::Rotation, &all);
        let both = merged(vec![whole, other]).expect("two suites");
        let words: Vec<&str> = both.suites.iter().map(|suite| suite.suite.as_str()).collect();
        assert_eq!(words, ["rotation", "saccade"]);
    }

    #[test]
    fn a_run_found_twice_counts_once_whatever_it_took() {
        let one = report(Suite::Saccade, &[(Variant::SeqJepa, 1, 0.8)]);
        let mut slower = one.clone();
        slower.suites[0].rows[0].runs[0].measures.seconds = 99.0;
        assert_eq!(merged(vec![one.clone(), slower]), Ok(one));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let one = report(Suite::Saccade, &[(Variant::SeqJepa, 1, 0.8)]);
        let told = |other: Report| merged(vec![one.clone(), other]).expect_err("they differ");
        let elsewhere = Report { data: vec!["photos".to_owned()], ..one.clone() };
        assert!(told(elsewhere).contains("data none of one, photos of another"));
        let differing = report(Suite::Saccade, &[(Variant::SeqJepa, 1, 0.7)]);
        assert!(told(differing).contains("saccade/seq-jepa-s1"));
        let named = |name: &str| Report { scanpaths: Some(name.to_owned()), ..one.clone() };
        let both = merged(vec![one.clone(), named("osie"), one.clone()]).expect("one names it");
        assert_eq!(both.scanpaths.as_deref(), Some("osie"));
        assert!(merged(vec![named("osie"), named("cat2000")]).is_err());
        let mut longer = one.clone();
        longer.suites[0].steps = 9;
        assert!(told(longer).contains("9 steps"));
        assert!(merged(Vec::new()).is_err());
    }
}
