//! Layer normalization of a sum.
//!
//! With s = x + r, x̂ = (s − μ) / σ over the last dimension and y = γ x̂ + β: for a gradient g, with
//! h = γ g, ∂s = (h − mean(h) − x̂ mean(h x̂)) / σ; ∂γ = Σ g x̂ and ∂β = Σ g over rows.

use super::{FusedOps, Maybe};
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// gamma · normalized(x + residual?) + beta over the last dimension.
///
/// # Shapes
/// - `x`, `residual` and output: `[R, C]`
/// - `gamma`, `beta`: `[C]`
pub fn layer_norm(
    x: Tensor<2>,
    residual: Option<Tensor<2>>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
) -> Tensor<2> {
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&x) {
        return super::unfused::layer_norm(x, residual, gamma, beta);
    }
    Tensor::from_dispatch(Dispatch::normalize_rows(
        x.into_dispatch(),
        Maybe::from(residual.map(Tensor::into_dispatch)),
        gamma.into_dispatch(),
        beta.into_dispatch(),
    ))
}
