//! The mean over a picture's pixels and its gradient: a vector of channels per thread.

use super::launch::{CubeTensor, contiguous, empty, group, threads, width};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// `x` `[N, pixels, columns]` to `y` `[N, columns]`, columns counted in vectors.
#[cube(launch)]
fn mean_pool_kernel<N: Size>(
    x: &[Vector<f32, N>],
    y: &mut [Vector<f32, N>],
    pixels: usize,
    columns: usize,
) {
    if ABSOLUTE_POS >= y.len() {
        terminate!();
    }
    let first = ABSOLUTE_POS / columns * pixels * columns + ABSOLUTE_POS % columns;
    let mut sum = Vector::new(0.0f32);
    for pixel in 0..pixels {
        sum += x[first + pixel * columns];
    }
    y[ABSOLUTE_POS] = sum / Vector::new(f32::cast_from(pixels));
}

/// `gradient` `[N, columns]` to `dx` `[N, pixels, columns]`.
#[cube(launch)]
fn mean_pool_gradient_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    dx: &mut [Vector<f32, N>],
    pixels: usize,
    columns: usize,
) {
    if ABSOLUTE_POS >= dx.len() {
        terminate!();
    }
    let picture = ABSOLUTE_POS / columns / pixels;
    let value = gradient[picture * columns + ABSOLUTE_POS % columns];
    dx[ABSOLUTE_POS] = value / Vector::new(f32::cast_from(pixels));
}

/// As [`crate::fused::FusedOps::mean_pool`]. One launch.
pub(super) fn mean_pool(x: CubeTensor) -> CubeTensor {
    let x = contiguous(x);
    let [n, height, breadth, c] = x.shape().dims();
    let lanes = width(c);
    let y = empty(&x, [n, c]);
    mean_pool_kernel::launch(
        &y.client,
        threads(&y.client, n * c / lanes),
        group(),
        lanes,
        x.into_buffer_arg(),
        y.clone().into_buffer_arg(),
        height * breadth,
        c / lanes,
    );
    y
}

/// As [`crate::fused::FusedGradients::mean_pool_gradient`]. One launch.
pub(super) fn mean_pool_gradient(
    gradient: CubeTensor,
    height: usize,
    breadth: usize,
) -> CubeTensor {
    let gradient = contiguous(gradient);
    let [n, c] = gradient.shape().dims();
    let lanes = width(c);
    let pixels = height * breadth;
    let dx = empty(&gradient, [n, height, breadth, c]);
    mean_pool_gradient_kernel::launch(
        &dx.client,
        threads(&dx.client, n * pixels * c / lanes),
        group(),
        lanes,
        gradient.into_buffer_arg(),
        dx.clone().into_buffer_arg(),
        pixels,
        c / lanes,
    );
    dx
}
