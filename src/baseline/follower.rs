//! An averaged encoder with its projector: what BYOL, its conditional form and Conv-JEPA compare with.

use super::head::Projector;
use crate::model::Mode;
use crate::model::encoder::Encoder;
use burn::module::Module;
use burn::tensor::Tensor;

/// f_EMA and its projector. They never receive a gradient.
#[derive(Module, Debug)]
pub struct Averaged {
    // The order is that of the learners' own fields: parameters follow by place.
    target_encoder: Encoder,
    target_projector: Projector,
}

impl Averaged {
    /// A copy with normalization state of its own.
    pub fn copy_of(encoder: &Encoder, projector: &Projector) -> Self {
        Self {
            target_encoder: encoder.clone().valid().train().no_grad(),
            target_projector: projector.clone().valid().train().no_grad(),
        }
    }

    /// # Shapes
    /// - `views`: `[N, P, P, 3]`
    /// - output: `[N, projection]`, detached
    pub fn forward(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        let z = self.target_encoder.forward(views, mode);
        self.target_projector.forward(z, mode).detach()
    }
}
