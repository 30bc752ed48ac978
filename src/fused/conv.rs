//! Convolution and linear maps: a linear map is a convolution of one pixel by one tap.

use super::{FusedOps, Maybe};
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// How a kernel moves over a picture, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Zeros on each side.
    pub pad: usize,
}

impl Geometry {
    /// A linear map's.
    pub const ONE: Self = Self { stride: 1, pad: 0 };

    /// Outputs along a side of `n` pixels under a kernel of `kernel` pixels.
    pub fn outputs(self, n: usize, kernel: usize) -> usize {
        assert!(n + 2 * self.pad >= kernel, "a kernel of {kernel} px does not fit {n} px");
        (n + 2 * self.pad - kernel) / self.stride + 1
    }
}

/// relu?(x ∗ weight + bias? + residual?).
///
/// # Shapes
/// - `x`: `[N, H, W, C]`
/// - `weight`: `[k, k, C, O]`
/// - `bias`: `[O]`
/// - `residual` and output: `[N, H', W', O]`
pub fn conv(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    residual: Option<Tensor<4>>,
    geometry: Geometry,
    relu: bool,
) -> Tensor<4> {
    assert_eq!(x.dims()[3], weight.dims()[2], "as many channels as the kernel reads");
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&x) {
        return super::unfused::conv(x, weight, bias, residual, geometry, relu);
    }
    Tensor::from_dispatch(Dispatch::conv(
        x.into_dispatch(),
        weight.into_dispatch(),
        Maybe::from(bias.map(Tensor::into_dispatch)),
        Maybe::from(residual.map(Tensor::into_dispatch)),
        geometry,
        relu,
    ))
}

/// relu?(x · weight + bias?).
///
/// # Shapes
/// - `x`: `[R, C]`
/// - `weight`: `[C, O]`
/// - `bias`: `[O]`
/// - output: `[R, O]`
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, relu: bool) -> Tensor<2> {
    let ([r, c], [_, o]) = (x.dims(), weight.dims());
    let weight = weight.reshape([1, 1, c, o]);
    conv(x.reshape([r, 1, 1, c]), weight, bias, None, Geometry::ONE, relu).reshape([r, o])
}
