//! Convolution of pictures `[N, H, W, C]` with `[k, k, C, O]`, and of rows as pictures of one
//! pixel.
//!
//! A thread has a [`Tile`] of output pixels and output channels and goes through all taps and input
//! channels: with 8 pixels and 2 vectors of channels, 16 loads are 256 products. Neighboring
//! threads have neighboring channels: they read the same inputs, and weights side by side. Bias,
//! residual and ReLU are applied to the tile before it is written.

use super::elementwise::relu;
use super::launch::{CubeTensor, Maybe, contiguous, empty, group, read_or, threads, width};
use crate::fused::Geometry;
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Threads that keep a GPU busy: with fewer, tiles are smaller.
const BUSY: usize = 2048;

/// What a thread computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    /// Pixels.
    pub pixels: usize,
    /// Vectors of channels.
    pub vectors: usize,
}

impl Tile {
    /// For so many pixels of so many vectors.
    pub fn of(pixels: usize, vectors: usize) -> Self {
        let both = if vectors.is_multiple_of(2) { 2 } else { 1 };
        let many = pixels / 8 * (vectors / both) >= BUSY;
        Self { pixels: if many { 8 } else { 4 }, vectors: both }
    }

    /// Threads that such tiles need.
    pub fn count(self, pixels: usize, vectors: usize) -> usize {
        pixels.div_ceil(self.pixels) * (vectors / self.vectors)
    }
}

/// What a convolution moves over.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub(super) struct Sides {
    /// Pixels of the input.
    pub height: usize,
    pub breadth: usize,
    /// Pixels of the output.
    pub out_height: usize,
    pub out_breadth: usize,
    pub kernel: usize,
    pub stride: usize,
    pub pad: usize,
}

impl Sides {
    /// Of pictures of `height` by `breadth` pixels.
    pub fn launch([height, breadth]: [usize; 2], kernel: usize, geometry: Geometry) -> SidesLaunch {
        let [out_height, out_breadth] =
            [height, breadth].map(|side| geometry.outputs(side, kernel));
        let Geometry { stride, pad } = geometry;
        SidesLaunch::new(height, breadth, out_height, out_breadth, kernel, stride, pad)
    }
}

/// `y` `[pixels, columns]` of `x` `[N, height, breadth, depth]`; channels counted in vectors.
#[cube(launch)]
fn conv_kernel<I: Size, N: Size>(
    x: &[Vector<f32, I>],
    weight: &[Vector<f32, N>],
    bias: Maybe<N>,
    residual: Maybe<N>,
    y: &mut [Vector<f32, N>],
    sides: Sides,
    pixels: usize,
    depth: usize,
    columns: usize,
    #[comptime] tile: Tile,
    #[comptime] padded: bool,
    #[comptime] relu_after: bool,
) {
    let deep = I::value().comptime();
    let tiles = columns / tile.vectors;
    let column = ABSOLUTE_POS % tiles * tile.vectors;
    let first = ABSOLUTE_POS / tiles * tile.pixels;
    if first >= pixels {
        terminate!();
    }
    let corners = corners(&sides, first, pixels, tile.pixels);
    let sums = zeros::<N>(comptime![tile.pixels * tile.vectors]);
    for tap in 0..sides.kernel * sides.kernel {
        let mut starts = Sequence::<usize>::new();
        let mut inside = Sequence::<bool>::new();
        #[unroll]
        for p in 0..tile.pixels {
            let corner = &corners[p];
            // Above and left of the picture, the difference wraps to beyond its end.
            let row = corner.top + tap / sides.kernel - sides.pad;
            let column = corner.left + tap % sides.kernel - sides.pad;
            let is_inside = row < sides.height && column < sides.breadth;
            let start = ((corner.line + row) * sides.breadth + column) * depth;
            starts.push(select(is_inside, start, 0));
            inside.push(is_inside);
        }
        for c in 0..depth {
            let at = (tap * depth + c) * deep * columns + column;
            let mut values = Sequence::<Vector<f32, I>>::new();
            #[unroll]
            for p in 0..tile.pixels {
                let value = x[starts[p] + c];
                if comptime![padded] {
                    values.push(select(inside[p], value, Vector::new(0.0f32)));
                } else {
                    values.push(value);
                }
            }
            #[unroll]
            for i in 0..deep {
                #[unroll]
                for v in 0..tile.vectors {
                    let weights = weight[at + i * columns + v];
                    #[unroll]
                    for p in 0..tile.pixels {
                        let value = Vector::new(values[p].extract(i));
                        let sum = &sums[comptime![p * tile.vectors + v]];
                        sum.store(sum.read() + value * weights);
                    }
                }
            }
        }
    }
    write::<N>(y, &bias, &residual, &sums, first, pixels, column, columns, tile, relu_after);
}

