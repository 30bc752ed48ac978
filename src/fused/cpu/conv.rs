//! Convolution and its gradient to the input: both are tiles over a zero-padded picture.
//!
//! The gradient to the input at a stride s falls apart into s² interleaved grids, each with its own
//! taps: dx[s i + p] = Σ dy[i + (p + pad − k) / s] w[k] over the k for which that is a whole number.

use super::lanes::at_least;
use super::machine;
use super::pieces::{all, each, zeros};
use super::rows::part;
use super::tile::{Block, PLACES_MAX, Packed, Runs, Sums, six_places, twelve_places};
use crate::fused::Geometry;
use pulp::{Simd, WithSimd};
use std::borrow::Cow;

/// Places that a thread works on at once: enough to read weights from near memory again and again.
const PLACES: usize = 1_024;

/// Sizes of a convolution: `n` pictures of `height` × `width` × `depth`, to `columns` channels.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub n: usize,
    pub height: usize,
    pub width: usize,
    pub depth: usize,
    pub columns: usize,
    pub kernel: usize,
}

/// What is added to the sums before they are written.
#[derive(Clone, Copy, Default)]
pub struct Epilogue<'a> {
    pub bias: Option<&'a [f32]>,
    pub residual: Option<&'a [f32]>,
    pub relu: bool,
}

/// Outputs at `step · (i, j) + start` of each picture, from inputs at `inputs_apart · (i, j)`.
struct Grid {
    height: usize,
    width: usize,
    start: (usize, usize),
    step: usize,
    inputs_apart: usize,
    taps: Vec<usize>,
    weights: Packed,
}

/// relu?(x ∗ weight + bias? + residual?) `[n, H', W', columns]`.
pub fn forward(
    x: &[f32],
    weight: &[f32],
    sizes: Sizes,
    geometry: Geometry,
    epilogue: Epilogue<'_>,
) -> Vec<f32> {
    let Sizes { depth, columns, kernel, .. } = sizes;
    let padded = Padded::new(sizes, [geometry.pad, geometry.pad]);
    let taps = (0..kernel * kernel).map(|tap| padded.offset(tap / kernel, tap % kernel)).collect();
    let weights = Packed::new((kernel * kernel, depth, columns), |tap, k, some, row| {
        let all = part(weight, (tap * depth + k) * columns, columns);
        row.extend_from_slice(&all[some]);
    });
    let (height, width) =
        (geometry.outputs(sizes.height, kernel), geometry.outputs(sizes.width, kernel));
    let inputs_apart = geometry.stride;
    let grid = Grid { height, width, start: (0, 0), step: 1, inputs_apart, taps, weights };
    run(x, &padded, &[grid], (height, width, columns), epilogue)
}

/// The gradient `[n, height, width, depth]` of a convolution of `sizes` to its input.
pub fn x_gradient(gradient: &[f32], weight: &[f32], sizes: Sizes, geometry: Geometry) -> Vec<f32> {
    let Sizes { n, height, width, depth, columns, kernel } = sizes;
    let (s, pad) = (geometry.stride, geometry.pad);
    let (h, w) = (geometry.outputs(height, kernel), geometry.outputs(width, kernel));
    // Taps reach back by up to (kernel − 1 − pad) / s outputs and on by as many.
    let before = (kernel - 1).saturating_sub(pad).div_ceil(s);
    let after = |side: usize, outputs: usize| ((side - 1 + pad) / s + 1).saturating_sub(outputs);
    let gradients = Sizes { n, height: h, width: w, depth: columns, columns: depth, kernel };
    let padded = Padded::new(gradients, [before, after(height, h).max(after(width, w))]);
    let grids: Vec<Grid> = (0..s * s)
        .map(|phase| {
            let start = (phase / s, phase % s);
            let side = |p: usize| {
                (0..kernel)
                    .filter(move |k| (p + pad + s * kernel - k).is_multiple_of(s))
                    .map(move |k| (k, (p + pad + s * before - k) / s))
            };
            let pairs: Vec<((usize, usize), (usize, usize))> =
                side(start.0).flat_map(|a| side(start.1).map(move |b| (a, b))).collect();
            let taps = pairs.iter().map(|((_, y), (_, x))| padded.offset(*y, *x)).collect();
            let weights = Packed::new((pairs.len(), columns, depth), |tap, k, some, row| {
                let ((ky, _), (kx, _)) = pairs[tap];
                let at = (ky * kernel + kx) * depth;
                row.extend(some.map(|c| weight[(at + c) * columns + k]));
            });
            let (height, width) = ((height - start.0).div_ceil(s), (width - start.1).div_ceil(s));
            Grid { height, width, start, step: s, inputs_apart: 1, taps, weights }
        })
        .filter(|grid| grid.height > 0 && grid.width > 0)
        .collect();
    run(gradient, &padded, &grids, (height, width, depth), Epilogue::default())
}

/// Pictures with zeros round them.
pub struct Padded {
    sizes: Sizes,
    before: usize,
    width: usize,
    picture_len: usize,
}

impl Padded {
    pub fn new(sizes: Sizes, [before, after]: [usize; 2]) -> Self {
        let width = sizes.width + before + after;
        let picture_len = (sizes.height + before + after) * width * sizes.depth;
        Self { sizes, before, width, picture_len }
    }

    /// Offset of a pixel of a padded picture.
    pub fn offset(&self, y: usize, x: usize) -> usize {
        (y * self.width + x) * self.sizes.depth
    }

