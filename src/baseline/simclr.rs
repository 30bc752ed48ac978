//! SimCLR (Chen et al. 2020): two views of one thing are alike, those of others are not.
//!
//! L = NT-Xent(g(f(x)), g(f(y)), 0.5); projector g: D–4D–4D–4D, ending in a batch normalization (paper:
//! 2048–2048–2048).

use super::contrast::nt_xent;
use super::head::{Ending, Projector};
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
pub struct Simclr {
    encoder: Encoder,
    projector: Projector,
}

impl Learner for Simclr {
    type Follower = TargetEncoder;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let (d, wide) = (config.model.encoder.z_dim(), scaled(2048, config));
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            projector: Projector::new(&[d, wide, wide, wide], Ending::Normalized, device),
        }
    }

    fn follower(&self) -> TargetEncoder {
        TargetEncoder::copy_of(&self.encoder)
    }

    fn learn(&self, _: &TargetEncoder, batch: Batch) -> Learned {
        let z = self.encoder.forward(Pair::of(batch).views, Mode::Train);
        let (a, b) = halves(self.projector.forward(z.clone(), Mode::Train));
        Learned { z: by_thing(z), loss: nt_xent(a, b, TEMPERATURE) }
    }
}

impl Baseline for Simclr {
    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy;

    /// Each thing's two views against all other views of the batch.
    #[test]
    fn its_loss_by_hand() {
        let (model, follower, batch) = toy::fresh::<Simclr>(1);
        let views = Pair::of(batch.clone()).views;
        let projected = model.projector.forward(model.encode(views, Mode::Train), Mode::Train);
        let expected =
            toy::contrast_by_hand(&toy::view(&projected, 0), &toy::view(&projected, 1), 0.5);
        let found = toy::value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<Simclr>(1);
    }
}
