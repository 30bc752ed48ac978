//! Conv-JEPA (paper section 4): every observed view, told the action that leads straight from it to the
//! target view, predicts the target's projection by the averaged network.
//!
//! L = mean over observed views of 1 − cos(q([A(a), g(f(x_i))]), ḡ(f̄(x_target))); projector
//! D–4D–D/4, predictor with 2D hidden units (official code: 2048–128 and 1024).
//!
//! Straight actions are sums of the batch's, which holds for saccades and augmentations; for rotations
//! give it one observed view.
//!
//! DIFFERS: the paper sums over pairs, the official code and this one average.

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
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// The method's network.
#[derive(Module, Debug)]
pub struct ConvJepa {
    encoder: Encoder,
    projector: Projector,
    action_embedding: ActionEmbedding,
    predictor: Predictor,
}

/// The action from each observed view to the target: action i and all after it, summed `[B, M, A]`.
pub fn straight(actions: Tensor<3>) -> Tensor<3> {
    let m = actions.dims()[1];
    let from = |i: usize| actions.clone().narrow(1, i, m - i).sum_dim(1); // [B, 1, A]
    Tensor::cat((0..m).map(from).collect(), 1)
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
        let actions = straight(actions).reshape([b * m, a]);
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
    use crate::baseline::toy;
    use burn::tensor::TensorData;

    #[test]
    fn straight_actions_are_sums_of_what_follows() {
        let actions = TensorData::new(vec![1.0_f32, 10.0, 100.0, 2.0, 20.0, 200.0], [2, 3, 1]);
        let actions = Tensor::from_data(actions, &Device::flex());
        assert_eq!(toy::values(straight(actions)), [111.0, 110.0, 100.0, 222.0, 220.0, 200.0]);
    }

    #[test]
    fn it_learns() {
        toy::learns::<ConvJepa>(3);
    }
}
