//! SIE (Garrido, Najman, LeCun 2023): half of z is to be invariant, half equivariant; a hypernetwork
//! makes of the action the linear map that takes the equivariant half on.
//!
//! L = 10 · MSE(x_inv, y_inv) + 4.5 · MSE(W(a) x_eq, y_eq) + 10 · (half the variance term of \[inv, eq\]
//! of either view and of W(a) x_eq) + 1 · covariance of \[inv, eq\] of both views; projectors
//! D/2–2D–2D–2D (paper: 1024–1024–1024), λ 10, 4.5, 10, 1 (paper; the official code's defaults are 25,
//! 25, 25, 1). The halves are those of SIE's own code.

use super::head::{Ending, Projector};
use super::pair::{Pair, by_thing, halves};
use super::vicreg::{covariance, invariance, variance};
use super::{Baseline, scaled};
use crate::model::encoder::Encoder;
use crate::model::linear::Linear;
use crate::model::{Mode, TargetEncoder};
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::learner::{Learned, Learner};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Weights of invariance and variance.
const WEIGHT: f64 = 10.0;

/// Weight of equivariance.
const WEIGHT_EQUIVARIANCE: f64 = 4.5;

/// The method's network.
#[derive(Module, Debug)]
pub struct Sie {
    encoder: Encoder,
    invariant: Projector,
    equivariant: Projector,
    hypernetwork: Linear,
}

/// One view's projections.
#[derive(Clone, Debug)]
pub struct Split {
    /// `[B, E]`.
    pub invariant: Tensor<2>,
    /// `[B, E]`.
    pub equivariant: Tensor<2>,
}

impl Split {
    fn whole(&self) -> Tensor<2> {
        Tensor::cat(vec![self.invariant.clone(), self.equivariant.clone()], 1)
    }
}

/// The whole loss `[1]`; `moved` is W(a) x_eq `[B, E]`.
pub fn sie(x: &Split, y: &Split, moved: Tensor<2>) -> Tensor<1> {
    let same = invariance(x.invariant.clone(), y.invariant.clone());
    let arrives = invariance(moved.clone(), y.equivariant.clone());
    let (x, y) = (x.whole(), y.whole());
    let spread = (variance(x.clone()) + variance(y.clone()) + variance(moved)).div_scalar(2.0);
    (same + spread).mul_scalar(WEIGHT)
        + arrives.mul_scalar(WEIGHT_EQUIVARIANCE)
        + covariance(x)
        + covariance(y)
}

impl Sie {
    /// Both projections of z `[N, D]`.
    fn split(&self, z: Tensor<2>, mode: Mode) -> Split {
        let d = z.dims()[1];
        let half = |first: usize, n: usize| z.clone().narrow(1, first, n);
        Split {
            invariant: self.invariant.forward(half(0, d / 2), mode),
            equivariant: self.equivariant.forward(half(d / 2, d - d / 2), mode),
        }
    }

    /// W(a) x of actions `[N, A]` and x `[N, E]`.
    fn moved(&self, x: Tensor<2>, action: Tensor<2>) -> Tensor<2> {
        let [n, e] = x.dims();
        let map = self.hypernetwork.forward(action, false).reshape([n, e, e]);
        map.matmul(x.reshape([n, e, 1])).reshape([n, e])
    }
}

impl Learner for Sie {
    type Follower = TargetEncoder;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let (d, wide) = (config.model.encoder.z_dim(), scaled(1024, config));
        let projector = |n_in| Projector::new(&[n_in, wide, wide, wide], Ending::Plain, device);
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            invariant: projector(d / 2),
            equivariant: projector(d - d / 2),
            hypernetwork: Linear::without_bias(config.model.action_dim, wide * wide, device),
        }
    }

    fn follower(&self) -> TargetEncoder {
        TargetEncoder::copy_of(&self.encoder)
    }

    fn learn(&self, _: &TargetEncoder, batch: Batch) -> Learned {
        let Pair { views, action } = Pair::of(batch);
        let z = self.encoder.forward(views, Mode::Train);
        let Split { invariant, equivariant } = self.split(z.clone(), Mode::Train);
        let ((xi, yi), (xe, ye)) = (halves(invariant), halves(equivariant));
        let moved = self.moved(xe.clone(), action);
        let x = Split { invariant: xi, equivariant: xe };
        let y = Split { invariant: yi, equivariant: ye };
        Learned { z: by_thing(z), loss: sie(&x, &y, moved) }
    }
}

impl Baseline for Sie {
    const FORESEES: bool = true;

    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }

    fn foresee(&self, z: Tensor<2>, actions: Tensor<2>) -> Tensor<2> {
        self.moved(self.split(z, Mode::Eval).equivariant, actions)
    }

    fn embed(&self, _: &TargetEncoder, views: Tensor<4>) -> Tensor<2> {
        self.split(self.encoder.forward(views, Mode::Eval), Mode::Eval).equivariant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{self, rows, value};
    use burn::tensor::TensorData;

    #[test]
    fn every_term_by_hand() {
        let split = |i: [f32; 2], e: [f32; 2]| Split {
            invariant: rows([[i[0]], [i[1]]]),
            equivariant: rows([[e[0]], [e[1]]]),
        };
        let (x, y) = (split([1.0, -1.0], [2.0, -2.0]), split([1.0, -3.0], [3.0, -3.0]));
        // Columns of variance 2 and more have deviations above 1: no spread is missed. x covaries by 4,
        // y's columns (1, −3) and (3, −3) by 12: twice its square, over two dimensions.
        let moved = rows([[3.0], [-1.0]]); // variance 8; errors 0 and 2
        let expected = 10.0 * 2.0 + 4.5 * 2.0 + 16.0 + 144.0;
        assert!((value(sie(&x, &y, moved)) - expected).abs() < 1e-3);
        let still = rows([[3.0], [3.0]]); // deviation 0.01, errors 0 and 6
        let expected = 10.0 * (2.0 + 0.99 / 2.0) + 4.5 * 18.0 + 16.0 + 144.0;
        assert!((value(sie(&x, &y, still)) - expected).abs() < 1e-3);
    }

    #[test]
    fn its_loss_is_of_halves_of_z_and_of_the_first_view_moved() {
        let (model, follower, batch) = toy::fresh::<Sie>(1);
        let Pair { views, action } = Pair::of(batch.clone());
        let z = model.encode(views, Mode::Train);
        let d = z.dims()[1];
        let half = |first: usize| z.clone().narrow(1, first, d / 2);
        let invariant = model.invariant.forward(half(0), Mode::Train);
        let equivariant = model.equivariant.forward(half(d / 2), Mode::Train);
        let view = |which| Split {
            invariant: toy::view(&invariant, which),
            equivariant: toy::view(&equivariant, which),
        };
        let (x, y) = (view(0), view(1));
        // W(a) x on the host: output i is row i of the map times x.
        let e = x.equivariant.dims()[1];
        let maps = toy::values(model.hypernetwork.forward(action, false));
        let from = toy::values(x.equivariant.clone());
        let moved = (0..toy::B * e).map(|at| {
            let from = &from[at / e * e..][..e];
            maps[at * e..][..e].iter().zip(from).map(|(w, v)| w * v).sum::<f32>()
        });
        let moved = TensorData::new(moved.collect::<Vec<f32>>(), [toy::B, e]);
        let expected = value(sie(&x, &y, Tensor::from_data(moved, &Device::flex())));
        let found = value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4 * expected, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<Sie>(1);
    }
}
