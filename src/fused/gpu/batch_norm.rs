//! Batch normalization, `[R, C]` with R rows of all pixels.
//!
//! 1. A workgroup per vector of channels and per part of the rows: each thread sums every 64th row
//!    of the part, then squares about the mean of all. Parts are merged by Chan et al.'s formula,
//!    which loses nothing where a mean is large beside a deviation.
//! 2. A thread per vector of channels and [`ROWS`] rows, or fewer rows where there are few: it
//!    merges the parts, which are few, and writes its rows of the output. Those of the first row
//!    also write the statistics.
//!
//! WebGPU grants a kernel eight buffers, so the first kernel hands the running statistics on beside
//! its own.

use super::column_sums::{parts, sum_over_group};
use super::elementwise::relu;
use super::launch::{
    CubeTensor, Maybe, Pack, TEAM, contiguous, empty, group, like, read_or, team, threads, width,
};
use crate::fused::{EPSILON, MOMENTUM};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Rows that a thread normalizes where there are many.
const ROWS: usize = 32;

/// Threads below which each has fewer rows.
const BUSY: usize = 8192;

/// `x` `[rows, columns]` to means and squares `[parts, 2, columns]`, then the running statistics
/// `[2, columns]` as they are.
#[cube(launch)]
fn statistics_kernel<N: Size>(
    x: &[Vector<f32, N>],
    running_mean: &[Vector<f32, N>],
    running_variance: &[Vector<f32, N>],
    moments: &mut [Vector<f32, N>],
    rows: usize,
    part: usize,
) {
    let columns = CUBE_COUNT_X as usize;
    let column = CUBE_POS_X as usize;
    let unit = UNIT_POS as usize;
    let start = CUBE_POS_Y as usize * part;
    let end = (start + part).min(rows);

    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(TEAM);
    let mut sum = Vector::new(0.0f32);
    for row in range_stepped(start + unit, end, TEAM) {
        sum += x[row * columns + column];
    }
    sum_over_group::<N>(&mut sums, sum, false);
    sync_cube();
    let mean = sums[0] / Vector::new(f32::cast_from(end - start));
    let mut squares = Vector::new(0.0f32);
    for row in range_stepped(start + unit, end, TEAM) {
        let apart = x[row * columns + column] - mean;
        squares += apart * apart;
    }
    let squares = sum_over_group::<N>(&mut sums, squares, true);

    if unit == 0 {
        let place = CUBE_POS_Y as usize * 2 * columns + column;
        moments[place] = mean;
        moments[place + columns] = squares;
        if CUBE_POS_Y == 0 {
            let place = CUBE_COUNT_Y as usize * 2 * columns + column;
            moments[place] = running_mean[column];
            moments[place + columns] = running_variance[column];
        }
    }
}

/// A count, a mean, and squares about it.
#[derive(CubeType)]
struct Moments<N: Size> {
    n: f32,
    mean: Vector<f32, N>,
    squares: Vector<f32, N>,
}

#[cube]
impl<N: Size> Moments<N> {
    fn none() -> Self {
        Moments::<N> { n: 0.0f32, mean: Vector::new(0.0f32), squares: Vector::new(0.0f32) }
    }

    fn merge(&mut self, n: f32, mean: Vector<f32, N>, squares: Vector<f32, N>) {
        let share = n / (self.n + n).max(1.0f32);
        let apart = mean - self.mean;
        self.mean += apart * Vector::new(share);
        self.squares += squares + apart * apart * Vector::new(self.n * share);
        self.n += n;
    }
}

