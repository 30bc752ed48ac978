//! Sequences → tensors: the only meeting place of world and model in training.

use super::config::RunConfig;
use crate::model::input;
use crate::world::{Split, View, World, rng};
use burn::tensor::{Device, Tensor, TensorData};

/// One step's data on the host, made ahead of the step and on any thread.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBatch {
    n_sequences: usize,
    n_observed: usize,
    side_px: usize,
    action_dim: usize,
    /// `[B, M, P, P, 3]` normalized.
    observed: Vec<f32>,
    /// `[B, P, P, 3]` normalized.
    next: Vec<f32>,
    /// `[B, M, A]`.
    actions: Vec<f32>,
}

/// One step's data on a device.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Observed views `[B, M, P, P, 3]`.
    pub observed: Tensor<5>,
    /// Target views `[B, P, P, 3]`.
    pub next: Tensor<4>,
    /// Actions `[B, M, A]`, the last of which leads to the target view.
    pub actions: Tensor<3>,
}

impl HostBatch {
    /// The batch of step `step` (from 0): a function of the configuration alone.
    pub fn make(world: &dyn World, config: &RunConfig, step: u64) -> Self {
        let mut batch = Self {
            n_sequences: config.batch,
            n_observed: config.n_observed,
            side_px: world.view_side_px(),
            action_dim: world.action_spec().dim(),
            observed: Vec::new(),
            next: Vec::new(),
            actions: Vec::new(),
        };
        for place in 0..config.batch as u64 {
            let index = step * config.batch as u64 + place;
            let mut chance = rng::stream(config.seed, "training sequence", index);
            let sequence = world.sequence(Split::Train, config.n_observed + 1, &mut chance);
            batch.push(&sequence.views, &sequence.actions);
        }
        batch
    }

    fn push(&mut self, views: &[View], actions: &[Vec<f32>]) {
        let bytes = |views: &[View]| {
            input::normalized(views.iter().map(|view| view.rgb.as_slice()), self.side_px)
        };
        let (observed, next) = views.split_at(self.n_observed);
        let (observed, next) = (bytes(observed), bytes(next));
        self.observed.extend(observed);
        self.next.extend(next);
        self.actions.extend(actions.iter().flatten());
    }

    /// The batch on a device.
    pub fn upload(self, device: &Device) -> Batch {
        let (b, m, p) = (self.n_sequences, self.n_observed, self.side_px);
        Batch {
            observed: Tensor::from_data(TensorData::new(self.observed, [b, m, p, p, 3]), device),
            next: Tensor::from_data(TensorData::new(self.next, [b, p, p, 3]), device),
            actions: Tensor::from_data(
                TensorData::new(self.actions, [b, m, self.action_dim]),
                device,
            ),
        }
    }
}
