//! Conv-JEPA (paper section 4): every observed view, told the action that leads straight from it to the
//! target view, predicts the target's projection by the averaged network.
//!
//! L = mean over observed views of 1 − cos(q([A(a), g(f(x_i))]), ḡ(f̄(x_target))); projector
//! D–4D–D/4, predictor with 2D hidden units (official code: 2048–128 and 1024).
//!
//! Straight actions are made of the batch's: sums of what moves and augments, products of rotations.
//!
//! DIFFERS: the paper sums over pairs, the official code and this one average. The official code gives
//! the target's encoding out as the second view's, so that the R² it prints in training says nothing
//! (spec section 7.2); here z is that of the observed views.

use super::follower::Averaged;
use super::head::{Ending, Projector, conditioned};
use super::{Baseline, scaled};
use crate::fused::one_minus_cosine;
use crate::model::Mode;
use crate::model::action_embedding::ActionEmbedding;
use crate::model::encoder::Encoder;
use crate::model::predictor::Predictor;
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::learner::{Learned, Learner};
use crate::world::WorldConfig;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// The method's network.
#[derive(Module, Debug)]
pub struct ConvJepa {
    encoder: Encoder,
    projector: Projector,
    action_embedding: ActionEmbedding,
    predictor: Predictor,
    /// Whether actions are unit quaternions.
    turns: bool,
}

/// The action from each observed view to the target: action i and all after it, one after the other
/// `[B, M, A]`.
pub fn straight(actions: Tensor<3>, turns: bool) -> Tensor<3> {
    let m = actions.dims()[1];
    let step = |i: usize| actions.clone().narrow(1, i, 1); // [B, 1, A]
    let mut all = vec![step(m - 1)];
    for i in (0..m - 1).rev() {
        let rest = all[all.len() - 1].clone();
        all.push(if turns { product(&step(i), &rest) } else { step(i) + rest });
    }
    all.reverse();
    Tensor::cat(all, 1)
}

/// Hamilton products of quaternions x, y, z, w `[B, 1, 4]`: with actions in the object's own frame the
/// earlier one stands left (conj(p) r = conj(p) q · conj(q) r).
fn product(a: &Tensor<3>, b: &Tensor<3>) -> Tensor<3> {
    /// For each component of the product: which components of a and b meet, and with what sign.
    const TERMS: [[(usize, usize, f64); 4]; 4] = [
        [(3, 0, 1.0), (0, 3, 1.0), (1, 2, 1.0), (2, 1, -1.0)],
        [(3, 1, 1.0), (0, 2, -1.0), (1, 3, 1.0), (2, 0, 1.0)],
        [(3, 2, 1.0), (0, 1, 1.0), (1, 0, -1.0), (2, 3, 1.0)],
        [(3, 3, 1.0), (0, 0, -1.0), (1, 1, -1.0), (2, 2, -1.0)],
    ];
    let part = |of: &Tensor<3>, k: usize| of.clone().narrow(2, k, 1);
    let component = |terms: [(usize, usize, f64); 4]| {
        let products = terms.map(|(i, j, sign)| (part(a, i) * part(b, j)).mul_scalar(sign));
        let [first, rest @ ..] = products;
        rest.into_iter().fold(first, |sum, term| sum + term)
    };
    Tensor::cat(TERMS.map(component).to_vec(), 2)
}

impl ConvJepa {
    /// From projections `[N, D/4]` and actions `[N, A]`.
    fn predict(&self, projected: Tensor<2>, action: Tensor<2>, mode: Mode) -> Tensor<2> {
        conditioned(&self.action_embedding, &self.predictor, projected, action, mode)
    }
}

