//! Multi-head self-attention with one fused input projection, as PyTorch stores it.

use super::linear::Linear;
use crate::fused::{self, Attended};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Self-attention over a handful of tokens, no mask.
#[derive(Module, Debug)]
pub struct Attention {
    in_proj: Linear,
    out_proj: Linear,
    #[module(skip)]
    n_heads: usize,
}

impl Attention {
    /// Heads over tokens of width `dim`.
    pub fn new(dim: usize, n_heads: usize, device: &Device) -> Self {
        let [in_proj, out_proj] = [3 * dim, dim].map(|n_out| Linear::new(dim, n_out, device));
        Self { in_proj, out_proj, n_heads }
    }

    /// Heads.
    pub fn n_heads(&self) -> usize {
        self.n_heads
    }

    /// `drop` is what attention weights are multiplied with `[B, heads, T, T]`.
    ///
    /// # Shapes
    /// - `tokens` and the output: `[B, T, E]`
    pub fn forward(&self, tokens: Tensor<3>, drop: Option<Tensor<4>>) -> Attended {
        let [b, t, e] = tokens.dims();
        let qkv = self.in_proj.forward(tokens.reshape([b * t, e]), false); // [B·T, 3E]
        let attended = fused::attention(qkv.reshape([b, t, 3 * e]), drop, self.n_heads);
        let output = self.out_proj.forward(attended.output.reshape([b * t, e]), false);
        Attended { output: output.reshape([b, t, e]), weights: attended.weights }
    }
}
