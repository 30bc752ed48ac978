//! One step of AdamW with global-norm clipping and of the moving average, over flat vectors.
//!
//! 1. [`PARTS`] workgroups sum squares of the gradient, and hand the old average on: WebGPU grants
//!    a kernel eight buffers, and the second would need one more for it.
//! 2. Each thread adds those sums up, in the same order, and updates [`VECTORS`] vectors. All
//!    results are places in one buffer, for the same reason.

use super::column_sums::sum_over_group;
use super::launch::{CubeTensor, GROUP, Pack, contiguous, empty, group, threads, width};
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

/// Squares `[PARTS]`, each in a vector of its own, then the average as it is.
#[cube(launch)]
fn squares_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    average: &[Vector<f32, N>],
    handed: &mut [Vector<f32, N>],
) {
    let stride = comptime![PARTS * GROUP];
    let mut sum = Vector::new(0.0f32);
    for at in range_stepped(ABSOLUTE_POS, gradient.len(), stride) {
        sum += gradient[at] * gradient[at];
    }
    for at in range_stepped(ABSOLUTE_POS, average.len(), stride) {
        handed[PARTS + at] = average[at];
    }
    let mut sums = Shared::<[Vector<f32, Const<1>>]>::new_slice(GROUP);
    let sum = sum.dot(Vector::new(1.0f32));
    let total = sum_over_group::<Const<1>>(&mut sums, Vector::new(sum), false);
    if UNIT_POS == 0 {
        let mut vector = Vector::new(0.0f32);
        vector.insert(0usize, total.extract(0usize));
        handed[CUBE_POS] = vector;
    }
}

/// `output` holds theta, the first and the second moment, the average and the norm, each but theta
/// where `places` say. Thread t updates the vectors t, t + `stride`, ….
#[cube(launch)]
fn update_kernel<N: Size>(
    theta: &[Vector<f32, N>],
    gradient: &[Vector<f32, N>],
    first: &[Vector<f32, N>],
    second: &[Vector<f32, N>],
    decay_mask: &[Vector<f32, N>],
    handed: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    places: Sequence<usize>,
    stride: usize,
    averaged: usize,
    rate: f32,
    root: f32,
    decay: f32,
    clip_norm: f32,
    tau: f32,
) {
    if ABSOLUTE_POS >= stride {
        terminate!();
    }
    let mut squares = Vector::new(0.0f32);
    for part in range_stepped(0, PARTS, 1) {
        squares += handed[part];
    }
    let norm = squares.dot(Vector::new(1.0f32)).sqrt();
    let scale = (clip_norm / (norm + NORM_EPSILON)).min(1.0f32);
    for at in range_stepped(ABSOLUTE_POS, theta.len(), stride) {
        let g = gradient[at] * Vector::new(scale);
        let m = first[at] * Vector::new(KEEP_1) + g * Vector::new(TAKE_1);
        let v = second[at] * Vector::new(KEEP_2) + g * g * Vector::new(TAKE_2);
        let guard = v.sqrt() / Vector::new(root) + Vector::new(EPSILON);
        let decayed = theta[at] - theta[at] * decay_mask[at] * Vector::new(decay);
        let moved = decayed - m * Vector::new(rate) / guard;
        output[at] = moved;
        output[places[0] + at] = m;
        output[places[1] + at] = v;
        if at < averaged {
            let old = handed[PARTS + at] * Vector::new(tau);
            output[places[2] + at] = old + moved * Vector::new(1.0f32 - tau);
        }
    }
    if ABSOLUTE_POS == 0 {
        output[places[3]] = Vector::new(norm);
    }
}

/// As [`crate::fused::FusedOps::adamw`]. Two launches.
pub(super) fn adamw(
    [theta, gradient, first, second, decay_mask]: [CubeTensor; 5],
    average: CubeTensor,
    settings: StepSettings,
) -> [CubeTensor; 5] {
    let (gradient, average) = (contiguous(gradient), contiguous(average));
    let client = gradient.client.clone();
    let (n, averaged) = (gradient.shape()[0], average.shape()[0]);
    let lanes = width(n).min(width(averaged));
    let handed = empty(&gradient, [PARTS * lanes + averaged]);
    squares_kernel::launch(
        &client,
        CubeCount::new_1d(PARTS as u32),
        group(),
        lanes,
        gradient.clone().into_buffer_arg(),
        average.into_buffer_arg(),
        handed.clone().into_buffer_arg(),
    );
    let pack = Pack::new(&gradient, &[n, n, n, averaged, 1]);
    let mut places = SequenceArg::new();
    for start in &pack.starts[1..] {
        places.push(start / lanes);
    }
    let stride = (n / lanes).div_ceil(VECTORS);
    let StepSettings { rate, root, decay, clip_norm, tau } = settings;
    update_kernel::launch(
        &client,
        threads(&client, stride),
        group(),
        lanes,
        contiguous(theta).into_buffer_arg(),
        gradient.into_buffer_arg(),
        contiguous(first).into_buffer_arg(),
        contiguous(second).into_buffer_arg(),
        contiguous(decay_mask).into_buffer_arg(),
        handed.into_buffer_arg(),
        pack.whole.clone().into_buffer_arg(),
        places,
        stride,
        averaged / lanes,
        rate,
        root,
        decay,
        clip_norm,
        tau,
    );
    [0, 1, 2, 3, 4].map(|index| pack.part(index))
}
