//! The gradient of a convolution to its input: `dx[n, y, x, c]` is the sum over taps and output
//! channels of `dy[n, (y + pad − ky) / stride, (x + pad − kx) / stride, o] · w[ky, kx, c, o]`,
//! where both quotients are whole.
//!
//! They are for one tap in `stride²`, the same for all pixels whose row and column leave the same
//! rests: a phase. A thread has a [`Tile`] of pixels of one phase and of input channels, and goes
//! through the taps of the phase; both factors are read as vectors of output channels. A second
//! dimension of workgroups counts the phases.

use super::conv::{Corner, Sides, Tile};
use super::launch::{CubeTensor, GROUP, contiguous, empty, group, width};
use crate::fused::Geometry;
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// The pixels of a picture that leave the rests `y` and `x`.
#[derive(CubeType, Clone, Copy)]
struct Phase {
    y: usize,
    x: usize,
    height: usize,
    breadth: usize,
}

#[cube]
fn phase(sides: &Sides) -> Phase {
    Phase {
        y: CUBE_POS_Y as usize / sides.stride,
        x: CUBE_POS_Y as usize % sides.stride,
        height: sides.height.div_ceil(sides.stride),
        breadth: sides.breadth.div_ceil(sides.stride),
    }
}

/// The corners of the phase's pixels from `first` on.
#[cube]
fn corners(
    sides: &Sides,
    phase: &Phase,
    first: usize,
    pixels: usize,
    #[comptime] n: usize,
) -> Sequence<Corner> {
    let mut corners = Sequence::new();
    #[unroll]
    for p in 0..n {
        let pixel = (first + p).min(pixels - 1);
        let line = pixel / phase.breadth;
        corners.push(Corner {
            line: line / phase.height * sides.out_height,
            top: line % phase.height + (phase.y + sides.pad) / sides.stride,
            left: pixel % phase.breadth + (phase.x + sides.pad) / sides.stride,
        });
    }
    corners
}

/// `dx` `[N, height, breadth, depth]` from `dy` `[N, out_height, out_breadth, columns]`; channels
/// counted in vectors. There are `pixels` of a phase, those beyond the picture's end included.
#[cube(launch)]
fn conv_x_gradient_kernel<I: Size, N: Size>(
    dy: &[Vector<f32, N>],
    weight: &[Vector<f32, N>],
    dx: &mut [Vector<f32, I>],
    sides: Sides,
    pixels: usize,
    depth: usize,
    columns: usize,
    #[comptime] tile: Tile,
) {
    let channels = I::value().comptime() * tile.vectors;
    let tiles = depth / tile.vectors;
    let thread = CUBE_POS_X as usize * GROUP + UNIT_POS as usize;
    let channel = thread % tiles * tile.vectors;
    let first = thread / tiles * tile.pixels;
    if first >= pixels {
        terminate!();
    }
    let phase = phase(&sides);
    let corners = corners(&sides, &phase, first, pixels, tile.pixels);
    let mut sums = Sequence::<RuntimeCell<f32>>::new();
    #[unroll]
    for _ in 0..tile.pixels * channels {
        sums.push(RuntimeCell::new(0.0f32));
    }
    for ky in range_stepped((phase.y + sides.pad) % sides.stride, sides.kernel, sides.stride) {
        for kx in range_stepped((phase.x + sides.pad) % sides.stride, sides.kernel, sides.stride) {
            let mut starts = Sequence::<usize>::new();
            let mut inside = Sequence::<bool>::new();
            #[unroll]
            for p in 0..tile.pixels {
                let corner = &corners[p];
                // Above and left of the output, the difference wraps to beyond its end.
                let row = corner.top - ky / sides.stride;
                let column = corner.left - kx / sides.stride;
                let is_inside = row < sides.out_height && column < sides.out_breadth;
                let start = ((corner.line + row) * sides.out_breadth + column) * columns;
                starts.push(select(is_inside, start, 0));
                inside.push(is_inside);
            }
            let tap = (ky * sides.kernel + kx) * depth + channel;
            let tap = tap * I::value() * columns;
            for o in 0..columns {
                let mut values = Sequence::<Vector<f32, N>>::new();
                #[unroll]
                for p in 0..tile.pixels {
                    values.push(select(inside[p], dy[starts[p] + o], Vector::new(0.0f32)));
                }
                #[unroll]
                for c in 0..channels {
                    let weights = weight[tap + c * columns + o];
                    #[unroll]
                    for p in 0..tile.pixels {
                        let sum = &sums[comptime![p * channels + c]];
                        sum.store(sum.read() + values[p].dot(weights));
                    }
                }
            }
        }
    }
    write::<I>(dx, &sums, &sides, &phase, first, pixels, depth, channel, tile);
}

/// Writes a tile's sums, `[pixels, channels]`, where the picture has such pixels.
#[cube]
fn write<I: Size>(
    dx: &mut [Vector<f32, I>],
    sums: &Sequence<RuntimeCell<f32>>,
    sides: &Sides,
    phase: &Phase,
    first: usize,
    pixels: usize,
    depth: usize,
    channel: usize,
    #[comptime] tile: Tile,
) {
    let deep = I::value().comptime();
    #[unroll]
    for p in 0..tile.pixels {
        let pixel = first + p;
        let line = pixel / phase.breadth;
        let y = line % phase.height * sides.stride + phase.y;
        let x = pixel % phase.breadth * sides.stride + phase.x;
        if pixel < pixels && y < sides.height && x < sides.breadth {
            let row = line / phase.height * sides.height + y;
            #[unroll]
            for v in 0..tile.vectors {
                let mut value = Vector::new(0.0f32);
                #[unroll]
                for i in 0..deep {
                    value.insert(i, sums[comptime![(p * tile.vectors + v) * deep + i]].read());
                }
                dx[(row * sides.breadth + x) * depth + channel + v] = value;
            }
        }
    }
}

/// As [`crate::fused::FusedGradients::conv_x_gradient`]. One launch.
pub(super) fn conv_x_gradient(
    dy: CubeTensor,
    weight: CubeTensor,
    geometry: Geometry,
    height: usize,
    breadth: usize,
) -> CubeTensor {
    let (dy, weight) = (contiguous(dy), contiguous(weight));
    let n = dy.shape()[0];
    let [kernel, _, c, o] = weight.shape().dims();
    let (deep, lanes) = (width(c), width(o));
    let dx = empty(&dy, [n, height, breadth, c]);
    let phases = geometry.stride * geometry.stride;
    let pixels = n * height.div_ceil(geometry.stride) * breadth.div_ceil(geometry.stride);
    let tile = Tile::of(pixels, c / deep);
    let groups = tile.count(pixels, c / deep).div_ceil(GROUP);
    conv_x_gradient_kernel::launch(
        &dx.client,
        CubeCount::new_2d(groups as u32, phases as u32),
        group(),
        deep,
        lanes,
        dy.into_buffer_arg(),
        weight.into_buffer_arg(),
        dx.clone().into_buffer_arg(),
        Sides::launch([height, breadth], kernel, geometry),
        pixels,
        c / deep,
        o / lanes,
        tile,
    );
    dx
}
