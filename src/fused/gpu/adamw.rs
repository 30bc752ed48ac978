//! One step of AdamW with global-norm clipping and of the moving average, over flat vectors.
//!
//! 1. [`PARTS`] workgroups sum squares of the gradient.
//! 2. Each thread adds those sums up, in the same order, and moves both moments of [`VECTORS`]
//!    vectors.
//! 3. Each thread moves parameters and their average.
//!
//! Three kernels, because WebGPU grants a kernel eight buffers, and results that share a buffer would
//! be too much for one binding with the paper's models (128 MiB).

use super::column_sums::sum_over_group;
use super::launch::{CubeTensor, GROUP, contiguous, empty, group, like, threads, width};
use crate::fused::StepSettings;
use crate::fused::adamw::{BETA_1, BETA_2, EPSILON, NORM_EPSILON};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Workgroups that sum squares.
const PARTS: usize = 32;

/// Vectors that a thread updates.
const VECTORS: usize = 4;

const KEEP_1: f32 = BETA_1 as f32;
const TAKE_1: f32 = (1.0 - BETA_1) as f32;
const KEEP_2: f32 = BETA_2 as f32;
const TAKE_2: f32 = (1.0 - BETA_2) as f32;

/// Squares `[PARTS]`.
#[cube(launch)]
fn squares_kernel<N: Size>(gradient: &[Vector<f32, N>], squares: &mut [f32]) {
    let mut sum = Vector::new(0.0f32);
    for at in range_stepped(ABSOLUTE_POS, gradient.len(), comptime![PARTS * GROUP]) {
        sum += gradient[at] * gradient[at];
    }
    let mut sums = Shared::<[Vector<f32, Const<1>>]>::new_slice(GROUP);
    let sum = sum.dot(Vector::new(1.0f32));
    let total = sum_over_group::<Const<1>>(&mut sums, Vector::new(sum), false);
    if UNIT_POS == 0 {
        squares[CUBE_POS] = total.extract(0usize);
    }
}

/// Both moments of the clipped gradient, and its norm before. Thread t has the vectors t,
/// t + `stride`, ….
#[cube(launch)]
fn moments_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    first: &[Vector<f32, N>],
    second: &[Vector<f32, N>],
    squares: &[f32],
    new_first: &mut [Vector<f32, N>],
    new_second: &mut [Vector<f32, N>],
    norms: &mut [f32],
    stride: usize,
    clip_norm: f32,
) {
    if ABSOLUTE_POS >= stride {
        terminate!();
    }
    let mut sum = 0.0f32;
    for part in range_stepped(0, PARTS, 1) {
        sum += squares[part];
    }
    let norm = sum.sqrt();
    let scale = (clip_norm / (norm + NORM_EPSILON)).min(1.0f32);
    for at in range_stepped(ABSOLUTE_POS, gradient.len(), stride) {
        let g = gradient[at] * Vector::new(scale);
        new_first[at] = first[at] * Vector::new(KEEP_1) + g * Vector::new(TAKE_1);
        new_second[at] = second[at] * Vector::new(KEEP_2) + g * g * Vector::new(TAKE_2);
    }
    if ABSOLUTE_POS == 0 {
        norms[0] = norm;
    }
}

/// Parameters after a step along the moments, and the average of the first of them.
#[cube(launch)]
fn parameters_kernel<N: Size>(
    theta: &[Vector<f32, N>],
    first: &[Vector<f32, N>],
    second: &[Vector<f32, N>],
    decay_mask: &[Vector<f32, N>],
    average: &[Vector<f32, N>],
    new_theta: &mut [Vector<f32, N>],
    new_average: &mut [Vector<f32, N>],
    stride: usize,
    rate: f32,
    root: f32,
    decay: f32,
    tau: f32,
) {
    if ABSOLUTE_POS >= stride {
        terminate!();
    }
    for at in range_stepped(ABSOLUTE_POS, theta.len(), stride) {
        let guard = second[at].sqrt() / Vector::new(root) + Vector::new(EPSILON);
        let decayed = theta[at] - theta[at] * decay_mask[at] * Vector::new(decay);
        let moved = decayed - first[at] * Vector::new(rate) / guard;
        new_theta[at] = moved;
        if at < average.len() {
            let old = average[at] * Vector::new(tau);
            new_average[at] = old + moved * Vector::new(1.0f32 - tau);
        }
    }
}

/// As [`crate::fused::FusedOps::adamw`]. Three launches.
pub(super) fn adamw(
    [theta, gradient, first, second, decay_mask]: [CubeTensor; 5],
    average: CubeTensor,
    settings: StepSettings,
) -> [CubeTensor; 5] {
    let (gradient, average) = (contiguous(gradient), contiguous(average));
    let client = gradient.client.clone();
    let (n, averaged) = (gradient.shape()[0], average.shape()[0]);
    let lanes = width(n).min(width(averaged));
    let stride = (n / lanes).div_ceil(VECTORS);
    let StepSettings { rate, root, decay, clip_norm, tau } = settings;
    let squares = empty(&gradient, [PARTS]);
    squares_kernel::launch(
        &client,
        CubeCount::new_1d(PARTS as u32),
        group(),
        lanes,
        gradient.clone().into_buffer_arg(),
        squares.clone().into_buffer_arg(),
    );
    let (new_first, new_second) = (like(&gradient), like(&gradient));
    let norm = empty(&gradient, [1]);
    moments_kernel::launch(
        &client,
        threads(&client, stride),
        group(),
        lanes,
        gradient.into_buffer_arg(),
        contiguous(first).into_buffer_arg(),
        contiguous(second).into_buffer_arg(),
        squares.into_buffer_arg(),
        new_first.clone().into_buffer_arg(),
        new_second.clone().into_buffer_arg(),
        norm.clone().into_buffer_arg(),
        stride,
        clip_norm,
    );
    let theta = contiguous(theta);
    let (new_theta, new_average) = (like(&theta), like(&average));
    parameters_kernel::launch(
        &client,
        threads(&client, stride),
        group(),
        lanes,
        theta.into_buffer_arg(),
        new_first.clone().into_buffer_arg(),
        new_second.clone().into_buffer_arg(),
        contiguous(decay_mask).into_buffer_arg(),
        average.into_buffer_arg(),
        new_theta.clone().into_buffer_arg(),
        new_average.clone().into_buffer_arg(),
        stride,
        rate,
        root,
        decay,
        tau,
    );
    [new_theta, new_first, new_second, new_average, norm]
}