/// The output `[rows, columns]`; mean, 1 / deviation, and the moved running statistics, each
/// `place` vectors after the one before. Thread (`first`, column) has the rows `first`, `first +
/// stride`, ….
#[cube(launch)]
fn normalize_kernel<N: Size>(
    x: &[Vector<f32, N>],
    gamma: Maybe<N>,
    beta: Maybe<N>,
    residual: Maybe<N>,
    moments: &[Vector<f32, N>],
    y: &mut [Vector<f32, N>],
    statistics: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    part: usize,
    stride: usize,
    place: usize,
    #[comptime] relu_after: bool,
) {
    let column = ABSOLUTE_POS % columns;
    let first = ABSOLUTE_POS / columns;
    if first >= stride {
        terminate!();
    }
    let mut total = Moments::<N>::none();
    let parts = rows.div_ceil(part);
    for index in 0..parts {
        let n = part.min(rows - index * part);
        let at = index * 2 * columns + column;
        total.merge(f32::cast_from(n), moments[at], moments[at + columns]);
    }
    let n = f32::cast_from(rows);
    let variance = total.squares / Vector::new(n);
    let inverse = (variance + Vector::new(EPSILON)).inverse_sqrt();
    let scale = inverse * read_or::<N>(&gamma, column, 1.0f32);
    let shift = read_or::<N>(&beta, column, 0.0f32);
    for row in range_stepped(first, rows, stride) {
        let at = row * columns + column;
        let mut value = (x[at] - total.mean) * scale + shift + read_or::<N>(&residual, at, 0.0f32);
        if comptime![relu_after] {
            value = relu::<N>(value);
        }
        y[at] = value;
    }
    if first == 0 {
        let old = parts * 2 * columns + column;
        let weight = Vector::new(MOMENTUM);
        let kept = Vector::new(1.0f32 - MOMENTUM);
        let unbiased = total.squares / Vector::new((n - 1.0f32).max(1.0f32));
        statistics[column] = total.mean;
        statistics[place + column] = inverse;
        statistics[2 * place + column] = moments[old] * kept + total.mean * weight;
        statistics[3 * place + column] = moments[old + columns] * kept + unbiased * weight;
    }
}

/// Threads' first rows, that is how many threads share a column.
pub(super) fn strides(rows: usize, columns: usize) -> usize {
    rows.div_ceil(ROWS).max(BUSY / columns).clamp(1, rows)
}

/// As [`crate::fused::FusedOps::normalize_batch`]. Two launches.
pub(super) fn batch_norm(
    x: CubeTensor,
    affine: [Option<CubeTensor>; 2],
    residual: Option<CubeTensor>,
    running: [CubeTensor; 2],
    relu_after: bool,
) -> (CubeTensor, [CubeTensor; 4]) {
    let x = contiguous(x);
    let [gamma, beta] = affine.map(|tensor| tensor.map(contiguous));
    let residual = residual.map(contiguous);
    let [running_mean, running_variance] = running.map(contiguous);
    let client = x.client.clone();
    let c = running_mean.shape()[0];
    let rows = x.shape().num_elements() / c;
    let lanes = width(c);
    let columns = c / lanes;
    let (part, parts) = parts(rows, columns);

    let moments = empty(&x, [2 * parts + 2, c]);
    statistics_kernel::launch(
        &client,
        CubeCount::new_2d(columns as u32, parts as u32),
        team(),
        lanes,
        x.clone().into_buffer_arg(),
        running_mean.into_buffer_arg(),
        running_variance.into_buffer_arg(),
        moments.clone().into_buffer_arg(),
        rows,
        part,
    );
    let y = like(&x);
    let statistics = Pack::new(&x, &[c; 4]);
    let stride = strides(rows, columns);
    normalize_kernel::launch(
        &client,
        threads(&client, stride * columns),
        group(),
        lanes,
        x.into_buffer_arg(),
        gamma.map(CubeTensor::into_buffer_arg).into(),
        beta.map(CubeTensor::into_buffer_arg).into(),
        residual.map(CubeTensor::into_buffer_arg).into(),
        moments.into_buffer_arg(),
        y.clone().into_buffer_arg(),
        statistics.whole.clone().into_buffer_arg(),
        rows,
        columns,
        part,
        stride,
        statistics.starts[1] / lanes,
        relu_after,
    );
    (y, [0, 1, 2, 3].map(|index| statistics.part(index)))
}
