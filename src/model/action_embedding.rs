//! A: action → e. A linear map without bias, then batch normalization without scale and shift
//! (the paper names only the linear map; the official code has both). `A·K` parameters.

use super::linear::Linear;
use super::norm::{Affine, BatchNorm, Mode};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// The action projector.
#[derive(Module, Debug)]
pub struct ActionEmbedding {
    linear: Linear,
    norm: BatchNorm,
}

impl ActionEmbedding {
    /// From `action_dim` components to width `embed_dim`.
    pub fn new(action_dim: usize, embed_dim: usize, device: &Device) -> Self {
        let linear = Linear::without_bias(action_dim, embed_dim, device);
        Self { linear, norm: BatchNorm::new(embed_dim, Affine::Fixed, device) }
    }

    /// Embeds all M actions of a batch in one call.
    ///
    /// DIFFERS: the official code makes two calls with different populations, one of them with
    /// rows of zeros, which biases the running statistics.
    ///
    /// # Shapes
    /// - `actions`: `[B, M, A]`
    /// - output: `[B, M, K]`
    pub fn forward(&self, actions: Tensor<3>, mode: Mode) -> Tensor<3> {
        let [b, m, a] = actions.dims();
        let e = self.linear.forward(actions.reshape([b * m, a]), false); // [B·M, K]
        let k = e.dims()[1];
        self.norm.forward(e, None, false, mode).reshape([b, m, k]) // [B, M, K]
    }
}
