//! The space of a representation: two principal directions for a picture of it, and what its
//! neighbors tell, which decides where a picture only suggests.

use super::linear::dot;
use super::rows::Rows;

/// Neighbors asked.
pub const N_NEIGHBORS: usize = 5;

/// Rounds of orthogonal iteration: an axis whose variance is 0.95 of the one before has then lost
/// all but 10⁻⁵ of a wrong start.
const N_ROUNDS: usize = 240;

/// The two principal directions of a set of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    mean: Vec<f32>,
    axes: [Vec<f64>; 2],
    /// Share of the variance along each.
    pub explained: [f64; 2],
}

impl Principal {
    /// Of some rows. The sign of an axis is that of its largest part, so that equal rows give equal
    /// pictures.
    pub fn of(rows: &Rows) -> Self {
        let mean = rows.mean();
        let covariance = covariance(rows, &mean);
        let d = rows.dim;
        let total: f64 = (0..d).map(|i| covariance[i * d + i]).sum();
        let mut found: Vec<Vec<f64>> = Vec::new();
        let mut explained = [0.0; 2];
        for share in &mut explained {
            let (axis, variance) = leading(&covariance, d, &found);
            *share = if total > 0.0 { variance / total } else { 0.0 };
            found.push(axis);
        }
        let [first, second] = [found[0].clone(), found[1].clone()];
        Self { mean, axes: [first, second], explained }
    }

    /// Where a row lies in the picture.
    pub fn place(&self, row: &[f32]) -> [f32; 2] {
        let centered: Vec<f64> =
            row.iter().zip(&self.mean).map(|(v, m)| f64::from(v - m)).collect();
        [0, 1].map(|k| dot(&self.axes[k], &centered) as f32)
    }
}

fn covariance(rows: &Rows, mean: &[f32]) -> Vec<f64> {
    let d = rows.dim;
    let mut sum = vec![0.0; d * d];
    for row in rows.iter() {
        let centered: Vec<f64> = row.iter().zip(mean).map(|(v, m)| f64::from(v - m)).collect();
        for (into, a) in sum.chunks_exact_mut(d).zip(&centered) {
            into.iter_mut().zip(&centered).for_each(|(s, b)| *s += a * b);
        }
    }
    sum
}

/// The direction of most variance among those orthogonal to `found`, and that variance.
fn leading(covariance: &[f64], d: usize, found: &[Vec<f64>]) -> (Vec<f64>, f64) {
    // No symmetry of the data should be orthogonal to the start by accident.
    let mut axis: Vec<f64> = (0..d).map(|i| 1.0 + libm::sin(i as f64)).collect();
    let mut variance = 0.0;
    for _ in 0..N_ROUNDS {
        for other in found {
            let along = dot(other, &axis);
            axis.iter_mut().zip(other).for_each(|(a, o)| *a -= along * o);
        }
        let norm = dot(&axis, &axis).sqrt();
        if norm == 0.0 {
            break;
        }
        axis.iter_mut().for_each(|a| *a /= norm);
        let next: Vec<f64> = covariance.chunks_exact(d).map(|row| dot(row, &axis)).collect();
        variance = dot(&axis, &next);
        if variance <= 0.0 {
            break;
        }
        axis = next;
    }
    let norm = dot(&axis, &axis).sqrt().max(f64::MIN_POSITIVE);
    let largest =
        axis.iter().fold(0.0, |best: f64, a| if a.abs() > best.abs() { *a } else { best });
    axis.iter_mut().for_each(|a| *a *= largest.signum() / norm);
    (axis, variance)
}

/// For each held-out row 1 when most of its nearest rows among `known` are of its class, else 0;
/// ties go to the class of the nearest.
pub fn class_hits(
    known: (&Rows, &[usize]),
    held_out: (&Rows, &[usize]),
    n_neighbors: usize,
) -> Vec<f64> {
    let named = held_out.0.iter().map(|row| {
        let near = nearest(known.0, row, n_neighbors);
        let votes = |class: usize| near.iter().filter(|&&i| known.1[i] == class).count();
        near.iter().map(|&i| known.1[i]).rev().max_by_key(|&class| votes(class))
    });
    named.zip(held_out.1).map(|(a, &b)| if a == Some(b) { 1.0 } else { 0.0 }).collect()
}

/// The nearest rows of `known` by Euclidean distance, the nearest first.
fn nearest(known: &Rows, row: &[f32], n: usize) -> Vec<usize> {
    let away = |other: &[f32]| -> f32 { other.iter().zip(row).map(|(a, b)| (a - b).powi(2)).sum() };
    let mut all: Vec<(f32, usize)> = known.iter().map(away).zip(0..).collect();
    if n < all.len() {
        all.select_nth_unstable_by(n, |a, b| a.0.total_cmp(&b.0));
        all.truncate(n);
    }
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_directions_are_those_of_the_variance() {
        // Variances 9 : 4 : 1 along three axes.
        let mut rows = Rows::new(3);
        for i in 0..400_u16 {
            let wave = |k: f32| libm::sinf(f32::from(i) * k) + 5.0;
            rows.push(&[&[3.0 * wave(0.7), wave(2.1), 2.0 * wave(1.3)]]);
        }
        let principal = Principal::of(&rows);
        let [first, second] = principal.explained;
        assert!((first - 9.0 / 14.0).abs() < 0.02 && (second - 4.0 / 14.0).abs() < 0.02);
        let [x, y] = principal.place(&[15.0 + 3.0, 5.0, 10.0]);
        assert!((x - 3.0).abs() < 0.1 && y.abs() < 0.3, "{x} {y}");
    }

    #[test]
    fn nothing_that_varies_explains_nothing() {
        let rows = Rows { dim: 2, values: vec![1.0; 20] };
        let principal = Principal::of(&rows);
        assert_eq!(principal.explained, [0.0; 2]);
        assert_eq!(principal.place(&[1.0, 1.0]), [0.0; 2]);
    }

    #[test]
    fn neighbors_vote_for_a_class() {
        let known = Rows { dim: 1, values: vec![0.0, 0.1, 0.2, 5.0, 5.1, 5.2] };
        let labels = [0, 0, 1, 1, 1, 1];
        let asked = Rows { dim: 1, values: vec![0.05, 5.05] };
        assert_eq!(class_hits((&known, &labels), (&asked, &[0, 1]), 3), vec![1.0, 1.0]);
        assert_eq!(class_hits((&known, &labels), (&asked, &[1, 0]), 3), vec![0.0, 0.0]);
        // Two of class 0 are nearer than the one of class 1; of one neighbor each that one decides.
        let between = Rows { dim: 1, values: vec![0.18] };
        assert_eq!(class_hits((&known, &labels), (&between, &[0]), 3), vec![1.0]);
        assert_eq!(class_hits((&known, &labels), (&between, &[1]), 1), vec![1.0]);
    }
}
