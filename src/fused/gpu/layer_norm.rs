//! Layer normalization of a sum, `[R, C]`, and its gradients.
//!
//! [`LANES`] threads share a row, and a workgroup has [`TEAM`] / [`LANES`] rows; a thread sums
//! every 32nd vector of its row, and every thread of the row then adds all of their sums, in the
//! same order. The gradients to gamma and beta run over columns: their kernel has a workgroup per
//! vector of columns, and reads the rows' statistics that the kernel for x leaves.

use super::column_sums::sum_over_group;
use super::launch::{
    CubeTensor, Maybe, Pack, TEAM, contiguous, empty, like, read_or, team, teams, width,
};
use crate::fused::EPSILON;
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Threads of a row.
pub(super) const LANES: usize = 32;

/// A place for each thread of a workgroup, and another: sums take turns, and whoever still reads
/// one is waited for in the next.
#[cube]
pub(super) fn places() -> Shared<[f32]> {
    Shared::<[f32]>::new_slice(comptime![2 * TEAM])
}

/// The sum of `value` over the threads of a row and the components, for all of these threads.
/// `turn` is 0 and 1 in turns.
#[cube]
pub(super) fn sum_over_row<N: Size>(
    places: &mut Shared<[f32]>,
    value: Vector<f32, N>,
    #[comptime] turn: usize,
) -> f32 {
    let start = comptime![turn * TEAM];
    let unit = UNIT_POS as usize;
    places[start + unit] = value.dot(Vector::new(1.0f32));
    sync_cube();
    let first = start + unit / LANES * LANES;
    let mut total = 0.0f32;
    for i in 0..LANES {
        total += places[first + i];
    }
    total
}

/// A row's mean and 1 / deviation.
#[cube]
fn statistics<N: Size>(
    places: &mut Shared<[f32]>,
    x: &[Vector<f32, N>],
    residual: &Maybe<N>,
    from: usize,
    end: usize,
    values: f32,
) -> (f32, f32) {
    let mut sum = Vector::new(0.0f32);
    for at in range_stepped(from, end, LANES) {
        sum += x[at] + read_or::<N>(residual, at, 0.0f32);
    }
    let mean = sum_over_row::<N>(places, sum, 0usize) / values;
    let mut squares = Vector::new(0.0f32);
    for at in range_stepped(from, end, LANES) {
        let apart = x[at] + read_or::<N>(residual, at, 0.0f32) - Vector::new(mean);
        squares += apart * apart;
    }
    let variance = sum_over_row::<N>(places, squares, 1usize) / values;
    (mean, (variance + EPSILON).inverse_sqrt())
}

/// `y` `[rows, columns]`, columns counted in vectors.
#[cube(launch)]
fn layer_norm_kernel<N: Size>(
    x: &[Vector<f32, N>],
    residual: Maybe<N>,
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    y: &mut [Vector<f32, N>],
    columns: usize,
) {
    let row = ABSOLUTE_POS / LANES * columns;
    let from = row + ABSOLUTE_POS % LANES;
    // Without a row, nothing to do, but the others wait at barriers.
    let end = (row + columns).min(y.len());
    let values = f32::cast_from(columns * N::value());
    let mut places = places();
    let (mean, inverse) = statistics::<N>(&mut places, x, &residual, from, end, values);
    for at in range_stepped(from, end, LANES) {
        let column = at - row;
        let apart = x[at] + read_or::<N>(&residual, at, 0.0f32) - Vector::new(mean);
        y[at] = apart * Vector::new(inverse) * gamma[column] + beta[column];
    }
}

/// `dx` `[rows, columns]`, and each row's mean and 1 / deviation `[rows, 2]`.
#[cube(launch)]
fn dx_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    x: &[Vector<f32, N>],
    residual: Maybe<N>,
    gamma: &[Vector<f32, N>],
    dx: &mut [Vector<f32, N>],
    rows: &mut [f32],
    columns: usize,
) {
    let row = ABSOLUTE_POS / LANES * columns;
    let lane = ABSOLUTE_POS % LANES;
    let end = (row + columns).min(dx.len());
    let values = f32::cast_from(columns * N::value());
    let mut places = places();
    let (mean, inverse) = statistics::<N>(&mut places, x, &residual, row + lane, end, values);
    let mut plain = Vector::new(0.0f32);
    let mut weighted = Vector::new(0.0f32);
    for at in range_stepped(row + lane, end, LANES) {
        let apart = x[at] + read_or::<N>(&residual, at, 0.0f32) - Vector::new(mean);
        let h = gradient[at] * gamma[at - row];
        plain += h;
        weighted += h * apart;
    }
    let plain_mean = sum_over_row::<N>(&mut places, plain, 0usize) / values;
    let weighted_mean = sum_over_row::<N>(&mut places, weighted, 1usize) / values * inverse;
    for at in range_stepped(row + lane, end, LANES) {
        let apart = x[at] + read_or::<N>(&residual, at, 0.0f32) - Vector::new(mean);
        let h = gradient[at] * gamma[at - row];
        let straight = h - Vector::new(plain_mean);
        dx[at] = (straight - apart * Vector::new(inverse * weighted_mean)) * Vector::new(inverse);
    }
    if lane == 0 && row < end {
        rows[ABSOLUTE_POS / LANES * 2] = mean;
        rows[ABSOLUTE_POS / LANES * 2 + 1] = inverse;
    }
}

