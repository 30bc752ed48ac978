//! A linear map.

use crate::fused;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// x · weight + bias.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`.
    weight: Param<Tensor<2>>,
    /// `[out]`, unless the map has none.
    bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    /// A map with a bias, of zeros.
    pub fn new(n_in: usize, n_out: usize, device: &Device) -> Self {
        let bias = Some(Param::from_tensor(Tensor::zeros([n_out], device)));
        Self { bias, ..Self::without_bias(n_in, n_out, device) }
    }

    /// A map without a bias, of zeros.
    pub fn without_bias(n_in: usize, n_out: usize, device: &Device) -> Self {
        Self { weight: Param::from_tensor(Tensor::zeros([n_in, n_out], device)), bias: None }
    }

    /// With a ReLU behind it where asked for.
    ///
    /// # Shapes
    /// - `x`: `[R, in]`
    /// - output: `[R, out]`
    pub fn forward(&self, x: Tensor<2>, relu: bool) -> Tensor<2> {
        fused::linear(x, self.weight.val(), self.bias.as_ref().map(Param::val), relu)
    }
}