/// Writes a tile's sums `[pixels, vectors]`, finished.
#[cube]
fn write<N: Size>(
    y: &mut [Vector<f32, N>],
    bias: &Maybe<N>,
    residual: &Maybe<N>,
    sums: &Sequence<RuntimeCell<Vector<f32, N>>>,
    first: usize,
    pixels: usize,
    column: usize,
    columns: usize,
    #[comptime] tile: Tile,
    #[comptime] relu_after: bool,
) {
    #[unroll]
    for p in 0..tile.pixels {
        if first + p < pixels {
            #[unroll]
            for v in 0..tile.vectors {
                let at = (first + p) * columns + column + v;
                let sum = sums[comptime![p * tile.vectors + v]].read();
                let more = read_or::<N>(residual, at, 0.0f32);
                let mut value = sum + read_or::<N>(bias, column + v, 0.0f32) + more;
                if comptime![relu_after] {
                    value = relu::<N>(value);
                }
                y[at] = value;
            }
        }
    }
}

/// Where a pixel meets the first tap on the other side: lines before its picture, row and column.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Corner {
    pub line: usize,
    pub top: usize,
    pub left: usize,
}

/// Those of the output pixels from `first` on, pads included.
#[cube]
fn corners(sides: &Sides, first: usize, pixels: usize, #[comptime] n: usize) -> Sequence<Corner> {
    let mut corners = Sequence::new();
    #[unroll]
    for p in 0..n {
        let pixel = (first + p).min(pixels - 1);
        let line = pixel / sides.out_breadth;
        corners.push(Corner {
            line: line / sides.out_height * sides.height,
            top: line % sides.out_height * sides.stride,
            left: pixel % sides.out_breadth * sides.stride,
        });
    }
    corners
}

/// So many sums, which the kernel keeps in registers: an array would be memory to some compilers.
#[cube]
pub(super) fn zeros<N: Size>(#[comptime] n: usize) -> Sequence<RuntimeCell<Vector<f32, N>>> {
    let mut sums = Sequence::new();
    #[unroll]
    for _ in 0..n {
        sums.push(RuntimeCell::new(Vector::new(0.0f32)));
    }
    sums
}

/// As [`crate::fused::FusedOps::conv`]. One launch.
pub(super) fn conv(
    x: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
    residual: Option<CubeTensor>,
    geometry: Geometry,
    relu_after: bool,
) -> CubeTensor {
    let (x, weight) = (contiguous(x), contiguous(weight));
    let [n, height, breadth, c] = x.shape().dims();
    let [kernel, _, _, o] = weight.shape().dims();
    let [out_height, out_breadth] = [height, breadth].map(|side| geometry.outputs(side, kernel));
    let pixels = n * out_height * out_breadth;
    let (deep, lanes) = (width(c), width(o));
    let tile = Tile::of(pixels, o / lanes);
    let y = empty(&x, [n, out_height, out_breadth, o]);
    conv_kernel::launch(
        &y.client,
        threads(&y.client, tile.count(pixels, o / lanes)),
        group(),
        deep,
        lanes,
        x.into_buffer_arg(),
        weight.into_buffer_arg(),
        bias.map(|bias| contiguous(bias).into_buffer_arg()).into(),
        residual.map(|residual| contiguous(residual).into_buffer_arg()).into(),
        y.clone().into_buffer_arg(),
        Sides::launch([height, breadth], kernel, geometry),
        pixels,
        c / deep,
        o / lanes,
        tile,
        geometry.pad > 0,
        relu_after,
    );
    y
}
