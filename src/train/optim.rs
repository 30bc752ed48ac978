//! AdamW over one flat vector, with global-norm clipping.
//!
//! Our own because burn's clips each tensor by itself, hands out its state only by blocking reads,
//! and launches a dozen operations a tensor.

use super::flat::FlatLayout;
use burn::tensor::{Device, Tensor};

/// Decay rates of the two moments and the quotient's guard (PyTorch's defaults).
const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// AdamW's state for N parameters. Cloning it is cheap: tensors are shared.
#[derive(Clone, Debug)]
pub struct AdamW {
    /// First moment `[N]`.
    pub first: Tensor<1>,
    /// Second moment `[N]`.
    pub second: Tensor<1>,
    /// Updates made so far.
    pub updates: u64,
    decay_mask: Tensor<1>,
}

/// One update's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateSettings {
    /// Learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay, on matrices only (paper: 1e-3).
    pub weight_decay: f64,
    /// Largest global L2 norm of the gradients; larger ones are scaled down to it.
    pub clip_norm: f64,
}

impl AdamW {
    /// Zero moments.
    pub fn new(layout: &FlatLayout, device: &Device) -> Self {
        let zeros = || Tensor::zeros([layout.len()], device);
        Self::from_moments(layout, zeros(), zeros(), 0, device)
    }

    /// The moments `[N]` of a run after `updates` updates.
    pub fn from_moments(
        layout: &FlatLayout,
        first: Tensor<1>,
        second: Tensor<1>,
        updates: u64,
        device: &Device,
    ) -> Self {
        Self { first, second, updates, decay_mask: layout.decay_mask(device) }
    }

    /// The parameters after one update, and the global norm `[1]` of the gradients before
    /// clipping. All tensors are flat `[N]` and without autodiff.
    pub fn update(
        &mut self,
        theta: Tensor<1>,
        gradient: Tensor<1>,
        settings: UpdateSettings,
    ) -> (Tensor<1>, Tensor<1>) {
        self.updates += 1;
        let norm = gradient.clone().square().sum().sqrt(); // [1]
        let scale = (norm.clone() + 1e-6).recip().mul_scalar(settings.clip_norm).clamp_max(1.0);
        let gradient = gradient * scale;
        self.first =
            self.first.clone().mul_scalar(BETA_1) + gradient.clone().mul_scalar(1.0 - BETA_1);
        self.second =
            self.second.clone().mul_scalar(BETA_2) + gradient.square().mul_scalar(1.0 - BETA_2);
        let t = self.updates as i32;
        let rate = settings.learning_rate / (1.0 - BETA_1.powi(t));
        let root = (1.0 - BETA_2.powi(t)).sqrt();
        let step = self.first.clone().mul_scalar(rate)
            / (self.second.clone().sqrt().div_scalar(root) + EPSILON);
        let decay =
            self.decay_mask.clone().mul_scalar(settings.learning_rate * settings.weight_decay);
        (theta.clone() - theta * decay - step, norm)
    }
}
