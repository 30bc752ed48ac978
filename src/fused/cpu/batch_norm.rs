//! Batch normalization in two passes over the batch each way.

use super::lanes::{self, Map, Rows, at_least};
use super::pieces::{all, each, zeros};
use super::rows::{ROWS, add_rows, column_sums, piece, relu_gradient};
use crate::fused::{EPSILON, MOMENTUM};
use pulp::Simd;

/// What a normalization adds to x̂: `None` is 1 and 0.
pub type Affine<'a> = Option<(&'a [f32], &'a [f32])>;

/// A batch's statistics and the running ones moved towards them, `[columns]` each.
pub struct Statistics {
    pub mean: Vec<f32>,
    pub inverse_deviation: Vec<f32>,
    pub running_mean: Vec<f32>,
    pub running_variance: Vec<f32>,
}

/// Mean and variance of each column, by Chan's way of joining the moments of pieces.
pub fn statistics(x: &[f32], running_mean: &[f32], running_variance: &[f32]) -> Statistics {
    let columns = running_mean.len();
    let rows = x.len() / columns;
    let n_pieces = rows.div_ceil(ROWS);
    let mut moments = vec![0.0; n_pieces * 2 * columns];
    all(moments.chunks_mut(2 * columns), |index, moments: &mut [f32]| {
        let (mean, squares) = moments.split_at_mut(columns);
        piece_moments(piece(x, index, columns), mean, squares);
    });
    let (mut mean, mut squares) = (vec![0.0_f64; columns], vec![0.0_f64; columns]);
    let mut seen = 0.0;
    for (index, piece) in moments.chunks_exact(2 * columns).enumerate() {
        let n = (rows - index * ROWS).min(ROWS) as f64;
        for c in 0..columns {
            let delta = f64::from(piece[c]) - mean[c];
            mean[c] += delta * n / (seen + n);
            squares[c] += f64::from(piece[columns + c]) + delta * delta * seen * n / (seen + n);
        }
        seen += n;
    }
    let variance: Vec<f64> = squares.iter().map(|s| s / seen).collect();
    let moved = |old: &[f32], new: &[f64], factor: f64| -> Vec<f32> {
        let pairs = old.iter().zip(new);
        pairs.map(|(o, n)| (1.0 - MOMENTUM) * o + MOMENTUM * (n * factor) as f32).collect()
    };
    Statistics {
        running_mean: moved(running_mean, &mean, 1.0),
        running_variance: moved(running_variance, &variance, seen / (seen - 1.0).max(1.0)),
        mean: mean.iter().map(|m| *m as f32).collect(),
        inverse_deviation: variance
            .iter()
            .map(|v| (1.0 / (v + f64::from(EPSILON)).sqrt()) as f32)
            .collect(),
    }
}

/// Means, and sums of squared deviations from them, of a few rows.
fn piece_moments(rows: &[f32], mean: &mut [f32], squares: &mut [f32]) {
    let columns = mean.len();
    add_rows(rows, mean);
    let share = 1.0 / (rows.len() / columns) as f32;
    mean.iter_mut().for_each(|mean| *mean *= share);
    lanes::add(SquaredDistance, Rows { columns, values: [rows], parameters: [mean] }, [squares]);
}

/// (x − mean)².
struct SquaredDistance;

impl Map<1, 1, 1> for SquaredDistance {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [x]: [S::f32s; 1], [mean]: [S::f32s; 1]) -> [S::f32s; 1] {
        let distance = simd.sub_f32s(x, mean);
        [simd.mul_f32s(distance, distance)]
    }
}

/// max(x scale + shift + residual?, floor).
struct Scale {
    floor: f32,
}

impl Map<1, 2, 1> for Scale {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [x]: [S::f32s; 1], [a, b]: [S::f32s; 2]) -> [S::f32s; 1] {
        [at_least(simd, simd.mul_add_e_f32s(x, a, b), self.floor)]
    }
}

impl Map<2, 2, 1> for Scale {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [x, r]: [S::f32s; 2], [a, b]: [S::f32s; 2]) -> [S::f32s; 1] {
        [at_least(simd, simd.add_f32s(simd.mul_add_e_f32s(x, a, b), r), self.floor)]
    }
}

