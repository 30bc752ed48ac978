//! 1 − cosine, row by row.

use super::layer_norm::dot;
use super::machine::vectorized;
use crate::fused::cosine::EPSILON;

/// Mean over rows of 1 − cos(x, y).
pub fn forward(x: &[f32], y: &[f32], columns: usize) -> f32 {
    1.0 - vectorized((x, y, columns), cosines) / (x.len() / columns) as f32
}

/// Sum over rows of cos(x, y).
#[inline(always)]
fn cosines((x, y, columns): (&[f32], &[f32], usize)) -> f32 {
    let mut sum = 0.0;
    for (x, y) in x.chunks_exact(columns).zip(y.chunks_exact(columns)) {
        sum += dot(x, y) / (dot(x, x) * dot(y, y)).sqrt().max(EPSILON);
    }
    sum
}

/// The gradient to x, for a gradient of the mean.
pub fn gradient(gradient: f32, x: &[f32], y: &[f32], columns: usize) -> Vec<f32> {
    let share = gradient / (x.len() / columns) as f32;
    let mut out = vec![0.0; x.len()];
    vectorized((&mut *out, x, y, (columns, share)), gradients);
    out
}

#[inline(always)]
fn gradients((out, x, y, (columns, share)): (&mut [f32], &[f32], &[f32], (usize, f32))) {
    let rows = out.chunks_exact_mut(columns).zip(x.chunks_exact(columns));
    for ((out, x), y) in rows.zip(y.chunks_exact(columns)) {
        let square = dot(x, x);
        let norm = (square * dot(y, y)).sqrt();
        // A clamped norm does not move with x.
        let along = if norm > EPSILON { dot(x, y) / square } else { 0.0 };
        let scale = -share / norm.max(EPSILON);
        for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
            *out = scale * (y - along * x);
        }
    }
}
