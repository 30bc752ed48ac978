//! BYOL told the action: the first view and the action predict the second (paper section 4; after
//! Garrido et al. 2024).
//!
//! L = 2 − 2 cos(q([A(a), g(f(x))]), ḡ(f̄(y))), one direction only; heads as BYOL's, of the paper's
//! widths where the official code has 2048–128 and 256–2048–128.

use super::byol::regression;
use super::follower::Averaged;
use super::head::{Ending, Projector, conditioned};
use super::pair::Pair;
use super::{Baseline, scaled};
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
pub struct ConditionalByol {
    encoder: Encoder,
    projector: Projector,
    action_embedding: ActionEmbedding,
    predictor: Predictor,
}

impl ConditionalByol {
    /// From projections `[N, 4D]` and actions `[N, A]`.
    fn predict(&self, projected: Tensor<2>, action: Tensor<2>, mode: Mode) -> Tensor<2> {
        conditioned(&self.action_embedding, &self.predictor, projected, action, mode)
    }
}

impl Learner for ConditionalByol {
    type Follower = Averaged;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let (d, wide) = (config.model.encoder.z_dim(), scaled(2048, config));
        let (a, k) = (config.model.action_dim, config.model.action_embed_dim);
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            projector: Projector::new(&[d, wide, wide, wide], Ending::Normalized, device),
            action_embedding: ActionEmbedding::new(a, k, device),
            predictor: Predictor::new(k + wide, scaled(512, config), wide, device),
        }
    }

    fn follower(&self) -> Averaged {
        Averaged::copy_of(&self.encoder, &self.projector)
    }

    fn learn(&self, follower: &Averaged, batch: Batch) -> Learned {
        let Pair { views, action } = Pair::of(batch);
        let b = action.dims()[0];
        let second = follower.forward(views.clone().narrow(0, b, b), Mode::Train);
        let z = self.encoder.forward(views.narrow(0, 0, b), Mode::Train);
        let first = self.projector.forward(z.clone(), Mode::Train);
        let loss = regression(self.predict(first, action, Mode::Train), second);
        Learned { z: z.unsqueeze_dim(1), loss }
    }
}

impl Baseline for ConditionalByol {
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
    use crate::baseline::toy::{self, B, value};

    /// The first view, told the action, predicts the second.
    #[test]
    fn one_direction_counts() {
        let (model, follower, batch) = toy::fresh::<ConditionalByol>(1);
        let Batch { observed, next, actions } = batch.clone();
        let [b, _, h, w, c] = observed.dims();
        let z = model.encode(observed.reshape([b, h, w, c]), Mode::Train);
        let projected = model.projector.forward(z, Mode::Train);
        let predicted = model.predict(projected, actions.reshape([b, 2]), Mode::Train);
        let target = follower.forward(next, Mode::Train);
        let expected = 2.0 - 2.0 * toy::mean_cosine(B, (&predicted, |i| i), (&target, |i| i));
        let found = value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<ConditionalByol>(1);
    }
}
