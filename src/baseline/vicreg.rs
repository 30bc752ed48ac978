//! VICReg (Bardes et al. 2022): projections of two views are equal, vary in every dimension, and their
//! dimensions are not correlated.
//!
//! L = 10 · invariance + 10 · variance + 1 · covariance (the paper's weights; the official code has
//! 25, 25, 1); projector D–4D–4D–4D, ending in a linear map.

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

/// Weights of invariance and of variance; covariance has 1.
const WEIGHT: f64 = 10.0;

/// Added to variances.
const EPSILON: f64 = 1e-4;

/// The method's network.
#[derive(Module, Debug)]
pub struct Vicreg {
    encoder: Encoder,
    projector: Projector,
}

/// Mean squared difference `[1]` of `[B, E]` and `[B, E]`.
pub fn invariance(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    (a - b).square().mean()
}

/// Mean over dimensions of max(0, 1 − deviation) `[1]`, with the unbiased variance over rows `[B, E]`.
pub fn variance(rows: Tensor<2>) -> Tensor<1> {
    let n = rows.dims()[0] as f64;
    let centered = rows.clone() - rows.mean_dim(0);
    let variance = centered.square().sum_dim(0).div_scalar(n - 1.0);
    (variance + EPSILON).sqrt().neg().add_scalar(1.0).clamp_min(0.0).mean()
}

/// Sum over pairs of different dimensions of their squared covariance, over E `[1]`.
pub fn covariance(rows: Tensor<2>) -> Tensor<1> {
    let [n, dim] = rows.dims();
    let centered = rows.clone() - rows.mean_dim(0);
    let covariance = centered.clone().transpose().matmul(centered.clone());
    let covariance = covariance.div_scalar(n as f64 - 1.0); // [E, E]
    let own = centered.square().sum_dim(0).div_scalar(n as f64 - 1.0); // [1, E]
    (covariance.square().sum() - own.square().sum()).div_scalar(dim as f64)
}

/// The whole loss `[1]` of two projections `[B, E]`.
///
/// The variance of both views is averaged, as in the official code (`/ 2`), their covariance summed.
pub fn vicreg(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let spread = (variance(a.clone()) + variance(b.clone())).div_scalar(2.0);
    let correlation = covariance(a.clone()) + covariance(b.clone());
    (invariance(a, b) + spread).mul_scalar(WEIGHT) + correlation
}

/// The projector that VICRegTraj shares.
pub(super) fn projector(config: &RunConfig, device: &Device) -> Projector {
    let (d, wide) = (config.model.encoder.z_dim(), scaled(2048, config));
    Projector::new(&[d, wide, wide, wide], Ending::Plain, device)
}

impl Learner for Vicreg {
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

    fn learn(&self, _: &TargetEncoder, batch: Batch) -> Learned {
        let z = self.encoder.forward(Pair::of(batch).views, Mode::Train);
        let (a, b) = halves(self.projector.forward(z.clone(), Mode::Train));
        Learned { z: by_thing(z), loss: vicreg(a, b) }
    }
}

impl Baseline for Vicreg {
    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{self, rows, value};

    /// Columns (1, −1), (0.5, −0.5), of variances 2 and 0.5 and covariance 1.
    #[test]
    fn two_rows_by_hand() {
        let a = || rows([[1.0, 0.5], [-1.0, -0.5]]);
        // Only the second deviates by less than 1: √0.5001.
        let spread = (1.0 - 0.5001_f32.sqrt()) / 2.0;
        assert!((value(variance(a())) - spread).abs() < 1e-5);
        // Twice 1², over two dimensions.
        assert!((value(covariance(a())) - 1.0).abs() < 1e-5);
        let b = || rows([[1.0, 1.5], [-1.0, -0.5]]);
        assert!((value(invariance(a(), b())) - 0.25).abs() < 1e-6);
        // b's columns: variances 2 and 2, covariance 2.
        let expected = 10.0 * (0.25 + spread / 2.0) + 1.0 + 4.0;
        assert!((value(vicreg(a(), b())) - expected).abs() < 1e-4);
    }

    #[test]
    fn its_loss_is_of_the_two_views_of_each_thing() {
        let (model, follower, batch) = toy::fresh::<Vicreg>(1);
        let views = Pair::of(batch.clone()).views;
        let projected = model.projector.forward(model.encode(views, Mode::Train), Mode::Train);
        let expected = value(vicreg(toy::view(&projected, 0), toy::view(&projected, 1)));
        let found = value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4 * expected, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<Vicreg>(1);
    }
}
