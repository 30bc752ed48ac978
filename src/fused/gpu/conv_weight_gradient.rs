//! The gradient of a convolution to its weight: `dw[ky, kx, c, o]` is the sum over output pixels of
//! the input under the tap times the output's gradient.
//!
//! A thread has a tile of a few input channels and a vector of output channels of one tap, and
//! every n-th of the output's rows, n chosen so that there are enough threads. Each writes its sums
//! to a share of its own. The threads of a tile are in one workgroup: they wait for each other,
//! then add up the shares; where there are more, a second launch does.

use super::conv::{Sides, zeros};
use super::launch::{CubeTensor, Maybe, TEAM, contiguous, empty, group, team, threads, width};
use crate::fused::Geometry;
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Threads of a tile in a workgroup.
const FAN: usize = 16;

/// Pixels that a thread goes through rather than share them.
const PATIENCE: usize = 64;

/// As [`PATIENCE`], rather than share them at the price of a launch.
const MORE_PATIENCE: usize = 256;

/// Threads above which rows are not shared further.
const BUSY: usize = 32_768;

/// What a thread computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Tile {
    /// Vectors of input channels.
    span: usize,
    /// Vectors of output channels.
    vectors: usize,
}

/// Where: its first vectors and its tap.
#[derive(CubeType, Clone, Copy)]
struct Place {
    channel: usize,
    column: usize,
    ky: usize,
    kx: usize,
}

/// `shares` `[n, k, k, C, columns]` from `x` `[N, height, breadth, depth]` and `dy`
/// `[rows, out_breadth, columns]`; channels counted in vectors. Where one workgroup
/// has all shares of a tile, also `dw` `[k, k, C, columns]`.
#[cube(launch)]
fn conv_weight_gradient_kernel<I: Size, N: Size>(
    x: &[Vector<f32, I>],
    dy: &[Vector<f32, N>],
    shares: &mut [Vector<f32, N>],
    mut dw: Maybe<N>,
    sides: Sides,
    rows: usize,
    depth: usize,
    columns: usize,
    fan: usize,
    #[comptime] tile: Tile,
) {
    let deep = I::value().comptime();
    let high = comptime![tile.span * deep];
    let tiles = TEAM / fan;
    let share = UNIT_POS as usize / tiles;
    let index = CUBE_POS_X as usize * tiles + UNIT_POS as usize % tiles;
    let across = columns / tile.vectors;
    let column = index % across * tile.vectors;
    let channel = index / across * tile.span % depth;
    let tap = index / across * tile.span / depth;
    let exists = tap < sides.kernel * sides.kernel;
    let place = Place { channel, column, ky: tap / sides.kernel, kx: tap % sides.kernel };

    let first = CUBE_POS_Y as usize * fan + share;
    let step = CUBE_COUNT_Y as usize * fan;
    let at = (tap * depth + channel) * deep * columns + column;
    let size = sides.kernel * sides.kernel * depth * deep * columns;
    if exists {
        let sums = zeros::<N>(comptime![high * tile.vectors]);
        add_rows::<I, N>(x, dy, &sums, &sides, &place, rows, depth, columns, first, step, tile);
        #[unroll]
        for i in 0..high {
            #[unroll]
            for v in 0..tile.vectors {
                let sum = sums[comptime![i * tile.vectors + v]].read();
                shares[first * size + at + i * columns + v] = sum;
            }
        }
    }
    #[comptime]
    match &mut dw {
        ComptimeOption::Some(dw) => {
            sync_storage();
            // A thread per vector of a tile, in turns.
            let end = select(exists, comptime![high * tile.vectors], 0);
            for i in range_stepped(share, end, fan) {
                let at = at + i / tile.vectors * columns + i % tile.vectors;
                let mut total = Vector::new(0.0f32);
                for other in 0..fan {
                    total += shares[other * size + at];
                }
                dw[at] = total;
            }
        }
        ComptimeOption::None => {}
    }
}

