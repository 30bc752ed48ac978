//! A convolution without bias and the normalization behind it.

use super::config::NormKind;
use super::norm::{Mode, Norm};
use crate::fused::{self, Geometry};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// A square kernel over channels-last pictures.
#[derive(Module, Debug)]
pub struct Conv {
    /// `[k, k, C_in, C_out]`.
    weight: Param<Tensor<4>>,
    #[module(skip)]
    stride: usize,
}

impl Conv {
    /// A kernel of `kernel` × `kernel` zeros, padded so that a stride of 1 keeps a picture's size.
    pub fn new(n_in: usize, n_out: usize, kernel: usize, stride: usize, device: &Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([kernel, kernel, n_in, n_out], device)),
            stride,
        }
    }

    /// The convolution, normalized, with `residual` added and a ReLU behind it where asked for.
    ///
    /// In evaluation a batch normalization is one scale and shift a channel: they go into the kernel.
    ///
    /// # Shapes
    /// - `x`: `[N, H, W, C_in]`
    /// - `residual` and output: `[N, H', W', C_out]`
    pub fn normalized(
        &self,
        norm: &Norm,
        x: Tensor<4>,
        residual: Option<Tensor<4>>,
        relu: bool,
        mode: Mode,
    ) -> Tensor<4> {
        let weight = self.weight.val();
        let geometry = Geometry { stride: self.stride, pad: weight.dims()[0] / 2 };
        match (norm, mode) {
            (Norm::Batch(norm), Mode::Eval) => {
                let (scale, shift) = norm.scale_and_shift();
                let weight = weight * scale.unsqueeze();
                fused::conv(x, weight, Some(shift), residual, geometry, relu)
            }
            _ => {
                let y = fused::conv(x, weight, None, None, geometry, false);
                norm.forward(y, residual, relu, mode)
            }
        }
    }

    /// A convolution, and the normalization of its output.
    pub fn with_norm(
        kind: NormKind,
        (n_in, n_out): (usize, usize),
        (kernel, stride): (usize, usize),
        device: &Device,
    ) -> (Self, Norm) {
        (Self::new(n_in, n_out, kernel, stride, device), Norm::new(kind, n_out, device))
    }
}
