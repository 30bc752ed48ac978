//! The mean of 1 − cosine over rows, `[R, D]` and `[R, D]`, and its gradient.
//!
//! The mean is one workgroup's, a thread per row. The gradient has [`LANES`] threads to a row and
//! as many workgroups as rows want.

use super::column_sums::sum_over_group;
use super::launch::{CubeTensor, GROUP, contiguous, empty, group, like, team, teams, width};
use super::layer_norm::{LANES, places, sum_over_row};
use crate::fused::cosine::EPSILON;
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// `loss` `[1]`, columns counted in vectors.
#[cube(launch)]
fn mean_kernel<N: Size>(
    x: &[Vector<f32, N>],
    y: &[Vector<f32, N>],
    loss: &mut [f32],
    rows: usize,
    columns: usize,
) {
    let mut cosines = 0.0f32;
    for row in range_stepped(UNIT_POS as usize, rows, GROUP) {
        let mut dot = Vector::new(0.0f32);
        let mut x_square = Vector::new(0.0f32);
        let mut y_square = Vector::new(0.0f32);
        for at in row * columns..(row + 1) * columns {
            dot += x[at] * y[at];
            x_square += x[at] * x[at];
            y_square += y[at] * y[at];
        }
        let one = Vector::new(1.0f32);
        let norms = x_square.dot(one).sqrt() * y_square.dot(one).sqrt();
        cosines += dot.dot(one) / norms.max(EPSILON);
    }
    let mut sums = Shared::<[Vector<f32, Const<1>>]>::new_slice(GROUP);
    let total = sum_over_group::<Const<1>>(&mut sums, Vector::new(cosines), false);
    if UNIT_POS == 0 {
        loss[0] = 1.0f32 - total.extract(0usize) / f32::cast_from(rows);
    }
}

/// `dx` `[rows, columns]` for the loss's `gradient` `[1]`.
#[cube(launch)]
fn gradient_kernel<N: Size>(
    gradient: &[f32],
    x: &[Vector<f32, N>],
    y: &[Vector<f32, N>],
    dx: &mut [Vector<f32, N>],
    rows: usize,
    columns: usize,
) {
    let start = ABSOLUTE_POS / LANES * columns;
    let from = start + ABSOLUTE_POS % LANES;
    let end = (start + columns).min(dx.len());
    let mut dot = Vector::new(0.0f32);
    let mut x_square = Vector::new(0.0f32);
    let mut y_square = Vector::new(0.0f32);
    for at in range_stepped(from, end, LANES) {
        dot += x[at] * y[at];
        x_square += x[at] * x[at];
        y_square += y[at] * y[at];
    }
    let mut places = places();
    let dot = sum_over_row::<N>(&mut places, dot, 0usize);
    let x_square = sum_over_row::<N>(&mut places, x_square, 1usize);
    let norms = x_square.sqrt() * sum_over_row::<N>(&mut places, y_square, 0usize).sqrt();
    // Where the norms are clamped, they are constant.
    let along = select(norms > EPSILON, dot / x_square, 0.0f32);
    let scale = gradient[0] / f32::cast_from(rows) / norms.max(EPSILON);
    for at in range_stepped(from, end, LANES) {
        dx[at] = (x[at] * Vector::new(along) - y[at]) * Vector::new(scale);
    }
}

/// As [`crate::fused::FusedOps::one_minus_cosine`]. One launch.
pub(super) fn one_minus_cosine(x: CubeTensor, y: CubeTensor) -> CubeTensor {
    let (x, y) = (contiguous(x), contiguous(y));
    let [rows, d] = x.shape().dims();
    let lanes = width(d);
    let loss = empty(&x, [1]);
    mean_kernel::launch(
        &loss.client,
        CubeCount::new_single(),
        group(),
        lanes,
        x.into_buffer_arg(),
        y.into_buffer_arg(),
        loss.clone().into_buffer_arg(),
        rows,
        d / lanes,
    );
    loss
}

/// As [`crate::fused::FusedGradients::one_minus_cosine_gradient`]. One launch.
pub(super) fn one_minus_cosine_gradient(
    gradient: CubeTensor,
    x: CubeTensor,
    y: CubeTensor,
) -> CubeTensor {
    let (x, y) = (contiguous(x), contiguous(y));
    let [rows, d] = x.shape().dims();
    let lanes = width(d);
    let dx = like(&x);
    gradient_kernel::launch(
        &dx.client,
        teams(&dx.client, rows * LANES),
        team(),
        lanes,
        gradient.into_buffer_arg(),
        x.into_buffer_arg(),
        y.into_buffer_arg(),
        dx.clone().into_buffer_arg(),
        rows,
        d / lanes,
    );
    dx
}
