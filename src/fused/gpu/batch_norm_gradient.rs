//! The gradients of batch normalization, `[R, C]` with R rows of all pixels.
//!
//! 1. A workgroup per vector of channels and per part of the rows sums g and g x̂.
//! 2. A thread per vector of channels and a few rows adds the parts' sums and writes its rows of
//!    ∂x, and of g where a ReLU gated it. Those of the first row also write ∂γ and ∂β.
//!
//! As in the forward direction, the first kernel hands on beside its sums what the second would
//! have no buffers left for.

use super::batch_norm::strides;
use super::column_sums::{parts, sum_over_group};
use super::elementwise::gate;
use super::launch::{
    CubeTensor, Maybe, Pack, TEAM, contiguous, empty, group, like, read_or, team, threads, width,
};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// g at `at`: the gradient, where y is positive.
#[cube]
fn gated<N: Size>(gradient: &[Vector<f32, N>], y: &Maybe<N>, at: usize) -> Vector<f32, N> {
    #[comptime]
    match y {
        ComptimeOption::Some(y) => gate::<N>(gradient[at], y[at]),
        ComptimeOption::None => gradient[at],
    }
}

/// Sums `[parts, 2, columns]` of g and g x̂, then mean, 1 / deviation and γ / deviation
/// `[3, columns]`.
#[cube(launch)]
fn sums_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    x: &[Vector<f32, N>],
    y: Maybe<N>,
    gamma: Maybe<N>,
    mean: &[Vector<f32, N>],
    inverse: &[Vector<f32, N>],
    sums: &mut [Vector<f32, N>],
    rows: usize,
    part: usize,
) {
    let columns = CUBE_COUNT_X as usize;
    let column = CUBE_POS_X as usize;
    let start = CUBE_POS_Y as usize * part;
    let end = (start + part).min(rows);
    let center = mean[column];
    let scale = inverse[column];
    let mut plain = Vector::new(0.0f32);
    let mut weighted = Vector::new(0.0f32);
    for row in range_stepped(start + UNIT_POS as usize, end, TEAM) {
        let at = row * columns + column;
        let g = gated::<N>(gradient, &y, at);
        plain += g;
        weighted += g * ((x[at] - center) * scale);
    }
    let mut group = Shared::<[Vector<f32, N>]>::new_slice(TEAM);
    let plain = sum_over_group::<N>(&mut group, plain, false);
    let weighted = sum_over_group::<N>(&mut group, weighted, true);
    if UNIT_POS == 0 {
        let place = CUBE_POS_Y as usize * 2 * columns + column;
        sums[place] = plain;
        sums[place + columns] = weighted;
        if CUBE_POS_Y == 0 {
            let place = CUBE_COUNT_Y as usize * 2 * columns + column;
            sums[place] = center;
            sums[place + columns] = scale;
            sums[place + 2 * columns] = scale * read_or::<N>(&gamma, column, 1.0f32);
        }
    }
}

#[cube]
fn write_if<N: Size>(values: &mut Maybe<N>, at: usize, value: Vector<f32, N>) {
    #[comptime]
    match values {
        ComptimeOption::Some(values) => values[at] = value,
        ComptimeOption::None => {}
    }
}

/// ∂x and g `[rows, columns]`; ∂γ, and ∂β `place` vectors after it. Thread (`first`, column) has
/// the rows `first`, `first + stride`, ….
#[cube(launch)]
fn apply_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    x: &[Vector<f32, N>],
    y: Maybe<N>,
    sums: &[Vector<f32, N>],
    dx: &mut [Vector<f32, N>],
    mut passed: Maybe<N>,
    affine: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
    parts: usize,
    stride: usize,
    place: usize,
) {
    let column = ABSOLUTE_POS % columns;
    let first = ABSOLUTE_POS / columns;
    if first >= stride {
        terminate!();
    }
    let mut plain = Vector::new(0.0f32);
    let mut weighted = Vector::new(0.0f32);
    for index in 0..parts {
        plain += sums[2 * index * columns + column];
        weighted += sums[(2 * index + 1) * columns + column];
    }
    let after = 2 * parts * columns + column;
    let mean = sums[after];
    let inverse = sums[after + columns];
    let scale = sums[after + 2 * columns];
    let n = Vector::new(f32::cast_from(rows));
    let plain_mean = plain / n;
    let weighted_mean = weighted / n;
    for row in range_stepped(first, rows, stride) {
        let at = row * columns + column;
        let g = gated::<N>(gradient, &y, at);
        let normalized = (x[at] - mean) * inverse;
        dx[at] = scale * (g - plain_mean - normalized * weighted_mean);
        write_if::<N>(&mut passed, at, g);
    }
    if first == 0 {
        affine[column] = weighted;
        affine[place + column] = plain;
    }
}

/// As [`crate::fused::FusedGradients::batch_norm_gradient`]. Two launches.
pub(super) fn batch_norm_gradient(
    gradient: CubeTensor,
    x: CubeTensor,
    y: Option<CubeTensor>,
    gamma: Option<CubeTensor>,
    [mean, inverse_deviation]: [CubeTensor; 2],
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let (gradient, x) = (contiguous(gradient), contiguous(x));
    let y = y.map(contiguous);
    let client = x.client.clone();
    let c = mean.shape()[0];
    let rows = x.shape().num_elements() / c;
    let lanes = width(c);
    let columns = c / lanes;
    let (part, parts) = parts(rows, columns);

    let sums = empty(&x, [2 * parts + 3, c]);
    sums_kernel::launch(
        &client,
        CubeCount::new_2d(columns as u32, parts as u32),
        team(),
        lanes,
        gradient.clone().into_buffer_arg(),
        x.clone().into_buffer_arg(),
        y.clone().map(CubeTensor::into_buffer_arg).into(),
        gamma.map(|gamma| contiguous(gamma).into_buffer_arg()).into(),
        contiguous(mean).into_buffer_arg(),
        contiguous(inverse_deviation).into_buffer_arg(),
        sums.clone().into_buffer_arg(),
        rows,
        part,
    );
    let dx = like(&x);
    let passed = y.as_ref().map(like);
    let affine = Pack::new(&x, &[c; 2]);
    let stride = strides(rows, columns);
    apply_kernel::launch(
        &client,
        threads(&client, stride * columns),
        group(),
        lanes,
        gradient.clone().into_buffer_arg(),
        x.into_buffer_arg(),
        y.map(CubeTensor::into_buffer_arg).into(),
        sums.into_buffer_arg(),
        dx.clone().into_buffer_arg(),
        passed.clone().map(CubeTensor::into_buffer_arg).into(),
        affine.whole.clone().into_buffer_arg(),
        rows,
        columns,
        parts,
        stride,
        affine.starts[1] / lanes,
    );
    (dx, affine.part(0), affine.part(1), passed.unwrap_or(gradient))
}
