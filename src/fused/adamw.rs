//! AdamW with global-norm clipping, and the target encoder's moving average, over flat vectors.
//!
//! For a gradient g scaled to at most `clip_norm`: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
//! θ ← θ − decay · mask · θ − rate · m / (√v / root + ε), average ← τ average + (1 − τ) θ, with
//! `rate` = learning rate / (1 − β₁ᵗ) and `root` = √(1 − β₂ᵗ).

use super::FusedOps;
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// Decay rate of the first moment (this and the next two are PyTorch's defaults).
pub const BETA_1: f64 = 0.9;
/// As [`BETA_1`], of the second moment.
pub const BETA_2: f64 = 0.999;
/// The quotient's guard.
pub(super) const EPSILON: f32 = 1e-8;
/// Added to the norm that gradients are divided by (PyTorch's `clip_grad_norm_`).
pub(super) const NORM_EPSILON: f32 = 1e-6;

/// The numbers of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSettings {
    /// Learning rate over the first moment's bias correction.
    pub rate: f32,
    /// Root of the second moment's bias correction.
    pub root: f32,
    /// Learning rate times weight decay.
    pub decay: f32,
    /// Largest global L2 norm of the gradients.
    pub clip_norm: f32,
    /// Weight of the old moving average.
    pub tau: f32,
}

/// What one step leaves.
#[derive(Debug)]
pub struct Stepped {
    /// Parameters `[N]`.
    pub theta: Tensor<1>,
    /// First moment `[N]`.
    pub first: Tensor<1>,
    /// Second moment `[N]`.
    pub second: Tensor<1>,
    /// Moving average `[n]` of the first n parameters.
    pub average: Tensor<1>,
    /// Global L2 norm `[1]` of the gradients before clipping.
    pub norm: Tensor<1>,
}

/// One step. `average` is `[n]` with n ≤ N, all others `[N]`; none is tracked.
pub fn adamw(
    theta: Tensor<1>,
    gradient: Tensor<1>,
    moments: (Tensor<1>, Tensor<1>),
    decay_mask: Tensor<1>,
    average: Tensor<1>,
    settings: StepSettings,
) -> Stepped {
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&theta) {
        return super::unfused::adamw(theta, gradient, moments, decay_mask, average, settings);
    }
    let (theta, first, second, average, norm) = Dispatch::adamw(
        theta.into_dispatch(),
        gradient.into_dispatch(),
        moments.0.into_dispatch(),
        moments.1.into_dispatch(),
        decay_mask.into_dispatch(),
        average.into_dispatch(),
        settings,
    );
    Stepped {
        theta: Tensor::from_dispatch(theta),
        first: Tensor::from_dispatch(first),
        second: Tensor::from_dispatch(second),
        average: Tensor::from_dispatch(average),
        norm: Tensor::from_dispatch(norm),
    }
}
