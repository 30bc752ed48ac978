//! BYOL (Grill et al. 2020): each view predicts the other's projection by the averaged network.
//!
//! L = (2 − 2 cos(q(g(f(x))), ḡ(f̄(y)))) + the same with x and y exchanged; projector g: D–4D–4D–4D,
//! predictor q with D hidden units (paper: 2048–2048–2048, 512).
//!
//! The official code cannot run this method (it builds its network with one argument given twice), and
//! its widths are others, 512–2048–128 and 128–2048–128; the paper's are followed.

use super::follower::Averaged;
use super::head::{Ending, Projector};
use super::pair::{Pair, by_thing, halves};
use super::{Baseline, scaled};
use crate::fused::one_minus_cosine;
use crate::model::Mode;
use crate::model::encoder::Encoder;
use crate::model::predictor::Predictor;
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::learner::{Learned, Learner};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// The method's network.
#[derive(Module, Debug)]
pub struct Byol {
    encoder: Encoder,
    projector: Projector,
    predictor: Predictor,
}

/// 2 − 2 cosine, mean over rows `[1]`; no gradient passes to `target`.
///
/// # Shapes
/// - both: `[N, E]`
pub fn regression(predicted: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    one_minus_cosine(predicted, target).mul_scalar(2.0)
}

impl Learner for Byol {
    type Follower = Averaged;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let (d, wide) = (config.model.encoder.z_dim(), scaled(2048, config));
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            projector: Projector::new(&[d, wide, wide, wide], Ending::Normalized, device),
            predictor: Predictor::new(wide, scaled(512, config), wide, device),
        }
    }

    fn follower(&self) -> Averaged {
        Averaged::copy_of(&self.encoder, &self.projector)
    }

    fn learn(&self, follower: &Averaged, batch: Batch) -> Learned {
        let views = Pair::of(batch).views;
        let (first, second) = halves(follower.forward(views.clone(), Mode::Train));
        let z = self.encoder.forward(views, Mode::Train);
        let projected = self.projector.forward(z.clone(), Mode::Train);
        let predicted = self.predictor.forward(projected, Mode::Train);
        // The mean over all 2 B rows, twice: once for each direction.
        let swapped = Tensor::cat(vec![second, first], 0);
        let loss = regression(predicted, swapped).mul_scalar(2.0);
        Learned { z: by_thing(z), loss }
    }
}

impl Baseline for Byol {
    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{self, B, rows, value};

    /// Cosines 1, 0 and −0.6.
    #[test]
    fn three_rows_by_hand() {
        let predicted = rows([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]]);
        let target = rows([[5.0, 0.0], [1.0, 0.0], [-0.6, 0.8]]);
        let expected = 2.0 - 2.0 * (1.0 + 0.0 - 0.6) / 3.0;
        assert!((value(regression(predicted, target)) - expected).abs() < 1e-5);
    }

    /// Each view's prediction meets the other view of its thing.
    #[test]
    fn both_directions_count() {
        let (model, follower, batch) = toy::fresh::<Byol>(1);
        let views = Pair::of(batch.clone()).views;
        let z = model.encode(views.clone(), Mode::Train);
        let projected = model.projector.forward(z, Mode::Train);
        let predicted = model.predictor.forward(projected, Mode::Train);
        let target = follower.forward(views, Mode::Train);
        let forth = toy::mean_cosine(B, (&predicted, |i| i), (&target, |i| B + i));
        let back = toy::mean_cosine(B, (&predicted, |i| B + i), (&target, |i| i));
        let expected = 2.0 - 2.0 * forth + 2.0 - 2.0 * back;
        let found = value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<Byol>(1);
    }
}
