//! What is counted, with its chance level: ranks, R², accuracy, effective rank, intervals.
//!
//! Pure functions on the host in `f64`. Nothing here knows a model.

use super::eigen::eigenvalues;
use super::rows::Rows;
use crate::world::rng::{below, stream};
use serde::{Deserialize, Serialize};

/// Resamples of a bootstrap interval.
const N_RESAMPLES: usize = 1000;

/// A 95 % percentile interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// 95 % interval of `statistic` over items drawn with replacement. Items are what is independent:
/// trials, or things with all that shows them.
///
/// `statistic` receives n indices below n.
pub fn bootstrap(n: usize, seed: u64, mut statistic: impl FnMut(&[usize]) -> f64) -> Interval {
    if n == 0 {
        return Interval::default();
    }
    let mut rng = stream(seed, "bootstrap", 0);
    let mut found: Vec<f64> = (0..N_RESAMPLES)
        .map(|_| {
            let chosen: Vec<usize> = (0..n).map(|_| below(&mut rng, n)).collect();
            statistic(&chosen)
        })
        .collect();
    found.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| found[(share * (N_RESAMPLES - 1) as f64).round() as usize];
    Interval { low: at(0.025), high: at(0.975) }
}

/// Mean; 0 of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (n, sum) = values.into_iter().fold((0_usize, 0.0), |(n, sum), v| (n + 1, sum + v));
    sum / n.max(1) as f64
}

/// Median, the middle of the two middle ones when their number is even; 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n => 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]),
    }
}

/// Mean reciprocal rank of 1-based ranks.
pub fn mean_reciprocal_rank(ranks: &[f64]) -> f64 {
    mean(ranks.iter().map(|rank| 1.0 / rank))
}

/// Share of ranks up to `k`.
pub fn hits_at(ranks: &[f64], k: f64) -> f64 {
    mean(ranks.iter().map(|&rank| if rank <= k { 1.0 } else { 0.0 }))
}

/// Median rank of a random order of `n` candidates.
pub fn chance_rank(n: usize) -> f64 {
    (n as f64 + 1.0) / 2.0
}

/// Mean reciprocal rank of a random order of `n` candidates: the n-th harmonic number over n.
pub fn chance_mrr(n: usize) -> f64 {
    (1..=n).map(|k| 1.0 / k as f64).sum::<f64>() / n.max(1) as f64
}

/// What R² needs of a set of targets and guesses; sums of disjoint sets add up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorSums {
    n: f64,
    /// For each component: Σt, Σt², Σ(t − guess)².
    sums: Vec<[f64; 3]>,
}

impl ErrorSums {
    /// Nothing yet, of `dim` components.
    pub fn new(dim: usize) -> Self {
        Self { n: 0.0, sums: vec![[0.0; 3]; dim] }
    }

    /// Of all rows of `truth` and `guess` `[n, dim]`.
    pub fn of(truth: &Rows, guess: &Rows) -> Self {
        let mut all = Self::new(truth.dim);
        truth.iter().zip(guess.iter()).for_each(|(t, g)| all.add(t, g));
        all
    }

    /// Adds one target and guess.
    pub fn add(&mut self, truth: &[f32], guess: &[f32]) {
        self.n += 1.0;
        for (sum, (&t, &g)) in self.sums.iter_mut().zip(truth.iter().zip(guess)) {
            let (t, g) = (f64::from(t), f64::from(g));
            *sum = [sum[0] + t, sum[1] + t * t, sum[2] + (t - g).powi(2)];
        }
    }

