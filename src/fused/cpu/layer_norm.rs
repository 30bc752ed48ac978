//! Layer normalization of a sum, row by row.

use super::machine::vectorized;
use super::pieces::{all, each};
use super::rows::column_sums;
use crate::fused::EPSILON;

/// Rows that a thread takes at once.
const PIECE_ROWS: usize = 16;

/// Rows of x, and what is added to them.
#[derive(Clone, Copy)]
struct Sum<'a> {
    x: &'a [f32],
    residual: Option<&'a [f32]>,
}

/// γ · normalized(x + residual?) + β over rows of gamma's length.
pub fn forward(x: &[f32], residual: Option<&[f32]>, gamma: &[f32], beta: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let piece = PIECE_ROWS * gamma.len();
    each(&mut out, piece, |index, out| {
        vectorized((out, Sum { x, residual }, index * piece, [gamma, beta]), forward_rows);
    });
    out
}

#[inline(always)]
fn forward_rows((out, sum, start, [gamma, beta]): (&mut [f32], Sum<'_>, usize, [&[f32]; 2])) {
    let columns = gamma.len();
    for (row, out) in out.chunks_exact_mut(columns).enumerate() {
        let inverse_deviation = normalize(sum, start + row * columns, out);
        for ((out, gamma), beta) in out.iter_mut().zip(gamma).zip(beta) {
            *out = *out * inverse_deviation * gamma + beta;
        }
    }
}

/// The gradients to x (and the residual), gamma and beta.
pub fn gradients(
    gradient: &[f32],
    x: &[f32],
    residual: Option<&[f32]>,
    gamma: &[f32],
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let columns = gamma.len();
    let mut dx = vec![0.0; x.len()];
    // Each row's g x̂, whose sum over rows is gamma's gradient.
    let mut products = vec![0.0; x.len()];
    let piece = PIECE_ROWS * columns;
    all(dx.chunks_mut(piece).zip(products.chunks_mut(piece)), |index, out| {
        let sum = Sum { x, residual };
        vectorized((out, sum, index * piece, [gradient, gamma]), gradient_rows);
    });
    (dx, column_sums(&products, columns), column_sums(gradient, columns))
}

/// Where dx and the products go, the rows, the first one's place, gradient and gamma.
type GradientRows<'a> = ((&'a mut [f32], &'a mut [f32]), Sum<'a>, usize, [&'a [f32]; 2]);

#[inline(always)]
fn gradient_rows(((dx, products), sum, start, [gradient, gamma]): GradientRows<'_>) {
    let columns = gamma.len();
    let (mut scaled, mut normalized) = (vec![0.0; columns], vec![0.0; columns]);
    let rows = dx.chunks_exact_mut(columns).zip(products.chunks_exact_mut(columns));
    for (row, (dx, products)) in rows.enumerate() {
        let at = start + row * columns;
        let inverse_deviation = normalize(sum, at, &mut normalized);
        let g = &gradient[at..][..columns];
        for c in 0..columns {
            normalized[c] *= inverse_deviation;
            products[c] = g[c] * normalized[c];
            scaled[c] = g[c] * gamma[c];
            dx[c] = scaled[c] * normalized[c];
        }
        let (mean, product) = (mean(&scaled), mean(dx));
        for c in 0..columns {
            dx[c] = (scaled[c] - mean - normalized[c] * product) * inverse_deviation;
        }
    }
}

/// Writes a row of x + residual without its mean; returns 1 / deviation.
#[inline(always)]
fn normalize(sum: Sum<'_>, at: usize, out: &mut [f32]) -> f32 {
    out.copy_from_slice(&sum.x[at..][..out.len()]);
    if let Some(residual) = sum.residual {
        for (out, value) in out.iter_mut().zip(&residual[at..]) {
            *out += value;
        }
    }
    let mean = mean(out);
    out.iter_mut().for_each(|value| *value -= mean);
    let variance = dot(out, out) / out.len() as f32;
    1.0 / (variance + EPSILON).sqrt()
}

#[inline(always)]
fn mean(row: &[f32]) -> f32 {
    let mut sums = [0.0; 16];
    let chunks = row.chunks_exact(16);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value;
        }
    }
    (sums.iter().sum::<f32>() + rest) / row.len() as f32
}

/// Σ a b, in sixteen sums side by side so that it vectorizes.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 16];
    let (a, b) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}
