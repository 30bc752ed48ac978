//! Multi-head self-attention with one fused input projection, as PyTorch stores it.

use burn::module::Module;
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};

/// Self-attention over a handful of tokens, no mask.
#[derive(Module, Debug)]
pub struct Attention {
    in_proj: Linear,
    out_proj: Linear,
    #[module(skip)]
    n_heads: usize,
}

/// Output and weights of one attention call.
#[derive(Debug)]
pub struct Attended {
    /// `[B, T, E]`.
    pub output: Tensor<3>,
    /// Attention weights `[B, heads, T, T]`, rows summing to one, before dropout.
    pub weights: Tensor<4>,
}

impl Attention {
    /// Heads over tokens of width `dim`.
    pub fn new(dim: usize, n_heads: usize, device: &Device) -> Self {
        let linear = |n_in, n_out| {
            LinearConfig::new(n_in, n_out).with_initializer(Initializer::Zeros).init(device)
        };
        Self { in_proj: linear(dim, 3 * dim), out_proj: linear(dim, dim), n_heads }
    }

    /// `drop` is applied to the attention weights.
    ///
    /// # Shapes
    /// - `tokens`: `[B, T, E]`
    pub fn forward(&self, tokens: Tensor<3>, drop: impl Fn(Tensor<4>) -> Tensor<4>) -> Attended {
        let [b, t, e] = tokens.dims();
        let head_dim = e / self.n_heads;
        let qkv = self.in_proj.forward(tokens); // [B, T, 3E]
        let part = |index: usize| {
            qkv.clone()
                .slice([0..b, 0..t, index * e..(index + 1) * e])
                .reshape([b, t, self.n_heads, head_dim])
                .swap_dims(1, 2) // [B, heads, T, head_dim]
        };
        let scale = 1.0 / (head_dim as f64).sqrt();
        let scores = part(0).mul_scalar(scale).matmul(part(1).swap_dims(2, 3)); // [B, heads, T, T]
        let weights = softmax(scores, 3);
        let mixed = drop(weights.clone()).matmul(part(2)); // [B, heads, T, head_dim]
        let output = self.out_proj.forward(mixed.swap_dims(1, 2).reshape([b, t, e]));
        Attended { output, weights }
    }
}
