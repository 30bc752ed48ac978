//! VICRegTraj (Wang et al. 2024): VICReg, and neighbors along a sequence lie on a straight path.
//!
//! L = VICReg(first, second) + 0.01 · trajectory, with three views of a thing.
//!
//! DIFFERS: the official code takes the trajectory of projections as they are, where the tangent at the
//! middle view is none; here, as in the original paper, it is of encodings of length 1.
//! Its training takes this method's four outputs for others, so that its probe reads the second and
//! third views against the action from the first to the second: spec section 7.2.

use super::Baseline;
use super::head::Projector;
use super::pair::{halves, unit_rows};
use super::vicreg::{projector, vicreg};
use crate::model::encoder::Encoder;
use crate::model::{Mode, TargetEncoder};
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::learner::{Learned, Learner};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Weight of the trajectory (paper; the official code has 1).
const WEIGHT: f64 = 0.01;

/// The method's network.
#[derive(Module, Debug)]
pub struct VicregTraj {
    encoder: Encoder,
    projector: Projector,
}

/// −cosine of the ways to and from the middle view, within its tangent, mean over things `[1]`.
///
/// # Shapes
/// - all: `[B, D]`, rows of length 1
pub fn trajectory(first: Tensor<2>, middle: Tensor<2>, last: Tensor<2>) -> Tensor<1> {
    let tangent = |way: Tensor<2>| {
        let along = (way.clone() * middle.clone()).sum_dim(1); // [B, 1]
        way - along * middle.clone()
    };
    let to = unit_rows(tangent(middle.clone() - first));
    let from = unit_rows(tangent(last - middle.clone()));
    (to * from).sum_dim(1).mean().neg()
}

impl Learner for VicregTraj {
    type Follower = TargetEncoder;

    fn new(config: &RunConfig, device: &Device) -> Self {
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            projector: projector(config, device),
        }
    }

    fn follower(&self) -> TargetEncoder {
        TargetEncoder::copy_of(&self.encoder)
    }

    /// # Panics
    /// With fewer than two observed views.
    fn learn(&self, _: &TargetEncoder, batch: Batch) -> Learned {
        let Batch { observed, next, .. } = batch;
        let [b, m, h, w, c] = observed.dims();
        assert!(m >= 2, "a trajectory has three views");
        let view = |index: usize| observed.clone().narrow(1, index, 1).reshape([b, h, w, c]);
        let z = self.encoder.forward(Tensor::cat(vec![view(0), view(1), next], 0), Mode::Train);
        let part = |index: usize| z.clone().narrow(0, index * b, b); // [B, D]
        let pair = Tensor::cat(vec![part(0), part(1)], 0);
        let (first, second) = halves(self.projector.forward(pair, Mode::Train));
        let [x, y, last] = [0, 1, 2].map(|index| unit_rows(part(index)));
        let loss = vicreg(first, second) + trajectory(x, y, last).mul_scalar(WEIGHT);
        let d = z.dims()[1];
        Learned { z: z.reshape([3, b, d]).swap_dims(0, 1), loss }
    }
}

impl Baseline for VicregTraj {
    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{self, rows, value};

    #[test]
    fn straight_on_back_and_a_right_angle() {
        let middle = || rows([[0.0, 0.0, 1.0]]);
        let first = || rows([[0.6, 0.0, 0.8]]);
        let bend = |last: [f32; 3]| value(trajectory(first(), middle(), rows([last])));
        assert!((bend([-0.6, 0.0, 0.8]) + 1.0).abs() < 1e-5, "straight on");
        assert!((bend([0.6, 0.0, 0.8]) - 1.0).abs() < 1e-5, "back");
        assert!(bend([0.0, 0.6, 0.8]).abs() < 1e-5, "a right angle");
    }

    /// The first two views are the pair, all three the trajectory, which weighs a hundredth.
    #[test]
    fn its_loss_by_hand() {
        let (model, follower, batch) = toy::fresh::<VicregTraj>(2);
        let [b, _, h, w, c] = batch.observed.dims();
        let seen = batch.observed.clone().swap_dims(0, 1).reshape([2 * b, h, w, c]);
        let z = model.encode(Tensor::cat(vec![seen, batch.next.clone()], 0), Mode::Train);
        let first_two = z.clone().narrow(0, 0, 2 * b);
        let projected = model.projector.forward(first_two, Mode::Train);
        let pair = vicreg(projected.clone().narrow(0, 0, b), projected.narrow(0, b, b));
        let norm = z.clone().square().sum_dim(1).sqrt();
        let unit = z / norm;
        let at = |i: usize| unit.clone().narrow(0, i * b, b);
        let expected = value(pair) + 0.01 * value(trajectory(at(0), at(1), at(2)));
        let found = value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<VicregTraj>(2);
    }
}
