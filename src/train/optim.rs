//! AdamW over one flat vector, with global-norm clipping, and the target encoder's moving average.
//!
//! Our own because burn's clips each tensor by itself, hands out its state only by blocking reads,
//! and launches a dozen operations a tensor.

use super::flat::FlatLayout;
use crate::fused::{self, BETA_1, BETA_2, StepSettings};
use burn::tensor::{Device, Tensor};

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
    /// Weight τ of the old target encoder.
    pub tau: f64,
}

/// What one update makes, all without autodiff.
#[derive(Clone, Debug)]
pub struct Updated {
    /// Parameters of the online model `[N]`.
    pub theta: Tensor<1>,
    /// Parameters of the target encoder `[n]`.
    pub target: Tensor<1>,
    /// Global norm `[1]` of the gradients before clipping.
    pub norm: Tensor<1>,
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

    /// One update. `theta` and `gradient` are `[N]`, `target` is `[n]` and follows the first n of
    /// theta; all are without autodiff.
    pub fn update(
        &mut self,
        theta: Tensor<1>,
        target: Tensor<1>,
        gradient: Tensor<1>,
        settings: UpdateSettings,
    ) -> Updated {
        self.updates += 1;
        let t = self.updates as i32;
        let UpdateSettings { learning_rate, weight_decay, clip_norm, tau } = settings;
        let settings = StepSettings {
            rate: (learning_rate / (1.0 - BETA_1.powi(t))) as f32,
            root: (1.0 - BETA_2.powi(t)).sqrt() as f32,
            decay: (learning_rate * weight_decay) as f32,
            clip_norm: clip_norm as f32,
            tau: tau as f32,
        };
        let moments = (self.first.clone(), self.second.clone());
        let stepped =
            fused::adamw(theta, gradient, moments, self.decay_mask.clone(), target, settings);
        self.first = stepped.first;
        self.second = stepped.second;
        Updated { theta: stepped.theta, target: stepped.average, norm: stepped.norm }
    }
}
