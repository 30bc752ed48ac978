//! Convolution and its gradient to the input: both are tiles over a zero-padded picture.
//!
//! The gradient to the input at a stride s falls apart into s² interleaved grids, each with its own
//! taps: dx[s i + p] = Σ dy[i + (p + pad − k) / s] w[k] over the k for which that is a whole number.

use super::machine::{self, lanes};
use super::pieces::all;
use super::tile::{Block, PLACES_MAX, Packed, Runs, Sums, six_places, twelve_places};
use crate::fused::Geometry;
use pulp::{Simd, WithSimd};

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
    let weights = Packed::new(lanes(), (kernel * kernel, depth, columns), |tap, k, row| {
        row.copy_from_slice(&weight[(tap * depth + k) * columns..][..columns]);
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
            let weights = Packed::new(lanes(), (pairs.len(), columns, depth), |tap, k, row| {
                let ((ky, _), (kx, _)) = pairs[tap];
                let at = (ky * kernel + kx) * depth;
                for (c, value) in row.iter_mut().enumerate() {
                    *value = weight[(at + c) * columns + k];
                }
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
    pub picture_len: usize,
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

    /// Whether pictures are as they were.
    pub fn is_plain(&self) -> bool {
        self.width == self.sizes.width
    }

    /// Fills pictures with their zeros round them.
    pub fn fill(&self, pictures: &[f32], padded: &mut [f32]) {
        let row = self.sizes.width * self.sizes.depth;
        let picture = self.sizes.height * row;
        let all = pictures.chunks_exact(picture).zip(padded.chunks_exact_mut(self.picture_len));
        for (from, to) in all {
            for (y, from) in from.chunks_exact(row).enumerate() {
                let at = self.offset(y + self.before, self.before);
                to[at..at + row].copy_from_slice(from);
            }
        }
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
    let mut out = vec![0.0; n * out_picture];
    let pictures = (PLACES / (height * width)).clamp(1, n.div_ceil(4).max(1));
    all(out.chunks_mut(pictures * out_picture), |index, out: &mut [f32]| {
        let n = out.len() / out_picture;
        let first = index * pictures;
        let x = &x[first * in_picture..(first + n) * in_picture];
        let mut copy = Vec::new();
        let input = if padded.is_plain() {
            x
        } else {
            copy.resize(n * padded.picture_len, 0.0);
            padded.fill(x, &mut copy);
            copy.as_slice()
        };
        let residual = epilogue.residual.map(|all| &all[first * out_picture..][..out.len()]);
        let epilogue = Epilogue { residual, ..epilogue };
        for grid in grids {
            let places = places(grid, padded, n, (height, width, columns));
            machine::run(Tiles { grid, input, places: &places, epilogue, out: &mut *out });
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
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for picture in 0..n {
        for i in 0..grid.height {
            for j in 0..grid.width {
                let apart = grid.inputs_apart;
                from.push(picture * padded.picture_len + padded.offset(i * apart, j * apart));
                let (y, x) = (grid.start.0 + i * grid.step, grid.start.1 + j * grid.step);
                to.push(((picture * height + y) * width + x) * columns);
            }
        }
    }
    let last = from.last().copied().unwrap_or(0);
    from.resize(from.len().next_multiple_of(PLACES_MAX), last);
    (from, to)
}

/// All tiles of a grid.
struct Tiles<'a> {
    grid: &'a Grid,
    input: &'a [f32],
    places: &'a (Vec<usize>, Vec<usize>),
    epilogue: Epilogue<'a>,
    out: &'a mut [f32],
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for (block, weights) in self.grid.weights.blocks() {
            let depth =
                weights.len() / (self.grid.taps.len().max(1) * block.vectors * S::F32_LANES);
            let runs = Runs { input: self.input, taps: &self.grid.taps, depth, weights };
            if depth == 0 {
                continue; // No output has read these inputs.
            }
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
        let zero = simd.splat_f32s(0.0);
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
                sum = simd.max_f32s(zero, sum);
            }
            simd.partial_store_f32s(&mut out[range], sum);
        }
    }
}
