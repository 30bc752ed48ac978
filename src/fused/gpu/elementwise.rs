//! The ReLU, and its gradient: a vector of values per thread.

use super::launch::{CubeTensor, contiguous, group, like, threads, width};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

#[cube(launch)]
fn relu_gradient_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    y: &[Vector<f32, N>],
    dx: &mut [Vector<f32, N>],
) {
    if ABSOLUTE_POS >= dx.len() {
        terminate!();
    }
    dx[ABSOLUTE_POS] = gate(gradient[ABSOLUTE_POS], y[ABSOLUTE_POS]);
}

/// `value` where it is not negative, else 0. What is not a number stays so: `max` may hide it.
#[cube]
pub(super) fn relu<N: Size>(value: Vector<f32, N>) -> Vector<f32, N> {
    let zero = Vector::new(0.0f32);
    select_many(value.less_than(&zero), zero, value)
}

/// `gradient` where `y` is positive, else 0.
#[cube]
pub(super) fn gate<N: Size>(gradient: Vector<f32, N>, y: Vector<f32, N>) -> Vector<f32, N> {
    let zero = Vector::new(0.0f32);
    select_many(y.greater_than(&zero), gradient, zero)
}

/// `gradient` where `y` is positive, else 0. One launch.
pub(super) fn relu_gradient(gradient: CubeTensor, y: CubeTensor) -> CubeTensor {
    let (gradient, y) = (contiguous(gradient), contiguous(y));
    let n = y.shape().num_elements();
    let dx = like(&y);
    let lanes = width(n);
    relu_gradient_kernel::launch(
        &dx.client,
        threads(&dx.client, n / lanes),
        group(),
        lanes,
        gradient.into_buffer_arg(),
        y.into_buffer_arg(),
        dx.clone().into_buffer_arg(),
    );
    dx
}
