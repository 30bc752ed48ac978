//! The whole model: observe, predict, and the training forward pass.

use super::action_embedding::ActionEmbedding;
use super::aggregator::{Aggregated, Aggregator};
use super::config::{Conditioning, SeqJepaConfig};
use super::encoder::Encoder;
use super::norm::Mode;
use super::predictor::Predictor;
use super::target::TargetEncoder;
use crate::fused::{self, one_minus_cosine};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// seq-JEPA without its target encoder.
#[derive(Module, Debug)]
pub struct SeqJepa {
    encoder: Encoder,
    action_embedding: Option<ActionEmbedding>,
    agg_token: Param<Tensor<3>>,
    aggregator: Aggregator,
    predictor: Predictor,
    #[module(skip)]
    conditioning: Conditioning,
}

/// Every named intermediate of one training forward pass.
#[derive(Debug)]
pub struct Forward {
    /// Encodings of the observed views `[B, M, D]`.
    pub z: Tensor<3>,
    /// Embedded actions `[B, M, K]`, all M of them; `None` without conditioning.
    pub e: Option<Tensor<3>>,
    /// Aggregate representation `[B, E]`.
    pub z_agg: Tensor<2>,
    /// Predicted latent `[B, D]`.
    pub z_hat: Tensor<2>,
    /// Target latent `[B, D]`, detached.
    pub z_target: Tensor<2>,
    /// 1 − cosine, mean over the batch `[1]`.
    pub loss: Tensor<1>,
}

impl SeqJepa {
    /// A model with weights to be filled by [`super::weights`]; `config` must be valid.
    pub fn new(config: &SeqJepaConfig, device: &Device) -> Self {
        let conditioned = config.conditioning != Conditioning::None;
        let e_dim = config.z_agg_dim();
        Self {
            encoder: Encoder::new(&config.encoder, device),
            action_embedding: conditioned
                .then(|| ActionEmbedding::new(config.action_dim, config.action_embed_dim, device)),
            agg_token: Param::from_tensor(Tensor::zeros([1, 1, e_dim], device)),
            aggregator: Aggregator::new(&config.aggregator, e_dim, device),
            predictor: Predictor::new(
                config.predictor_input_dim(),
                config.predictor_hidden_dim,
                config.encoder.z_dim(),
                device,
            ),
            conditioning: config.conditioning,
        }
    }

    /// A target encoder that starts as a copy of this model's encoder.
    pub fn target(&self) -> TargetEncoder {
        TargetEncoder::copy_of(&self.encoder)
    }

    /// # Shapes
    /// - `views`: `[N, P, P, 3]`
    /// - output z: `[N, D]`
    pub fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }

    /// Embeds actions, all in one call; `None` without conditioning.
    ///
    /// # Shapes
    /// - `actions`: `[B, M, A]`
    /// - output: `[B, M, K]`
    pub fn embed(&self, actions: Tensor<3>, mode: Mode) -> Option<Tensor<3>> {
        self.action_embedding.as_ref().map(|embedding| embedding.forward(actions, mode))
    }

    /// Aggregates encodings and the embedded actions between them.
    ///
    /// The last token's action slot is zero: only the predictor hears the upcoming action.
    ///
    /// # Shapes
    /// - `z`: `[B, M, D]`
    /// - `e`: `[B, M, K]`, of which the last is not used, or `None`
    pub fn aggregate(&self, z: Tensor<3>, e: Option<Tensor<3>>, mode: Mode) -> Aggregated {
        let [b, m, _] = z.dims();
        let views = match e {
            Some(e) if self.conditioning.in_tokens() => {
                let k = e.dims()[2];
                let last = Tensor::zeros([b, 1, k], &e.device());
                let e = match m {
                    1 => last,
                    _ => Tensor::cat(vec![e.slice([0..b, 0..m - 1, 0..k]), last], 1), // [B, M, K]
                };
                Tensor::cat(vec![z, e], 2) // [B, M, E]
            }
            _ => z,
        };
        let agg = self.agg_token.val().repeat_dim(0, b); // [B, 1, E]
        self.aggregator.forward(Tensor::cat(vec![agg, views], 1), mode)
    }

    /// Predicts the latent of the next view.
    ///
    /// # Shapes
    /// - `z_agg`: `[B, E]`
    /// - `e_last`: the embedded upcoming action `[B, K]`, or `None`
    /// - output ẑ: `[B, D]`
    pub fn predict(&self, z_agg: Tensor<2>, e_last: Option<Tensor<2>>, mode: Mode) -> Tensor<2> {
        let input = match e_last {
            Some(e) if self.conditioning.in_predictor() => Tensor::cat(vec![z_agg, e], 1),
            _ => z_agg,
        };
        self.predictor.forward(input, mode)
    }

    /// The training forward pass: from views and actions to the loss.
    ///
    /// # Shapes
    /// - `observed`: `[B, M, P, P, 3]`
    /// - `next`: `[B, P, P, 3]`
    /// - `actions`: `[B, M, A]`; the last leads to `next`
    pub fn forward(
        &self,
        target: &TargetEncoder,
        observed: Tensor<5>,
        next: Tensor<4>,
        actions: Tensor<3>,
        mode: Mode,
    ) -> Forward {
        let [b, m, h, w, c] = observed.dims();
        assert_eq!(actions.dims()[..2], [b, m], "one action an observed view");
        let device = observed.device();
        let (z_target, z) = fused::both(
            &device,
            || target.forward(next, mode),
            || self.encode(observed.reshape([b * m, h, w, c]), mode), // [B·M, D]
        );
        let d = z.dims()[1];
        let z = z.reshape([b, m, d]); // [B, M, D]
        let e = self.embed(actions, mode);
        let z_agg = self.aggregate(z.clone(), e.clone(), mode).z_agg;
        let e_last = e.clone().map(|e| {
            let k = e.dims()[2];
            e.slice([0..b, m - 1..m, 0..k]).reshape([b, k]) // [B, K]
        });
        let z_hat = self.predict(z_agg.clone(), e_last, mode);
        let loss = one_minus_cosine(z_hat.clone(), z_target.clone());
        Forward { z, e, z_agg, z_hat, z_target, loss }
    }
}