    /// Adds a disjoint set.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            *sum = core::array::from_fn(|i| sum[i] + other[i]);
        }
    }

    /// R² of each component.
    pub fn r2_components(&self) -> Vec<f64> {
        self.sums.iter().map(|[t, tt, ee]| ratio(*ee, tt - t * t / self.n.max(1.0))).collect()
    }

    /// R² of each component, averaged (scikit-learn's default; the paper's and official code's).
    /// The mean of each component as a guess scores 0.
    pub fn r2_mean(&self) -> f64 {
        mean(self.r2_components())
    }

    /// 1 − ΣΣ(t − guess)² / ΣΣ(t − mean of its component)²: components count by their variance.
    pub fn r2_pooled(&self) -> f64 {
        ratio(self.sums.iter().map(|s| s[2]).sum(), self.spread())
    }

    /// 1 − ΣΣ(t − guess)² / ΣΣ(t − one mean of everything)² (SIE's and `ContextSSL`'s formula).
    pub fn r2_global(&self) -> f64 {
        self.global(self.sums.iter().map(|s| s[2]).sum())
    }

    /// What [`Self::r2_global`] gives to the mean of each component as a guess: not 0.
    pub fn r2_global_null(&self) -> f64 {
        self.global(self.spread())
    }

    /// ΣΣ(t − mean of its component)².
    fn spread(&self) -> f64 {
        self.sums.iter().map(|[t, tt, _]| tt - t * t / self.n.max(1.0)).sum()
    }

    fn global(&self, residual: f64) -> f64 {
        let n = self.n * self.sums.len() as f64;
        let [t, tt] = [0, 1].map(|i| self.sums.iter().map(|s| s[i]).sum::<f64>());
        ratio(residual, tt - t * t / n.max(1.0))
    }
}

/// 1 − residual / total; where nothing varies 1 for no error and 0 otherwise, as scikit-learn.
fn ratio(residual: f64, total: f64) -> f64 {
    if total > 1e-12 {
        1.0 - residual / total
    } else if residual <= 1e-12 {
        1.0
    } else {
        0.0
    }
}

/// Index of the largest value of each row.
pub fn argmax(scores: &Rows) -> Vec<usize> {
    let best =
        |row: &[f32]| (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best });
    scores.iter().map(best).collect()
}

/// Share of the most frequent of `labels`.
pub fn majority_share(labels: &[usize]) -> f64 {
    let mut counts = vec![0_usize; labels.iter().max().map_or(0, |m| m + 1)];
    labels.iter().for_each(|&label| counts[label] += 1);
    counts.iter().max().map_or(0.0, |&n| n as f64 / labels.len() as f64)
}

/// Whether a representation is alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// exp of the entropy of the normalized singular values of the centered features: 1 when one
    /// direction does everything, D when all do the same, 0 when nothing varies.
    pub effective_rank: f64,
    /// Standard deviation, mean over dimensions: 0 is collapse.
    pub deviation: f64,
    /// Share of dimensions that vary by less than a hundredth of that mean. In files of earlier
    /// versions 0.
    #[serde(default)]
    pub dead: f64,
}

/// Below this share of the mean deviation a dimension tells nothing.
const DEAD: f64 = 0.01;

impl Health {
    /// Of features `[n, D]`.
    pub fn of(features: &Rows) -> Self {
        let (n, dim) = (features.n_rows().max(1) as f64, features.dim);
        let center = features.mean();
        let mut covariance = vec![0.0_f64; dim * dim];
        let mut row = vec![0.0_f64; dim];
        for features in features.iter() {
            for (r, (&v, &m)) in row.iter_mut().zip(features.iter().zip(&center)) {
                *r = f64::from(v) - f64::from(m);
            }
            for i in 0..dim {
                let factor = row[i];
                let out = &mut covariance[i * dim..(i + 1) * dim];
                out.iter_mut().zip(&row).for_each(|(o, r)| *o += factor * r);
            }
        }
        let variances = (0..dim).map(|i| covariance[i * dim + i] / n);
        let deviations: Vec<f64> = variances.map(|v| v.max(0.0).sqrt()).collect();
        let deviation = mean(deviations.iter().copied());
        let dead = deviations.iter().filter(|&&own| own <= DEAD * deviation).count();
        let dead = dead as f64 / dim.max(1) as f64;
        let effective_rank =
            if deviation > 1e-7 { effective_rank(&eigenvalues(covariance, dim)) } else { 0.0 };
        Self { effective_rank, deviation, dead }
    }
}

