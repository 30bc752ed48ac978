//! The target encoder: a copy of f that follows it by an exponential moving average.
//!
//! As in the official code it normalizes by the statistics of its own batch while training, keeps
//! running statistics of its own, and only its parameters follow.

use super::encoder::Encoder;
use super::norm::Mode;
use burn::module::Module;
use burn::tensor::Tensor;

/// f_EMA. It never receives a gradient.
#[derive(Module, Debug)]
pub struct TargetEncoder {
    // Named as in the official files, so that its tensors are `target_encoder.…`.
    target_encoder: Encoder,
}

impl TargetEncoder {
    /// A target that starts as a copy of `encoder`, with normalization state of its own: a plain
    /// clone would share it.
    pub fn copy_of(encoder: &Encoder) -> Self {
        Self { target_encoder: encoder.clone().valid().train().no_grad() }
    }

    /// # Shapes
    /// - `views`: `[N, P, P, 3]`
    /// - output: `[N, D]`, detached
    pub fn forward(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.target_encoder.forward(views, mode).detach()
    }
}
