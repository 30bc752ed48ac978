//! Heads behind the encoder: projectors and action-conditioned predictors.

use crate::model::Mode;
use crate::model::action_embedding::ActionEmbedding;
use crate::model::linear::Linear;
use crate::model::norm::{Affine, BatchNorm};
use crate::model::predictor::Predictor;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Linear maps without bias, batch normalization and ReLU between them.
#[derive(Module, Debug)]
pub struct Projector {
    hidden: Vec<Hidden>,
    last: Linear,
    last_norm: Option<BatchNorm>,
}

#[derive(Module, Debug)]
struct Hidden {
    linear: Linear,
    norm: BatchNorm,
}

/// What ends a projector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Batch normalization without scale and shift.
    Normalized,
    /// The last linear map.
    Plain,
}

impl Projector {
    /// Through layers of the given widths, the first of which is that of the input.
    ///
    /// # Panics
    /// With fewer than two widths.
    pub fn new(widths: &[usize], ending: Ending, device: &Device) -> Self {
        let (Some((&last, inner)), true) = (widths.split_last(), widths.len() > 1) else {
            panic!("a projector has an input and an output, found {widths:?}");
        };
        let hidden = |pair: &[usize]| Hidden {
            linear: Linear::without_bias(pair[0], pair[1], device),
            norm: BatchNorm::new(pair[1], Affine::Learned, device),
        };
        let normalized = ending == Ending::Normalized;
        Self {
            hidden: inner.windows(2).map(hidden).collect(),
            last: Linear::without_bias(inner[inner.len() - 1], last, device),
            last_norm: normalized.then(|| BatchNorm::new(last, Affine::Fixed, device)),
        }
    }

    /// # Shapes
    /// - `x`: `[N, in]`
    /// - output: `[N, out]`
    pub fn forward(&self, x: Tensor<2>, mode: Mode) -> Tensor<2> {
        let x = self.hidden.iter().fold(x, |x, layer| {
            layer.norm.forward(layer.linear.forward(x, false), None, true, mode)
        });
        let x = self.last.forward(x, false);
        match &self.last_norm {
            Some(norm) => norm.forward(x, None, false, mode),
            None => x,
        }
    }
}

/// BN(linear(\[e, x\])), without bias, scale or shift: where an embedded action takes a projection (SEN,
/// EquiMod).
#[derive(Module, Debug)]
pub struct Transition {
    action_embedding: ActionEmbedding,
    linear: Linear,
    norm: BatchNorm,
}

impl Transition {
    /// From projections of width `dim` to the same.
    pub fn new(action_dim: usize, embed_dim: usize, dim: usize, device: &Device) -> Self {
        Self {
            action_embedding: ActionEmbedding::new(action_dim, embed_dim, device),
            linear: Linear::without_bias(embed_dim + dim, dim, device),
            norm: BatchNorm::new(dim, Affine::Fixed, device),
        }
    }

    /// # Shapes
    /// - `x` and output: `[N, dim]`
    /// - `action`: `[N, A]`
    pub fn forward(&self, x: Tensor<2>, action: Tensor<2>, mode: Mode) -> Tensor<2> {
        let e = embed(&self.action_embedding, action, mode);
        let y = self.linear.forward(Tensor::cat(vec![e, x], 1), false);
        self.norm.forward(y, None, false, mode)
    }
}

/// A predictor told an action: from projections `[N, dim]` and actions `[N, A]`.
pub fn conditioned(
    embedding: &ActionEmbedding,
    predictor: &Predictor,
    projected: Tensor<2>,
    action: Tensor<2>,
    mode: Mode,
) -> Tensor<2> {
    predictor.forward(Tensor::cat(vec![embed(embedding, action, mode), projected], 1), mode)
}

/// One embedded action a row: `[N, A]` to `[N, K]`.
fn embed(embedding: &ActionEmbedding, action: Tensor<2>, mode: Mode) -> Tensor<2> {
    let [n, a] = action.dims();
    let e = embedding.forward(action.reshape([n, 1, a]), mode);
    let k = e.dims()[2];
    e.reshape([n, k])
}
