//! SEN, contrastive (after Park et al. 2022, as the paper adapts it): the action takes the first view's
//! projection to the second's; there is no invariant term.
//!
//! L = NT-Xent(BN(linear(\[A(a), g(f(x))\])), g(f(y)), 0.5); projector as SimCLR's.

use super::contrast::nt_xent;
use super::head::{Ending, Projector, Transition};
use super::pair::{Pair, by_thing, halves};
use super::{Baseline, scaled};
use crate::model::encoder::Encoder;
use crate::model::{Mode, TargetEncoder};
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::learner::{Learned, Learner};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Temperature (paper and code).
const TEMPERATURE: f64 = 0.5;

/// The method's network.
#[derive(Module, Debug)]
pub struct Sen {
    encoder: Encoder,
    projector: Projector,
    transition: Transition,
}

impl Learner for Sen {
    type Follower = TargetEncoder;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let (d, wide) = (config.model.encoder.z_dim(), scaled(2048, config));
        let (a, k) = (config.model.action_dim, config.model.action_embed_dim);
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            projector: Projector::new(&[d, wide, wide, wide], Ending::Normalized, device),
            transition: Transition::new(a, k, wide, device),
        }
    }

    fn follower(&self) -> TargetEncoder {
        TargetEncoder::copy_of(&self.encoder)
    }

    fn learn(&self, _: &TargetEncoder, batch: Batch) -> Learned {
        let Pair { views, action } = Pair::of(batch);
        let z = self.encoder.forward(views, Mode::Train);
        let (x, y) = halves(self.projector.forward(z.clone(), Mode::Train));
        let loss = nt_xent(self.transition.forward(x, action, Mode::Train), y, TEMPERATURE);
        Learned { z: by_thing(z), loss }
    }
}

impl Baseline for Sen {
    const FORESEES: bool = true;

    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }

    fn foresee(&self, z: Tensor<2>, actions: Tensor<2>) -> Tensor<2> {
        self.transition.forward(self.projector.forward(z, Mode::Eval), actions, Mode::Eval)
    }

    fn embed(&self, _: &TargetEncoder, views: Tensor<4>) -> Tensor<2> {
        self.projector.forward(self.encoder.forward(views, Mode::Eval), Mode::Eval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy;

    /// The first view's projection, moved by the action, against the second's.
    #[test]
    fn its_loss_by_hand() {
        let (model, follower, batch) = toy::fresh::<Sen>(1);
        let Pair { views, action } = Pair::of(batch.clone());
        let projected = model.projector.forward(model.encode(views, Mode::Train), Mode::Train);
        let moved = model.transition.forward(toy::view(&projected, 0), action, Mode::Train);
        let expected = toy::contrast_by_hand(&moved, &toy::view(&projected, 1), 0.5);
        let found = toy::value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<Sen>(1);
    }
}