    /// Pictures with their zeros round them: as they are where there are none.
    pub fn apply<'a>(&self, pictures: &'a [f32]) -> Cow<'a, [f32]> {
        if self.width == self.sizes.width {
            return Cow::Borrowed(pictures);
        }
        let row = self.sizes.width * self.sizes.depth;
        let picture = self.sizes.height * row;
        let mut padded = zeros(pictures.len() / picture * self.picture_len);
        each(&mut padded, self.picture_len, |index, out| {
            let rows = part(pictures, index * picture, picture).chunks_exact(row);
            for (y, from) in rows.enumerate() {
                let at = self.offset(y + self.before, self.before);
                out[at..at + row].copy_from_slice(from);
            }
        });
        Cow::Owned(padded)
    }

    /// Offsets of the pixels at `apart · (i, j)` of `n` pictures, for i and j below the two sides.
    pub fn places(&self, n: usize, sides: (usize, usize), apart: usize) -> Vec<usize> {
        let offset = |i, j| self.offset(i * apart, j * apart);
        repeated(n, self.picture_len, sides, offset)
    }
}

fn run(
    x: &[f32],
    padded: &Padded,
    grids: &[Grid],
    (height, width, columns): (usize, usize, usize),
    epilogue: Epilogue<'_>,
) -> Vec<f32> {
    let n = padded.sizes.n;
    let out_picture = height * width * columns;
    let in_picture = x.len() / n.max(1);
    let mut out = zeros(n * out_picture);
    let pictures = (PLACES / (height * width)).clamp(1, n.div_ceil(4).max(1));
    all(out.chunks_mut(pictures * out_picture), |index, out: &mut [f32]| {
        let n = out.len() / out_picture;
        let first = index * pictures;
        let x = &x[first * in_picture..(first + n) * in_picture];
        let input = &*padded.apply(x);
        let residual = epilogue.residual.map(|all| &all[first * out_picture..][..out.len()]);
        let epilogue = Epilogue { residual, ..epilogue };
        // Inputs that no output has read are in a grid without taps: their gradient stays 0.
        for grid in grids.iter().filter(|grid| !grid.taps.is_empty()) {
            let places = places(grid, padded, n, (height, width, columns));
            let depth = padded.sizes.depth;
            machine::run(Tiles { grid, input, depth, places: &places, epilogue, out: &mut *out });
        }
    });
    out
}

/// Input and output offsets of a grid's places in `n` pictures, and copies of the last one up to
/// whole tiles.
fn places(
    grid: &Grid,
    padded: &Padded,
    n: usize,
    (height, width, columns): (usize, usize, usize),
) -> (Vec<usize>, Vec<usize>) {
    let sides = (grid.height, grid.width);
    let mut from = padded.places(n, sides, grid.inputs_apart);
    let to = repeated(n, height * width * columns, sides, |i, j| {
        ((grid.start.0 + i * grid.step) * width + grid.start.1 + j * grid.step) * columns
    });
    let last = from.last().copied().unwrap_or(0);
    from.resize(from.len().next_multiple_of(PLACES_MAX), last);
    (from, to)
}

/// The offsets of one picture's places, for each of `n` pictures of `len` values.
fn repeated(
    n: usize,
    len: usize,
    (height, width): (usize, usize),
    offset: impl Fn(usize, usize) -> usize,
) -> Vec<usize> {
    let one = height * width;
    let mut places = Vec::with_capacity(n * one);
    for i in 0..height {
        for j in 0..width {
            places.push(offset(i, j));
        }
    }
    for index in one..n * one {
        places.push(places[index - one] + len);
    }
    places
}

/// All tiles of a grid.
struct Tiles<'a> {
    grid: &'a Grid,
    input: &'a [f32],
    depth: usize,
    places: &'a (Vec<usize>, Vec<usize>),
    epilogue: Epilogue<'a>,
    out: &'a mut [f32],
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for (block, weights) in self.grid.weights.blocks() {
            let Self { grid, input, depth, .. } = self;
            let runs = Runs { input, taps: &grid.taps, depth, weights };
            match (S::F32_LANES, block.vectors) {
                (16, 2) => self.block(simd, block, |at| twelve_places::<S, true>(simd, runs, at)),
                (16, _) => self.block(simd, block, |at| twelve_places::<S, false>(simd, runs, at)),
                (_, 2) => self.block(simd, block, |at| six_places::<S, true>(simd, runs, at)),
                _ => self.block(simd, block, |at| six_places::<S, false>(simd, runs, at)),
            }
        }
    }
}

impl Tiles<'_> {
    #[inline(always)]
    fn block<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        block: Block,
        tile: impl Fn(&[usize]) -> Sums<S, N>,
    ) {
        let (from, to) = self.places;
        for (from, to) in from.chunks_exact(N).zip(to.chunks(N)) {
            for (sums, &to) in tile(from).iter().zip(to) {
                self.write(simd, block, &sums[..block.vectors], to + block.column);
            }
        }
    }

    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, block: Block, sums: &[S::f32s], at: usize) {
        let Epilogue { bias, residual, relu } = self.epilogue;
        let out = &mut self.out[at..at + block.n];
        for (v, &sum) in sums.iter().enumerate() {
            let range = (v * S::F32_LANES).min(block.n)..((v + 1) * S::F32_LANES).min(block.n);
            let mut sum = sum;
            if let Some(bias) = bias {
                let bias = &bias[block.column..][range.clone()];
                sum = simd.add_f32s(sum, simd.partial_load_f32s(bias));
            }
            if let Some(residual) = residual {
                let residual = &residual[at..][range.clone()];
                sum = simd.add_f32s(sum, simd.partial_load_f32s(residual));
            }
            if relu {
                sum = at_least(simd, sum, 0.0);
            }
            simd.partial_store_f32s(&mut out[range], sum);
        }
    }
}