/// ∂γ `[columns]`, and ∂β `place` vectors after it, from each row's mean and 1 / deviation.
#[cube(launch)]
fn affine_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    x: &[Vector<f32, N>],
    residual: Maybe<N>,
    statistics: &[f32],
    affine: &mut [Vector<f32, N>],
    rows: usize,
    place: usize,
) {
    let columns = CUBE_COUNT_X as usize;
    let column = CUBE_POS_X as usize;
    let mut plain = Vector::new(0.0f32);
    let mut weighted = Vector::new(0.0f32);
    for row in range_stepped(UNIT_POS as usize, rows, TEAM) {
        let at = row * columns + column;
        let mean = Vector::new(statistics[2 * row]);
        let apart = x[at] + read_or::<N>(&residual, at, 0.0f32) - mean;
        plain += gradient[at];
        weighted += gradient[at] * apart * Vector::new(statistics[2 * row + 1]);
    }
    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(TEAM);
    let plain = sum_over_group::<N>(&mut sums, plain, false);
    let weighted = sum_over_group::<N>(&mut sums, weighted, true);
    if UNIT_POS == 0 {
        affine[column] = weighted;
        affine[place + column] = plain;
    }
}

/// As [`crate::fused::FusedOps::normalize_rows`]. One launch.
pub(super) fn layer_norm(
    x: CubeTensor,
    residual: Option<CubeTensor>,
    gamma: CubeTensor,
    beta: CubeTensor,
) -> CubeTensor {
    let (x, gamma, beta) = (contiguous(x), contiguous(gamma), contiguous(beta));
    let [rows, c] = x.shape().dims();
    let lanes = width(c);
    let y = like(&x);
    layer_norm_kernel::launch(
        &y.client,
        teams(&y.client, rows * LANES),
        team(),
        lanes,
        x.into_buffer_arg(),
        residual.map(|residual| contiguous(residual).into_buffer_arg()).into(),
        gamma.into_buffer_arg(),
        beta.into_buffer_arg(),
        y.clone().into_buffer_arg(),
        c / lanes,
    );
    y
}

/// As [`crate::fused::FusedGradients::layer_norm_gradient`]. Two launches.
pub(super) fn layer_norm_gradient(
    gradient: CubeTensor,
    x: CubeTensor,
    residual: Option<CubeTensor>,
    gamma: CubeTensor,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let (gradient, x, gamma) = (contiguous(gradient), contiguous(x), contiguous(gamma));
    let residual = residual.map(contiguous);
    let client = x.client.clone();
    let [rows, c] = x.shape().dims();
    let lanes = width(c);
    let dx = like(&x);
    let statistics = empty(&x, [rows, 2]);
    dx_kernel::launch(
        &client,
        teams(&client, rows * LANES),
        team(),
        lanes,
        gradient.clone().into_buffer_arg(),
        x.clone().into_buffer_arg(),
        residual.clone().map(CubeTensor::into_buffer_arg).into(),
        gamma.into_buffer_arg(),
        dx.clone().into_buffer_arg(),
        statistics.clone().into_buffer_arg(),
        c / lanes,
    );
    let affine = Pack::new(&x, &[c; 2]);
    affine_kernel::launch(
        &client,
        CubeCount::new_1d((c / lanes) as u32),
        team(),
        lanes,
        gradient.into_buffer_arg(),
        x.into_buffer_arg(),
        residual.map(CubeTensor::into_buffer_arg).into(),
        statistics.into_buffer_arg(),
        affine.whole.clone().into_buffer_arg(),
        rows,
        affine.starts[1] / lanes,
    );
    (dx, affine.part(0), affine.part(1))
}
