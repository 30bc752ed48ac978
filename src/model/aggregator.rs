//! g: the AGG token and a post-norm transformer from tokens to z_AGG (paper section 3; PyTorch's
//! `TransformerEncoder` with ReLU, no mask, no positional code, then one more layer norm).
//!
//! Three layers of width 640 have 14.77 M parameters.

use super::attention::Attention;
use super::config::AggregatorConfig;
use super::linear::Linear;
use super::norm::{LayerNorm, Mode};
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::{Device, Tensor};

/// The sequence aggregator.
#[derive(Module, Debug)]
pub struct Aggregator {
    layers: Vec<AggregatorLayer>,
    norm: LayerNorm,
}

/// One post-norm encoder layer: x = LN(x + attention(x)); x = LN(x + ff(x)).
#[derive(Module, Debug)]
pub struct AggregatorLayer {
    self_attn: Attention,
    linear1: Linear,
    linear2: Linear,
    norm1: LayerNorm,
    norm2: LayerNorm,
    dropout: Dropout,
}

/// What the aggregator computed.
#[derive(Debug)]
pub struct Aggregated {
    /// `[B, E]`: the AGG token's output.
    pub z_agg: Tensor<2>,
    /// Attention weights `[B, heads, T, T]` of each layer.
    pub attention: Vec<Tensor<4>>,
}

impl Aggregator {
    /// Layers over tokens of width `dim`.
    pub fn new(config: &AggregatorConfig, dim: usize, device: &Device) -> Self {
        let layer = |_| AggregatorLayer::new(config, dim, device);
        Self {
            layers: (0..config.n_layers).map(layer).collect(),
            norm: LayerNorm::new(dim, device),
        }
    }

    /// # Shapes
    /// - `tokens`: `[B, T, E]`, the AGG token first
    pub fn forward(&self, tokens: Tensor<3>, mode: Mode) -> Aggregated {
        let [b, _, e] = tokens.dims();
        let mut attention = Vec::new();
        let mut x = tokens;
        for layer in &self.layers {
            let (output, weights) = layer.forward(x, mode);
            x = output;
            attention.push(weights);
        }
        let first = x.slice([0..b, 0..1, 0..e]).reshape([b, e]); // [B, E]
        Aggregated { z_agg: self.norm.forward(first, None), attention }
    }
}

impl AggregatorLayer {
    fn new(config: &AggregatorConfig, dim: usize, device: &Device) -> Self {
        let hidden = config.ff_ratio * dim;
        let norm = || LayerNorm::new(dim, device);
        Self {
            self_attn: Attention::new(dim, config.n_heads, device),
            linear1: Linear::new(dim, hidden, device),
            linear2: Linear::new(hidden, dim, device),
            norm1: norm(),
            norm2: norm(),
            dropout: DropoutConfig::new(config.dropout).init(),
        }
    }

    fn forward(&self, x: Tensor<3>, mode: Mode) -> (Tensor<3>, Tensor<4>) {
        let [b, t, e] = x.dims();
        let drop = (mode == Mode::Train && self.dropout.prob > 0.0).then(|| {
            let shape = [b, self.self_attn.n_heads(), t, t];
            self.dropout.forward(Tensor::ones(shape, &x.device()))
        });
        let attended = self.self_attn.forward(x.clone(), drop);
        let flat = |x: Tensor<3>| x.reshape([b * t, e]);
        let output = self.drop(flat(attended.output), mode);
        let x = self.norm1.forward(flat(x), Some(output)); // [B·T, E]
        let hidden = self.drop(self.linear1.forward(x.clone(), true), mode);
        let y = self.drop(self.linear2.forward(hidden, false), mode);
        let x = self.norm2.forward(x, Some(y));
        (x.reshape([b, t, e]), attended.weights)
    }

    fn drop(&self, x: Tensor<2>, mode: Mode) -> Tensor<2> {
        match mode {
            Mode::Train if self.dropout.prob > 0.0 => self.dropout.forward(x),
            _ => x,
        }
    }
}
