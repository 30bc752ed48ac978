//! Scaled dot-product attention over a handful of tokens.
//!
//! With W = softmax(Q Kᵀ / √d), O = (W ∘ drop) V. For a gradient G of O: ∂V = (W ∘ drop)ᵀ G,
//! P = (G Vᵀ) ∘ drop, S = W ∘ (P − rowsum(W ∘ P)), ∂Q = S K / √d, ∂K = Sᵀ Q / √d.

use super::{FusedOps, Maybe};
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// Output and weights of one attention call.
#[derive(Debug)]
pub struct Attended {
    /// `[B, T, E]`.
    pub output: Tensor<3>,
    /// Attention weights `[B, heads, T, T]`, rows summing to one, before dropout; no gradient passes.
    pub weights: Tensor<4>,
}

/// Multi-head self-attention.
///
/// # Shapes
/// - `qkv`: queries, keys and values side by side `[B, T, 3E]`
/// - `drop`: what weights are multiplied with, `[B, heads, T, T]`
pub fn attention(qkv: Tensor<3>, drop: Option<Tensor<4>>, n_heads: usize) -> Attended {
    assert!(qkv.dims()[2].is_multiple_of(3 * n_heads), "heads share the width evenly");
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&qkv) {
        return super::unfused::attention(qkv, drop, n_heads);
    }
    let drop = Maybe::from(drop.map(Tensor::into_dispatch));
    let (output, weights) = Dispatch::attend(qkv.into_dispatch(), drop, n_heads);
    Attended { output: Tensor::from_dispatch(output), weights: Tensor::from_dispatch(weights) }
}
