//! What a trainer drives: a network that learns from sequences of views and actions, and what follows
//! it by a moving average. seq-JEPA is one such; the baselines are others.

use super::batch::Batch;
use super::config::RunConfig;
use crate::model::{Mode, SeqJepa, TargetEncoder};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// A network with a loss of its own.
pub trait Learner: Module {
    /// The parts that follow. Their parameters are the first ones of the learner's, in the same order.
    /// A method without a moving average in its loss follows with its encoder all the same: one pass
    /// over its parameters, and checkpoints have one form.
    type Follower: Module;

    /// A network with weights to be filled by [`crate::model::weights`]; `config` must be valid.
    fn new(config: &RunConfig, device: &Device) -> Self;

    /// What follows, as it starts: a copy.
    fn follower(&self) -> Self::Follower;

    /// The forward pass of one training step.
    fn learn(&self, follower: &Self::Follower, batch: Batch) -> Learned;
}

/// What one forward pass says.
#[derive(Debug)]
pub struct Learned {
    /// Encodings of the views `[B, M, D]`.
    pub z: Tensor<3>,
    /// Mean loss of the batch `[1]`.
    pub loss: Tensor<1>,
}

impl Learner for SeqJepa {
    type Follower = TargetEncoder;

    fn new(config: &RunConfig, device: &Device) -> Self {
        Self::new(&config.model, device)
    }

    fn follower(&self) -> TargetEncoder {
        self.target()
    }

    fn learn(&self, follower: &TargetEncoder, batch: Batch) -> Learned {
        let Batch { observed, next, actions } = batch;
        let forward = self.forward(follower, observed, next, actions, Mode::Train);
        Learned { z: forward.z, loss: forward.loss }
    }
}