/// From eigenvalues of the covariance: their roots are the singular values of the features.
fn effective_rank(eigenvalues: &[f64]) -> f64 {
    let largest = eigenvalues.iter().fold(0.0_f64, |a, &b| a.max(b));
    // Smaller ones are noise of f64.
    let singular: Vec<f64> =
        eigenvalues.iter().filter(|&&v| v > 1e-13 * largest).map(|v| v.sqrt()).collect();
    let sum: f64 = singular.iter().sum();
    let entropy: f64 = singular.iter().map(|s| -(s / sum) * libm::log(s / sum)).sum();
    libm::exp(entropy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(dim: usize, values: &[f32]) -> Rows {
        Rows { dim, values: values.to_vec() }
    }

    #[test]
    fn r2_is_that_worked_by_hand() {
        // Column 1: mean 2, total 2, residual 0.5 → 0.75. Column 2: total 8, residual 8 → 0.
        let truth = rows(2, &[1.0, 0.0, 2.0, 2.0, 3.0, 4.0]);
        let guess = rows(2, &[1.0, 2.0, 2.5, 2.0, 3.5, 2.0]);
        let sums = ErrorSums::of(&truth, &guess);
        assert!((sums.r2_mean() - 0.375).abs() < 1e-12);
        // One mean 2 of all six: total 2 + 8, residual 8.5.
        assert!((sums.r2_global() - 0.15).abs() < 1e-12);
        let perfect = ErrorSums::of(&truth, &truth);
        assert_eq!((perfect.r2_mean(), perfect.r2_global()), (1.0, 1.0));
    }

    #[test]
    fn the_two_formulas_differ_in_what_a_constant_scores() {
        let truth = rows(2, &[0.0, 10.0, 1.0, 11.0]);
        let means = ErrorSums::of(&truth, &rows(2, &[0.5, 10.5, 0.5, 10.5]));
        assert_eq!(means.r2_mean(), 0.0);
        // Residual 1; total Σ(t − 5.5)² = 30.25 + 20.25 + 20.25 + 30.25 = 101.
        assert!((means.r2_global() - (1.0 - 1.0 / 101.0)).abs() < 1e-12);
        assert_eq!(means.r2_global(), means.r2_global_null());
    }

    #[test]
    fn ranks_are_summarized_as_by_hand() {
        let ranks = [1.0, 2.0, 4.0, 10.0];
        assert_eq!(mean_reciprocal_rank(&ranks), (1.0 + 0.5 + 0.25 + 0.1) / 4.0);
        assert_eq!((median(&ranks), hits_at(&ranks, 1.0), hits_at(&ranks, 5.0)), (3.0, 0.25, 0.75));
        assert_eq!(chance_rank(81), 41.0);
        assert!((chance_mrr(4) - (1.0 + 0.5 + 1.0 / 3.0 + 0.25) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn effective_rank_counts_the_directions_in_use() {
        let check = |name: &str, dim: usize, values: &[f32], expected: f64| {
            let found = Health::of(&rows(dim, values)).effective_rank;
            assert!((found - expected).abs() < 1e-5, "{name}: {found} is not {expected}");
        };
        let cross = [1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0];
        let cross = [cross.as_slice(), &[0.0, 0.0, -1.0]].concat();
        check("like the identity", 3, &cross, 3.0);
        check("one direction", 3, &[1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 4.0, 8.0, 12.0], 1.0);
        check("constant", 2, &[5.0, 6.0, 5.0, 6.0, 5.0, 6.0], 0.0);
        // Two of three stand still; the first deviates by 1.
        let Health { dead, deviation, .. } = Health::of(&rows(3, &[1.0, 0.0, 4.0, -1.0, 0.0, 4.0]));
        assert!((dead - 2.0 / 3.0).abs() < 1e-12, "{dead}");
        assert!((deviation - 1.0 / 3.0).abs() < 1e-12, "{deviation}");
    }

    #[test]
    fn an_interval_covers_the_mean_and_shrinks_with_n() {
        let width = |n: usize| {
            let values: Vec<f64> = (0..n).map(|i| (i % 10) as f64).collect();
            let interval = bootstrap(n, 1, |chosen| mean(chosen.iter().map(|&i| values[i])));
            assert!(interval.low < 4.5 && 4.5 < interval.high);
            interval.high - interval.low
        };
        // Deviation 2.87: 2 · 1.96 · 2.87 / √n.
        assert!((width(100) - 1.125).abs() < 0.15);
        assert!(width(1600) < 0.35);
    }

    #[test]
    fn the_most_frequent_class_is_the_chance_level() {
        assert_eq!(majority_share(&[2, 2, 0, 1]), 0.5);
        assert_eq!(argmax(&rows(3, &[0.0, 2.0, 1.0, 3.0, 2.0, 1.0])), vec![1, 0]);
    }
}
