//! Numbers of a report's rows with their uncertainty, seed by seed, as the claims ask for them.

use super::finding::Estimate;
use super::measures::{ClassAt, Measures, PathAt, PathPart};
use super::plan::Variant;
use super::report::{Row, SuiteReport};

/// Class from z_AGG of M views.
pub(super) fn z_agg(run: &Measures, m: usize) -> Option<Estimate> {
    Some(ClassAt::of(&run.class, m)?.z_agg?.into())
}

/// Class from the mean of M views' z.
pub(super) fn z_mean(run: &Measures, m: usize) -> Option<Estimate> {
    Some(ClassAt::of(&run.class, m)?.z_mean.into())
}

/// R² of the action from a pair of z.
pub(super) fn action(run: &Measures) -> Option<Estimate> {
    Some(run.action.mean.into())
}

/// R² of the first action from z_AGG.
pub(super) fn leak(run: &Measures) -> Option<Estimate> {
    Some(run.action_from_aggregate.mean.into())
}

/// R² of the first action from the first two z.
pub(super) fn first_action(run: &Measures) -> Option<Estimate> {
    Some(run.first_action.mean.into())
}

/// Lengths of paths that the trivial one, M = 1, is not among.
const LENGTHS: core::ops::RangeInclusive<usize> = 2..=7;

/// A number of the path, mean over [`LENGTHS`].
pub(super) fn over_lengths(run: &Measures, of: PathPart) -> Option<Estimate> {
    let at = |m: usize| PathAt::of(&run.path, m).map(|path| of(path).into());
    let all: Option<Vec<Estimate>> = LENGTHS.map(at).collect();
    Some(Estimate::mean(&all?))
}

/// A number of every run of a variant that has it; none when it was not run.
pub(super) fn values(
    found: &SuiteReport,
    variant: Variant,
    of: impl Fn(&Measures) -> Option<Estimate>,
) -> Vec<Estimate> {
    let runs = found.row(variant).into_iter().flat_map(|row| &row.runs);
    runs.filter_map(|run| of(&run.measures)).collect()
}

/// How far below 1, the most that a class or R² can be, a number of every run of a variant lies.
pub(super) fn room_above(
    found: &SuiteReport,
    variant: Variant,
    of: impl Fn(&Measures) -> Option<Estimate>,
) -> Vec<f64> {
    values(found, variant, of).iter().map(|reached| 1.0 - reached.value).collect()
}

/// Numbers of every seed of seq-JEPA's own row; none when it was not run.
pub(super) fn own(
    found: &SuiteReport,
    of: impl Fn(&Measures) -> Option<Estimate>,
) -> Vec<Estimate> {
    values(found, Variant::SeqJepa, of)
}

/// Differences of two rows, seed by seed; seeds that only one has are left out, all when one was not
/// run.
pub(super) fn between(
    [a, b]: [Option<&Row>; 2],
    of: impl Fn(&Measures) -> Option<Estimate>,
) -> Vec<Estimate> {
    let Some((a, b)) = a.zip(b) else { return Vec::new() };
    let other = |seed: u64| b.runs.iter().find(|run| run.seed == seed);
    let of_seed = |seed, run: &Measures| Some(of(run)? - of(&other(seed)?.measures)?);
    a.runs.iter().filter_map(|run| of_seed(run.seed, &run.measures)).collect()
}

/// Both rows of a pair of variants.
pub(super) fn pair(found: &SuiteReport, a: Variant, b: Variant) -> [Option<&Row>; 2] {
    [found.row(a), found.row(b)]
}