impl Learner for ConvJepa {
    type Follower = Averaged;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let d = config.model.encoder.z_dim();
        let (wide, narrow) = (scaled(2048, config), scaled(128, config));
        let (a, k) = (config.model.action_dim, config.model.action_embed_dim);
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            projector: Projector::new(&[d, wide, narrow], Ending::Normalized, device),
            action_embedding: ActionEmbedding::new(a, k, device),
            predictor: Predictor::new(k + narrow, scaled(1024, config), narrow, device),
            turns: matches!(config.world, WorldConfig::Rotation(_)),
        }
    }

    fn follower(&self) -> Averaged {
        Averaged::copy_of(&self.encoder, &self.projector)
    }

    fn learn(&self, follower: &Averaged, batch: Batch) -> Learned {
        let Batch { observed, next, actions } = batch;
        let [b, m, h, w, c] = observed.dims();
        let target = follower.forward(next, Mode::Train); // [B, E]
        let e = target.dims()[1];
        // One target for each of its observed views.
        let target = target.reshape([b, 1, e]).repeat_dim(1, m).reshape([b * m, e]);
        let z = self.encoder.forward(observed.reshape([b * m, h, w, c]), Mode::Train); // [B·M, D]
        let projected = self.projector.forward(z.clone(), Mode::Train);
        let a = actions.dims()[2];
        let actions = straight(actions, self.turns).reshape([b * m, a]);
        let loss = one_minus_cosine(self.predict(projected, actions, Mode::Train), target);
        let d = z.dims()[1];
        Learned { z: z.reshape([b, m, d]), loss }
    }
}

impl Baseline for ConvJepa {
    const FORESEES: bool = true;

    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }

    fn foresee(&self, z: Tensor<2>, actions: Tensor<2>) -> Tensor<2> {
        self.predict(self.projector.forward(z, Mode::Eval), actions, Mode::Eval)
    }

    fn embed(&self, follower: &Averaged, views: Tensor<4>) -> Tensor<2> {
        follower.forward(views, Mode::Eval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{self, B};
    use crate::world::Quaternion;
    use burn::tensor::TensorData;

    #[test]
    fn straight_actions_are_sums_of_what_follows() {
        let actions = TensorData::new(vec![1.0_f32, 10.0, 100.0, 2.0, 20.0, 200.0], [2, 3, 1]);
        let actions = Tensor::from_data(actions, &Device::flex());
        assert_eq!(
            toy::values(straight(actions, false)),
            [111.0, 110.0, 100.0, 222.0, 220.0, 200.0]
        );
    }

    #[test]
    fn straight_rotations_lead_from_each_pose_to_the_last() {
        let pose = |i: f32| Quaternion::from_euler_xyz([0.3 * i, -0.7 * i, 0.2 + 0.4 * i]);
        let poses = [pose(0.0), pose(1.0), pose(2.0), pose(3.0)];
        let steps = poses.windows(2).flat_map(|w| w[0].relative_to(w[1]).to_array()).collect();
        let actions = TensorData::new::<f32, _>(steps, [1, 3, 4]);
        let found = toy::values(straight(Tensor::from_data(actions, &Device::flex()), true));
        let expected = poses[..3].iter().flat_map(|from| from.relative_to(poses[3]).to_array());
        for (found, expected) in found.into_iter().zip(expected) {
            // A dozen products of numbers of at most 1 in f32.
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    /// Every observed view predicts the one target of its thing.
    #[test]
    fn all_views_meet_one_target() {
        const M: usize = 3;
        let (model, follower, batch) = toy::fresh::<ConvJepa>(M);
        let Batch { observed, next, actions } = batch.clone();
        let [b, m, h, w, c] = observed.dims();
        let z = model.encode(observed.reshape([b * m, h, w, c]), Mode::Train);
        let projected = model.projector.forward(z, Mode::Train);
        let actions = straight(actions, false).reshape([b * m, 2]);
        let predicted = model.predict(projected, actions, Mode::Train);
        let target = follower.forward(next, Mode::Train);
        let expected = 1.0 - toy::mean_cosine(B * M, (&predicted, |i| i), (&target, |i| i / M));
        let found = toy::value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<ConvJepa>(3);
    }
}
