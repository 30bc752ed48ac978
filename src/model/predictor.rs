//! h: (z_AGG, e_M) → ẑ. Two layers with batch normalization and ReLU between (the paper names two
//! layers with 1024 hidden units; the official code adds the normalization).

use super::linear::Linear;
use super::norm::{Affine, BatchNorm, Mode};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// The predictor.
#[derive(Module, Debug)]
pub struct Predictor {
    linear1: Linear,
    norm: BatchNorm,
    linear2: Linear,
}

impl Predictor {
    /// From `input_dim` over `hidden_dim` to the width of z.
    pub fn new(input_dim: usize, hidden_dim: usize, z_dim: usize, device: &Device) -> Self {
        Self {
            linear1: Linear::without_bias(input_dim, hidden_dim, device),
            norm: BatchNorm::new(hidden_dim, Affine::Learned, device),
            linear2: Linear::new(hidden_dim, z_dim, device),
        }
    }

    /// # Shapes
    /// - `input`: `[B, E]` or `[B, E + K]`
    /// - output ẑ: `[B, D]`
    pub fn forward(&self, input: Tensor<2>, mode: Mode) -> Tensor<2> {
        let hidden = self.norm.forward(self.linear1.forward(input, false), None, true, mode);
        self.linear2.forward(hidden, false)
    }
}
