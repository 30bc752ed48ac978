//! Sums over columns, the ReLU's gradient, the mean over pixels.

use super::lanes::{self, Map, Rows};
use super::pieces::{all, each, zeros};
use pulp::Simd;

/// Values that a piece of elementwise work has.
pub const PIECE: usize = 16_384;

/// Rows that are summed before their sum joins the others: short sums keep rounding small.
pub const ROWS: usize = 256;

/// The value itself.
pub struct Same;

impl Map<1, 0, 1> for Same {
    #[inline(always)]
    fn map<S: Simd>(&self, _: S, values: [S::f32s; 1], _: [S::f32s; 0]) -> [S::f32s; 1] {
        values
    }
}

/// The first value where the second is positive, else 0.
struct Gate;

impl Map<2, 0, 1> for Gate {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [g, y]: [S::f32s; 2], _: [S::f32s; 0]) -> [S::f32s; 1] {
        let zero = simd.splat_f32s(0.0);
        [simd.select_f32s(simd.less_than_f32s(zero, y), g, zero)]
    }
}

/// The value times a number.
struct Times(f32);

impl Map<1, 0, 1> for Times {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [x]: [S::f32s; 1], _: [S::f32s; 0]) -> [S::f32s; 1] {
        [simd.mul_f32s(x, simd.splat_f32s(self.0))]
    }
}

/// Sums over all rows `[columns]`.
pub fn column_sums(x: &[f32], columns: usize) -> Vec<f32> {
    let n_pieces = x.len().div_ceil(ROWS * columns).max(1);
    let mut partial = vec![0.0; n_pieces * columns];
    all(partial.chunks_mut(columns), |index, sums| {
        add_rows(piece(x, index, columns), sums);
    });
    let mut sums = vec![0.0; columns];
    add_rows(&partial, &mut sums);
    sums
}

/// Adds rows to sums of their length.
pub fn add_rows(rows: &[f32], sums: &mut [f32]) {
    let rows = Rows { columns: sums.len(), values: [rows], parameters: [] };
    lanes::add(Same, rows, [sums]);
}

/// The gradient where y is positive.
pub fn relu_gradient(gradient: &[f32], y: &[f32]) -> Vec<f32> {
    let mut out = zeros(y.len());
    each(&mut out, PIECE, |index, out| {
        let part = |all| part(all, index * PIECE, out.len());
        lanes::write(Gate, Rows::flat([part(gradient), part(y)]), [out]);
    });
    out
}

/// Means over `pixels` rows each: `[N · pixels, columns]` to `[N, columns]`.
pub fn mean_pool(x: &[f32], pixels: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; x.len() / pixels];
    each(&mut out, columns, |index, out| {
        add_rows(part(x, index * pixels * columns, pixels * columns), out);
        out.iter_mut().for_each(|value| *value /= pixels as f32);
    });
    out
}

/// Each row's share handed to all of its pixels.
pub fn mean_pool_gradient(gradient: &[f32], pixels: usize, columns: usize) -> Vec<f32> {
    let mut out = zeros(gradient.len() * pixels);
    each(&mut out, pixels * columns, |index, out| {
        let row = part(gradient, index * columns, columns);
        for out in out.chunks_exact_mut(columns) {
            lanes::write(Times(1.0 / pixels as f32), Rows::flat([row]), [out]);
        }
    });
    out
}

/// The `index`th [`ROWS`] rows, or as many as there are.
pub fn piece(all: &[f32], index: usize, columns: usize) -> &[f32] {
    let start = index * ROWS * columns;
    part(all, start, (ROWS * columns).min(all.len() - start))
}

/// `n` values from `start` on.
pub fn part(all: &[f32], start: usize, n: usize) -> &[f32] {
    &all[start..start + n]
}
