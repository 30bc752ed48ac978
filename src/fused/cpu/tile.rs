//! The inner product that convolutions and linear maps are made of.
//!
//! A tile is the outputs of a few places (pixels, rows) in one block of columns (channels): sums of
//! runs of input values times rows of weights, held in registers. A place's runs start at its own
//! offset plus each tap's, so that nothing has to be copied into a matrix first.

use super::machine::lanes;
use super::pieces::some;
use pulp::Simd;
use std::ops::Range;

/// Most places of a tile.
pub const PLACES_MAX: usize = 12;

/// Weights cut into blocks of columns, each `[tap][depth][width]` with zeros beyond the last column.
pub struct Packed(Vec<(Block, Vec<f32>)>);

/// One block of columns.
#[derive(Clone, Copy)]
pub struct Block {
    /// First column.
    pub column: usize,
    /// Columns that exist.
    pub n: usize,
    /// Vectors that hold them.
    pub vectors: usize,
}

impl Packed {
    /// Packs weights: `row` appends those of a tap and a depth at some columns.
    pub fn new(
        (n_taps, depth, n_columns): (usize, usize, usize),
        row: impl Fn(usize, usize, Range<usize>, &mut Vec<f32>) + Sync,
    ) -> Self {
        let lanes = lanes();
        let n_rows = n_taps * depth;
        let blocks = blocks(lanes, n_columns);
        let mut packed: Vec<(Block, Vec<f32>)> =
            blocks.into_iter().map(|block| (block, Vec::new())).collect();
        some(n_rows * n_columns, packed.iter_mut(), |_, (block, values)| {
            let (columns, width) = (block.column..block.column + block.n, block.vectors * lanes);
            values.reserve_exact(n_rows * width);
            for index in 0..n_rows {
                row(index / depth, index % depth, columns.clone(), values);
                values.resize((index + 1) * width, 0.0);
            }
        });
        Self(packed)
    }

    /// The blocks with their weights.
    pub fn blocks(&self) -> impl Iterator<Item = (Block, &[f32])> {
        self.0.iter().map(|(block, weights)| (*block, &weights[..]))
    }
}

/// Cuts columns into pairs of vectors, and the rest into single ones.
pub fn blocks(lanes: usize, n_columns: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut column = 0;
    while column < n_columns {
        let vectors = if n_columns - column > lanes { 2 } else { 1 };
        let n = (n_columns - column).min(vectors * lanes);
        blocks.push(Block { column, n, vectors });
        column += n;
    }
    blocks
}

/// What a tile of places reads.
#[derive(Clone, Copy)]
pub struct Runs<'a> {
    /// All input values.
    pub input: &'a [f32],
    /// Offset of each tap from a place's offset.
    pub taps: &'a [usize],
    /// Values of a run.
    pub depth: usize,
    /// `[tap][depth][1 or 2 vectors]`.
    pub weights: &'a [f32],
}

/// What a tile of rows reads: the products of values beside each place with that place's gradient.
#[derive(Clone, Copy)]
pub struct Products<'a> {
    /// All input values.
    pub input: &'a [f32],
    /// Offsets of the places.
    pub places: &'a [usize],
    /// Offset of the first row's value from a place's offset.
    pub start: usize,
    /// `[place][wide]`.
    pub gradient: &'a [f32],
    /// Columns of the gradient.
    pub wide: usize,
    /// The first of the columns read.
    pub column: usize,
}

/// Sums of N places or rows in two vectors of columns; the second is 0 unless `TWO`.
pub type Sums<S, const N: usize> = [[<S as Simd>::f32s; 2]; N];

/// A tile of N places, written out so that the sums stay in registers at every
/// level of optimization (the browser's engine is built for size).
macro_rules! tile_of_places {
    ($of_places:ident, $n:literal, $($i:literal $run:ident $a:ident $b:ident),+) => {
        /// Sums of the places at `offsets`.
        #[inline(always)]
        pub fn $of_places<S: Simd, const TWO: bool>(
            simd: S,
            runs: Runs<'_>,
            offsets: &[usize],
        ) -> Sums<S, $n> {
            let vectors = if TWO { 2 } else { 1 };
            let zero = simd.splat_f32s(0.0);
            $(let (mut $a, mut $b) = (zero, zero);)+
            let (weights, _) = S::as_simd_f32s(runs.weights);
            for (weights, &tap) in weights.chunks_exact(vectors * runs.depth).zip(runs.taps) {
                $(let $run = &runs.input[offsets[$i] + tap..][..runs.depth];)+
                for (k, weights) in weights.chunks_exact(vectors).enumerate() {
                    $(
                        let value = simd.splat_f32s($run[k]);
                        $a = simd.mul_add_e_f32s(value, weights[0], $a);
                        if TWO {
                            $b = simd.mul_add_e_f32s(value, weights[1], $b);
                        }
                    )+
                }
            }
            [$([$a, $b]),+]
        }
    };
}

/// A tile of N rows, written out for the same reason.
macro_rules! tile_of_rows {
    ($of_rows:ident, $n:literal, $($i:literal $a:ident $b:ident),+) => {
        /// Sums over all places of each row's values times the gradients.
        #[inline(always)]
        pub fn $of_rows<S: Simd, const TWO: bool>(
            simd: S,
            products: Products<'_>,
            row: usize,
        ) -> Sums<S, $n> {
            let width = if TWO { 2 } else { 1 } * S::F32_LANES;
            let zero = simd.splat_f32s(0.0);
            $(let (mut $a, mut $b) = (zero, zero);)+
            let gradients = products.gradient.chunks_exact(products.wide);
            for (place, gradient) in products.places.iter().zip(gradients) {
                let values = &products.input[place + products.start + row..][..$n];
                let (gradient, _) = S::as_simd_f32s(&gradient[products.column..][..width]);
                $(
                    let value = simd.splat_f32s(values[$i]);
                    $a = simd.mul_add_e_f32s(value, gradient[0], $a);
                    if TWO {
                        $b = simd.mul_add_e_f32s(value, gradient[1], $b);
                    }
                )+
            }
            [$([$a, $b]),+]
        }
    };
}

tile_of_places!(
    six_places, 6,
    0 r0 a0 b0, 1 r1 a1 b1, 2 r2 a2 b2, 3 r3 a3 b3, 4 r4 a4 b4, 5 r5 a5 b5
);
tile_of_places!(
    twelve_places, 12,
    0 r0 a0 b0, 1 r1 a1 b1, 2 r2 a2 b2, 3 r3 a3 b3, 4 r4 a4 b4, 5 r5 a5 b5,
    6 r6 a6 b6, 7 r7 a7 b7, 8 r8 a8 b8, 9 r9 a9 b9, 10 r10 a10 b10, 11 r11 a11 b11
);
tile_of_rows!(one_row, 1, 0 a0 b0);
tile_of_rows!(four_rows, 4, 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3);
tile_of_rows!(six_rows, 6, 0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3, 4 a4 b4, 5 a5 b5);
tile_of_rows!(
    twelve_rows, 12,
    0 a0 b0, 1 a1 b1, 2 a2 b2, 3 a3 b3, 4 a4 b4, 5 a5 b5,
    6 a6 b6, 7 a7 b7, 8 a8 b8, 9 a9 b9, 10 a10 b10, 11 a11 b11
);
