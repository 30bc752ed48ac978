//! The same operations composed of burn's own: the yardstick of the fused ones, and what runs in
//! double precision.

use super::adamw::{BETA_1, BETA_2, EPSILON as ADAM_EPSILON, NORM_EPSILON};
use super::attention::Attended;
use super::batch_norm::Normalized;
use super::finish::finish;
use super::{EPSILON, Geometry, MOMENTUM, StepSettings, Stepped, cosine};
use burn::tensor::activation::softmax;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Tensor};
use std::sync::atomic::{AtomicBool, Ordering};

static PREFERRED: AtomicBool = AtomicBool::new(false);

/// Lets this process compute without the fused operations, or with them again.
pub fn prefer(unfused: bool) {
    PREFERRED.store(unfused, Ordering::Relaxed);
}

/// Whether an operation on `x` is composed here.
pub(super) fn serves<const R: usize>(x: &Tensor<R>) -> bool {
    PREFERRED.load(Ordering::Relaxed) || x.dtype() != DType::F32
}

/// As [`super::conv`].
pub fn conv(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    residual: Option<Tensor<4>>,
    geometry: Geometry,
    relu_after: bool,
) -> Tensor<4> {
    let Geometry { stride, pad } = geometry;
    let options = ConvOptions::new([stride, stride], [pad, pad], [1, 1], 1);
    let x = x.permute([0, 3, 1, 2]);
    let y = conv2d(x, weight.permute([3, 2, 0, 1]), bias, options).permute([0, 2, 3, 1]);
    finish(y, residual, relu_after)
}

/// As [`super::batch_norm()`].
pub fn batch_norm<const R: usize>(
    x: Tensor<R>,
    affine: Option<(Tensor<1>, Tensor<1>)>,
    residual: Option<Tensor<R>>,
    running: (Tensor<1>, Tensor<1>),
    relu_after: bool,
) -> Normalized<R> {
    let dims = x.dims();
    let c = dims[R - 1];
    let n = x.shape().num_elements() / c;
    let rows = x.reshape([n, c]);
    let mean = rows.clone().mean_dim(0); // [1, C]
    let centered = rows - mean.clone();
    let variance = centered.clone().square().mean_dim(0);
    let mut y = centered / (variance.clone() + f64::from(EPSILON)).sqrt();
    if let Some((gamma, beta)) = affine {
        y = y * gamma.unsqueeze() + beta.unsqueeze();
    }
    let moved = |old: Tensor<1>, new: Tensor<2>, factor: f64| {
        let weight = f64::from(MOMENTUM);
        (old.mul_scalar(1.0 - weight) + new.reshape([c]).mul_scalar(weight * factor)).detach()
    };
    let unbiased = n as f64 / (n as f64 - 1.0).max(1.0);
    Normalized {
        output: finish(y.reshape(dims), residual, relu_after),
        running_mean: moved(running.0, mean, 1.0),
        running_variance: moved(running.1, variance, unbiased),
    }
}

/// As [`super::layer_norm()`].
pub fn layer_norm(
    x: Tensor<2>,
    residual: Option<Tensor<2>>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
) -> Tensor<2> {
    let sum = finish(x, residual, false);
    let centered = sum.clone() - sum.mean_dim(1);
    let variance = centered.clone().square().mean_dim(1);
    let normalized = centered / (variance + f64::from(EPSILON)).sqrt();
    normalized * gamma.unsqueeze() + beta.unsqueeze()
}

/// As [`super::attention()`].
pub fn attention(qkv: Tensor<3>, drop: Option<Tensor<4>>, n_heads: usize) -> Attended {
    let [b, t, width] = qkv.dims();
    let e = width / 3;
    let head_dim = e / n_heads;
    let part = |index: usize| {
        let part = qkv.clone().slice([0..b, 0..t, index * e..(index + 1) * e]);
        part.reshape([b, t, n_heads, head_dim]).swap_dims(1, 2) // [B, heads, T, head_dim]
    };
    let scale = 1.0 / (head_dim as f64).sqrt();
    let scores = part(0).mul_scalar(scale).matmul(part(1).swap_dims(2, 3)); // [B, heads, T, T]
    let weights = softmax(scores, 3);
    let dropped = match drop {
        Some(drop) => weights.clone() * drop,
        None => weights.clone(),
    };
    let output = dropped.matmul(part(2)).swap_dims(1, 2).reshape([b, t, e]);
    Attended { output, weights }
}

/// As [`super::mean_pool`].
pub fn mean_pool(x: Tensor<4>) -> Tensor<2> {
    let [n, h, w, c] = x.dims();
    x.reshape([n, h * w, c]).mean_dim(1).reshape([n, c])
}

/// As [`super::one_minus_cosine`].
pub fn one_minus_cosine(x: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
    let dot = (x.clone() * y.clone()).sum_dim(1); // [R, 1]
    let squares = x.square().sum_dim(1) * y.square().sum_dim(1);
    let norms = squares.sqrt().clamp_min(f64::from(cosine::EPSILON));
    (dot / norms).mean().neg().add_scalar(1.0)
}

/// As [`super::gather()`].
pub fn gather(tensors: Vec<Tensor<1>>, align: usize) -> Tensor<1> {
    let (device, dtype) = (tensors[0].device(), tensors[0].dtype());
    let mut parts = Vec::new();
    for tensor in tensors {
        let n = tensor.dims()[0];
        parts.push(tensor);
        let rest = n.next_multiple_of(align) - n;
        if rest > 0 {
            parts.push(Tensor::zeros([rest], (&device, dtype)));
        }
    }
    Tensor::cat(parts, 0)
}

/// As [`super::adamw()`].
pub fn adamw(
    theta: Tensor<1>,
    gradient: Tensor<1>,
    (first, second): (Tensor<1>, Tensor<1>),
    decay_mask: Tensor<1>,
    average: Tensor<1>,
    settings: StepSettings,
) -> Stepped {
    let norm = gradient.clone().square().sum().sqrt(); // [1]
    let scale = (norm.clone() + NORM_EPSILON).recip().mul_scalar(settings.clip_norm);
    let gradient = gradient * scale.clamp_max(1.0);
    let first = first.mul_scalar(BETA_1) + gradient.clone().mul_scalar(1.0 - BETA_1);
    let second = second.mul_scalar(BETA_2) + gradient.square().mul_scalar(1.0 - BETA_2);
    let step = first.clone().mul_scalar(settings.rate)
        / (second.clone().sqrt().div_scalar(settings.root) + ADAM_EPSILON);
    let decayed = theta.clone() - theta * decay_mask.mul_scalar(settings.decay);
    let theta = decayed - step;
    let n = average.dims()[0];
    let average =
        average.mul_scalar(settings.tau) + theta.clone().slice(0..n).mul_scalar(1.0 - settings.tau);
    Stepped { theta, first, second, average, norm }
}
