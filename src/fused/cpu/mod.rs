//! The fused operations on burn's CPU backend.
//!
//! Vector widths are chosen at run time (AVX-512, AVX2, NEON; SIMD128 in a browser). Natively the
//! work is shared out among rayon's threads in pieces whose size depends on shapes alone, and every
//! sum has one order: results do not depend on the number of threads.

mod adamw;
mod attention;
mod batch_norm;
mod conv;
mod cosine;
mod lanes;
mod layer_norm;
mod machine;
mod ops;
mod pieces;
mod rows;
mod tile;
mod weight_gradient;

#[cfg(feature = "threads")]
pub(super) use pieces::both;

use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Shape, TensorData};

/// A tensor's values in their own order.
struct Values(FlexTensor);

impl Values {
    fn new(tensor: &FlexTensor) -> Self {
        // A view into a longer vector is as good as a vector of its own.
        let in_order = tensor.as_slice::<f32>().is_some();
        Self(if in_order { tensor.clone() } else { tensor.to_contiguous() })
    }

    fn all(&self) -> &[f32] {
        self.0.as_slice().expect("values in their own order")
    }
}

fn optional(tensor: Option<&FlexTensor>) -> Option<Values> {
    tensor.map(Values::new)
}

fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Length of the last dimension.
fn last(tensor: &FlexTensor) -> usize {
    let shape = tensor.shape();
    shape[shape.num_dims() - 1]
}
