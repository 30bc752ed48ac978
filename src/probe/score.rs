//! Scores with intervals over things: the items that show one thing are not independent.

use super::equivariance::Task;
use super::metrics::{ErrorSums, Interval, bootstrap, median};
use super::rows::Rows;
use std::collections::BTreeMap;

/// Errors on held-out items, and the interval of their R² over things.
#[derive(Clone)]
pub struct Score {
    /// Of all items.
    pub sums: ErrorSums,
    /// Of the R², mean over components.
    pub interval: Interval,
}

impl Score {
    /// Of guesses for the items of a task.
    pub fn of(task: &Task, guess: &Rows, seed: u64) -> Self {
        let dim = task.y.dim;
        let n = task.cluster.iter().max().map_or(0, |m| m + 1);
        let mut clusters = vec![ErrorSums::new(dim); n];
        for (cluster, (truth, guess)) in task.cluster.iter().zip(task.y.iter().zip(guess.iter())) {
            clusters[*cluster].add(truth, guess);
        }
        let sum = |chosen: &mut dyn Iterator<Item = usize>| {
            let mut all = ErrorSums::new(dim);
            chosen.for_each(|i| all.merge(&clusters[i]));
            all
        };
        let interval = bootstrap(n, seed, |chosen| sum(&mut chosen.iter().copied()).r2_mean());
        Self { sums: sum(&mut (0..n)), interval }
    }
}

/// Things counted from 0 in the order in which they come, whatever they were called.
pub fn counted(things: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut known = BTreeMap::new();
    let count = |thing| {
        let next = known.len();
        *known.entry(thing).or_insert(next)
    };
    things.into_iter().map(count).collect()
}

/// Interval of a median when the items of a thing are drawn together; `things` has the thing of each.
pub fn median_over_things(things: &[usize], values: &[f64], seed: u64) -> Interval {
    let cluster = counted(things.iter().copied());
    let n = cluster.iter().max().map_or(0, |m| m + 1);
    let mut own = vec![Vec::new(); n];
    cluster.iter().zip(values).for_each(|(&c, &value)| own[c].push(value));
    bootstrap(n, seed, |chosen| {
        let all: Vec<f64> = chosen.iter().flat_map(|&i| own[i].iter().copied()).collect();
        median(&all)
    })
}

/// Interval of a mean when the items of a thing are drawn together; `things` has the thing of each.
pub fn over_things(things: &[usize], values: &[f64], seed: u64) -> Interval {
    let cluster = counted(things.iter().copied());
    let n = cluster.iter().max().map_or(0, |m| m + 1);
    let mut sums = vec![[0.0, 0.0]; n];
    for (&c, value) in cluster.iter().zip(values) {
        sums[c] = [sums[c][0] + value, sums[c][1] + 1.0];
    }
    bootstrap(n, seed, |chosen| {
        let [sum, n] =
            chosen.iter().fold([0.0, 0.0], |all, &i| [all[0] + sums[i][0], all[1] + sums[i][1]]);
        sum / n
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_a_thing_do_not_narrow_an_interval() {
        let values = |copies: usize| -> (Vec<usize>, Vec<f64>) {
            (0..50 * copies).map(|i| (i / copies, (i / copies % 5) as f64 / 4.0)).unzip()
        };
        let width = |copies| {
            let (cluster, values) = values(copies);
            let interval = over_things(&cluster, &values, 1);
            interval.high - interval.low
        };
        assert!((width(1) - width(8)).abs() < 1e-9 && width(1) > 0.15);
        let middle = |copies| {
            let (cluster, values) = values(copies);
            median_over_things(&cluster, &values, 1)
        };
        assert_eq!(middle(1), middle(8));
        assert_eq!((middle(1).low, middle(1).high), (0.25, 0.75));
        assert_eq!(counted([7, 3, 7, 9, 3]), [0, 1, 0, 2, 1]);
    }
}
