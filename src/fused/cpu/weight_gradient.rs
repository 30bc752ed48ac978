//! A convolution's gradient to its weight: dw[tap, c, o] = Σ over places of x[place + tap, c] dy[place, o].
//!
//! The taps of one kernel row read neighboring values, so dw is, for each kernel row, one matrix of
//! `kernel · depth` rows. Threads share its rows; each walks over all places in one order.

use super::conv::{Padded, Sizes};
use super::machine::{self, lanes};
use super::pieces::all;
use super::tile::{Products, blocks, four_rows, one_row, six_rows, twelve_rows};
use crate::fused::Geometry;
use pulp::{Simd, WithSimd};

/// Places between two visits to memory: input and gradient of so many stay in near memory.
const PLACES: usize = 512;

/// Rows of dw that a thread takes at once.
const ROWS: usize = 48;

/// The gradient `[kernel, kernel, depth, columns]` of a convolution of `sizes` to its weight.
pub fn weight_gradient(x: &[f32], gradient: &[f32], sizes: Sizes, geometry: Geometry) -> Vec<f32> {
    let Sizes { n, height, width, depth, columns, kernel } = sizes;
    let padded = Padded::new(sizes, [geometry.pad, geometry.pad]);
    let input = &*padded.apply(x);
    let sides = (geometry.outputs(height, kernel), geometry.outputs(width, kernel));
    let places = padded.places(n, sides, geometry.stride);
    let (wide, gradient_wide) = whole_vectors(gradient, columns);
    let gradient = gradient_wide.as_deref().unwrap_or(gradient);
    let kernel_row = kernel * depth;
    let pieces_per_row = kernel_row.div_ceil(ROWS);
    let mut out = vec![0.0; kernel * pieces_per_row * ROWS * wide];
    all(out.chunks_mut(ROWS * wide), |index, out| {
        let (y, first) = (index / pieces_per_row, index % pieces_per_row * ROWS);
        let rows = ROWS.min(kernel_row - first);
        let start = padded.offset(y, 0) + first;
        let products = Products { input, places: &places, start, gradient, wide, column: 0 };
        machine::run(Rows { products, n: rows, out });
    });
    let mut weights = Vec::with_capacity(kernel * kernel_row * columns);
    for rows in out.chunks_exact(pieces_per_row * ROWS * wide) {
        for row in rows.chunks_exact(wide).take(kernel_row) {
            weights.extend_from_slice(&row[..columns]);
        }
    }
    weights
}

/// Rows filled up with zeros to whole vectors, if they are not whole.
fn whole_vectors(rows: &[f32], columns: usize) -> (usize, Option<Vec<f32>>) {
    let wide = columns.next_multiple_of(lanes());
    if wide == columns {
        return (wide, None);
    }
    let mut filled = vec![0.0; rows.len() / columns * wide];
    for (from, to) in rows.chunks_exact(columns).zip(filled.chunks_exact_mut(wide)) {
        to[..columns].copy_from_slice(from);
    }
    (wide, Some(filled))
}

/// Some rows of dw of one kernel row.
struct Rows<'a> {
    /// All places at once.
    products: Products<'a>,
    n: usize,
    out: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let all = self.products;
        let gradients = all.gradient.chunks(PLACES * all.wide);
        for (places, gradient) in all.places.chunks(PLACES).zip(gradients) {
            for block in blocks(S::F32_LANES, all.wide) {
                let products = Products { places, gradient, column: block.column, ..all };
                if block.vectors == 2 {
                    self.block::<S, true>(simd, products);
                } else {
                    self.block::<S, false>(simd, products);
                }
            }
        }
    }
}

impl Rows<'_> {
    #[inline(always)]
    fn block<S: Simd, const TWO: bool>(&mut self, simd: S, products: Products<'_>) {
        let column = products.column;
        let mut row = 0;
        while row < self.n {
            let left = self.n - row;
            row += if S::F32_LANES == 16 && left >= 12 {
                self.add::<S, TWO>(simd, row, column, &twelve_rows::<S, TWO>(simd, products, row))
            } else if S::F32_LANES < 16 && left >= 6 {
                self.add::<S, TWO>(simd, row, column, &six_rows::<S, TWO>(simd, products, row))
            } else if left >= 4 {
                self.add::<S, TWO>(simd, row, column, &four_rows::<S, TWO>(simd, products, row))
            } else {
                self.add::<S, TWO>(simd, row, column, &one_row::<S, TWO>(simd, products, row))
            };
        }
    }

    /// Returns how many rows were added.
    #[inline(always)]
    fn add<S: Simd, const TWO: bool>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        sums: &[[S::f32s; 2]],
    ) -> usize {
        let vectors = if TWO { 2 } else { 1 };
        for (r, sums) in sums.iter().enumerate() {
            let at = (row + r) * self.products.wide + column;
            let (out, _) = S::as_mut_simd_f32s(&mut self.out[at..][..vectors * S::F32_LANES]);
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = simd.add_f32s(*out, *sum);
            }
        }
        sums.len()
    }
}