/// relu?(γ x̂ + β + residual?).
pub fn normalize(
    x: &[f32],
    statistics: &Statistics,
    affine: Affine<'_>,
    residual: Option<&[f32]>,
    relu: bool,
) -> Vec<f32> {
    let columns = statistics.mean.len();
    let gamma = |c: usize| affine.map_or(1.0, |(gamma, _)| gamma[c]);
    let beta = |c: usize| affine.map_or(0.0, |(_, beta)| beta[c]);
    let scale: Vec<f32> =
        (0..columns).map(|c| gamma(c) * statistics.inverse_deviation[c]).collect();
    let shift: Vec<f32> = (0..columns).map(|c| beta(c) - statistics.mean[c] * scale[c]).collect();
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    let mut out = zeros(x.len());
    each(&mut out, ROWS * columns, |index, out| {
        let (x, parameters) = (piece(x, index, columns), [&*scale, &*shift]);
        match residual.map(|all| piece(all, index, columns)) {
            None => {
                lanes::write(Scale { floor }, Rows { columns, values: [x], parameters }, [out]);
            }
            Some(r) => {
                lanes::write(Scale { floor }, Rows { columns, values: [x, r], parameters }, [out]);
            }
        }
    });
    out
}

/// Gradients of a normalization.
pub struct BatchNormGradient {
    pub x: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    /// The gradient behind the ReLU, where there was one.
    pub passed: Option<Vec<f32>>,
}

/// The gradients for `gradient`, with `y` the output where it ended in a ReLU.
pub fn gradients(
    gradient: &[f32],
    x: &[f32],
    y: Option<&[f32]>,
    gamma: Option<&[f32]>,
    (mean, inverse_deviation): (&[f32], &[f32]),
) -> BatchNormGradient {
    let columns = mean.len();
    let rows = x.len() / columns;
    let passed = y.map(|y| relu_gradient(gradient, y));
    let g = passed.as_deref().unwrap_or(gradient);
    let n_pieces = rows.div_ceil(ROWS);
    // Σ g and Σ g (x − μ) of each piece.
    let mut partial = vec![0.0; n_pieces * 2 * columns];
    all(partial.chunks_mut(2 * columns), |index, sums: &mut [f32]| {
        let (sum, products) = sums.split_at_mut(columns);
        let values = [g, x].map(|all| piece(all, index, columns));
        lanes::add(Products, Rows { columns, values, parameters: [mean] }, [sum, products]);
    });
    let sums = column_sums(&partial, 2 * columns);
    let (beta, products) = sums.split_at(columns);
    let gamma_gradient: Vec<f32> =
        products.iter().zip(inverse_deviation).map(|(p, s)| p * s).collect();
    // dx = a g + b x + d.
    let share = 1.0 / rows as f32;
    let scale = |c: usize| gamma.map_or(1.0, |gamma| gamma[c]) * inverse_deviation[c];
    let a: Vec<f32> = (0..columns).map(scale).collect();
    let b: Vec<f32> =
        (0..columns).map(|c| -a[c] * gamma_gradient[c] * share * inverse_deviation[c]).collect();
    let d: Vec<f32> = (0..columns).map(|c| -a[c] * beta[c] * share - b[c] * mean[c]).collect();
    let mut dx = zeros(x.len());
    each(&mut dx, ROWS * columns, |index, dx| {
        let values = [g, x].map(|all| piece(all, index, columns));
        lanes::write(Combine, Rows { columns, values, parameters: [&a, &b, &d] }, [dx]);
    });
    BatchNormGradient { x: dx, gamma: gamma_gradient, beta: beta.to_vec(), passed }
}

/// g, and g (x − mean).
struct Products;

impl Map<2, 1, 2> for Products {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [g, x]: [S::f32s; 2], [mean]: [S::f32s; 1]) -> [S::f32s; 2] {
        [g, simd.mul_f32s(g, simd.sub_f32s(x, mean))]
    }
}

/// a g + b x + d.
struct Combine;

impl Map<2, 3, 1> for Combine {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [g, x]: [S::f32s; 2], [a, b, d]: [S::f32s; 3]) -> [S::f32s; 1] {
        [simd.mul_add_e_f32s(a, g, simd.mul_add_e_f32s(b, x, d))]
    }
}