/// Adds to `sums` the products of the rows `first`, `first + step`, ….
#[cube]
fn add_rows<I: Size, N: Size>(
    x: &[Vector<f32, I>],
    dy: &[Vector<f32, N>],
    sums: &Sequence<RuntimeCell<Vector<f32, N>>>,
    sides: &Sides,
    place: &Place,
    rows: usize,
    depth: usize,
    columns: usize,
    first: usize,
    step: usize,
    #[comptime] tile: Tile,
) {
    let deep = I::value().comptime();
    // Output columns whose input under the tap is in the picture.
    let before = sides.pad.max(place.kx) - place.kx;
    let from = before.div_ceil(sides.stride);
    let beyond = (sides.breadth + sides.pad).max(place.kx) - place.kx;
    let to = beyond.div_ceil(sides.stride).min(sides.out_breadth);
    for row in range_stepped(first, rows, step) {
        let picture = row / sides.out_height;
        // Above the picture, the difference wraps to beyond its end.
        let y = row % sides.out_height * sides.stride + place.ky - sides.pad;
        if y < sides.height {
            let line = (picture * sides.height + y) * sides.breadth;
            for ox in from..to {
                let at = (line + ox * sides.stride + place.kx - sides.pad) * depth + place.channel;
                let dy_at = (row * sides.out_breadth + ox) * columns + place.column;
                let mut gradients = Sequence::<Vector<f32, N>>::new();
                #[unroll]
                for v in 0..tile.vectors {
                    gradients.push(dy[dy_at + v]);
                }
                #[unroll]
                for part in 0..tile.span {
                    let values = x[at + part];
                    #[unroll]
                    for i in 0..deep {
                        let value = Vector::new(values.extract(i));
                        #[unroll]
                        for v in 0..tile.vectors {
                            let sum = &sums[comptime![(part * deep + i) * tile.vectors + v]];
                            sum.store(sum.read() + value * gradients[v]);
                        }
                    }
                }
            }
        }
    }
}

/// `dw` as the sum of its `shares`.
#[cube(launch)]
fn sum_kernel<N: Size>(shares: &[Vector<f32, N>], dw: &mut [Vector<f32, N>]) {
    if ABSOLUTE_POS >= dw.len() {
        terminate!();
    }
    let mut sum = Vector::new(0.0f32);
    for at in range_stepped(ABSOLUTE_POS, shares.len(), dw.len()) {
        sum += shares[at];
    }
    dw[ABSOLUTE_POS] = sum;
}

impl Tile {
    /// For a weight `[k, k, c, o]`.
    fn of(c: usize, o: usize) -> Self {
        let span = match c {
            1..4 => c,
            _ if c.is_multiple_of(8) => 2,
            _ => 1,
        };
        Self { span, vectors: if o.is_multiple_of(8) { 2 } else { 1 } }
    }
}

/// As [`crate::fused::FusedGradients::conv_weight_gradient`]. One launch, or two where a tile has
/// very many pixels.
pub(super) fn conv_weight_gradient(
    x: CubeTensor,
    dy: CubeTensor,
    geometry: Geometry,
    kernel: usize,
) -> CubeTensor {
    let (x, dy) = (contiguous(x), contiguous(dy));
    let [_, height, breadth, c] = x.shape().dims();
    let [n, out_height, out_breadth, o] = dy.shape().dims();
    let (deep, lanes, tile) = (width(c), width(o), Tile::of(c, o));
    let (depth, columns) = (c / deep, o / lanes);
    let rows = n * out_height;
    let tiles = kernel * kernel * (depth / tile.span) * (columns / tile.vectors);
    let (fan, groups) = shares(tiles, rows, rows * out_breadth);
    let of_weight = [kernel, kernel, c, o];
    let shares = empty(&x, [fan * groups, kernel, kernel, c, o]);
    let dw = (groups == 1 && fan > 1).then(|| empty(&x, of_weight));
    let client = x.client.clone();
    conv_weight_gradient_kernel::launch(
        &client,
        CubeCount::new_2d((tiles * fan).div_ceil(TEAM) as u32, groups as u32),
        team(),
        deep,
        lanes,
        x.into_buffer_arg(),
        dy.into_buffer_arg(),
        shares.clone().into_buffer_arg(),
        dw.clone().map(CubeTensor::into_buffer_arg).into(),
        Sides::launch([height, breadth], kernel, geometry),
        rows,
        depth,
        columns,
        fan,
        tile,
    );
    match dw {
        Some(dw) => dw,
        None => sum(shares, of_weight),
    }
}

/// Threads of a tile in a workgroup, and workgroups of a tile.
fn shares(tiles: usize, rows: usize, pixels: usize) -> (usize, usize) {
    let most = (BUSY / tiles).clamp(1, rows);
    let fan = (pixels / PATIENCE).min(most).clamp(1, FAN);
    let fan = if fan.is_power_of_two() { fan } else { fan.next_power_of_two() / 2 };
    let groups = (pixels / (fan * MORE_PATIENCE)).min(most / fan).max(1);
    (fan, groups)
}

/// The sum of shares: of one, without a launch.
fn sum(shares: CubeTensor, shape: [usize; 4]) -> CubeTensor {
    let n: usize = shape.iter().product();
    if shares.shape()[0] == 1 {
        let CubeTensor { client, device, handle, dtype, .. } = shares;
        return CubeTensor::new_contiguous(client, device, shape.into(), handle, dtype);
    }
    let dw = empty(&shares, shape);
    let lanes = width(n);
    sum_kernel::launch(
        &dw.client,
        threads(&dw.client, n / lanes),
        group(),
        lanes,
        shares.into_buffer_arg(),
        dw.clone().into_buffer_arg(),
    );
    dw
}
