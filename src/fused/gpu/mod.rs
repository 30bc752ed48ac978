//! The GPU's form of the fused operations: kernels that CubeCL compiles, to WGSL in a browser.
//!
//! Every operation is as few launches as it can be; each file says what its kernels compute and
//! which thread does what. They keep to what every WebGPU device has: eight buffers a kernel (one
//! of them for its arguments), workgroups of 256 threads and 16 KiB, no subgroups. Sums have a
//! fixed order.

mod adamw;
mod attention;
mod attention_gradient;
mod batch_norm;
mod batch_norm_gradient;
mod column_sums;
mod conv;
mod conv_weight_gradient;
mod conv_x_gradient;
mod cosine;
mod elementwise;
mod gather;
mod launch;
mod layer_norm;
mod pool;

use super::{FusedGradients, FusedOps, Geometry, Maybe, Parts, StepSettings};
use burn::backend::Cube;
use launch::CubeTensor;

type Two = (CubeTensor, CubeTensor);
type Three = (CubeTensor, CubeTensor, CubeTensor);
type Four = (CubeTensor, CubeTensor, CubeTensor, CubeTensor);
type Five = (CubeTensor, CubeTensor, CubeTensor, CubeTensor, CubeTensor);

impl FusedOps for Cube {
    fn conv(
        x: CubeTensor,
        weight: CubeTensor,
        bias: Maybe<Self>,
        residual: Maybe<Self>,
        geometry: Geometry,
        relu: bool,
    ) -> CubeTensor {
        conv::conv(x, weight, bias.into_option(), residual.into_option(), geometry, relu)
    }

    fn normalize_batch(
        x: CubeTensor,
        gamma: Maybe<Self>,
        beta: Maybe<Self>,
        residual: Maybe<Self>,
        running_mean: CubeTensor,
        running_variance: CubeTensor,
        relu: bool,
    ) -> Five {
        let affine = [gamma.into_option(), beta.into_option()];
        let running = [running_mean, running_variance];
        let (y, [mean, inverse_deviation, moved_mean, moved_variance]) =
            batch_norm::batch_norm(x, affine, residual.into_option(), running, relu);
        (y, mean, inverse_deviation, moved_mean, moved_variance)
    }

    fn normalize_rows(
        x: CubeTensor,
        residual: Maybe<Self>,
        gamma: CubeTensor,
        beta: CubeTensor,
    ) -> CubeTensor {
        layer_norm::layer_norm(x, residual.into_option(), gamma, beta)
    }

    fn attend(qkv: CubeTensor, drop: Maybe<Self>, n_heads: usize) -> Two {
        attention::attention(qkv, drop.into_option(), n_heads)
    }

    fn mean_pool(x: CubeTensor) -> CubeTensor {
        pool::mean_pool(x)
    }

    fn one_minus_cosine(x: CubeTensor, y: CubeTensor) -> CubeTensor {
        cosine::one_minus_cosine(x, y)
    }

    fn blank(like: CubeTensor, n: usize) -> CubeTensor {
        launch::empty(&like, [n])
    }

    fn place(out: CubeTensor, parts: Parts<Self>, start: usize, align: usize) -> CubeTensor {
        gather::place(out, parts.into_vec(), start, align)
    }

    fn view(flat: CubeTensor, start: usize, n: usize) -> CubeTensor {
        launch::part(&launch::contiguous(flat), start, n)
    }

    fn adamw(
        theta: CubeTensor,
        gradient: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        decay_mask: CubeTensor,
        average: CubeTensor,
        settings: StepSettings,
    ) -> Five {
        adamw::adamw([theta, gradient, first, second, decay_mask], average, settings).into()
    }
}

impl FusedGradients for Cube {
    fn conv_x_gradient(
        gradient: CubeTensor,
        weight: CubeTensor,
        geometry: Geometry,
        height: usize,
        width: usize,
    ) -> CubeTensor {
        conv_x_gradient::conv_x_gradient(gradient, weight, geometry, height, width)
    }

    fn conv_weight_gradient(
        x: CubeTensor,
        gradient: CubeTensor,
        geometry: Geometry,
        kernel: usize,
    ) -> CubeTensor {
        conv_weight_gradient::conv_weight_gradient(x, gradient, geometry, kernel)
    }

    fn relu_gradient(gradient: CubeTensor, y: CubeTensor) -> CubeTensor {
        elementwise::relu_gradient(gradient, y)
    }

    fn column_sums(x: CubeTensor) -> CubeTensor {
        column_sums::column_sums(x)
    }

    fn batch_norm_gradient(
        gradient: CubeTensor,
        x: CubeTensor,
        y: Option<CubeTensor>,
        gamma: Option<CubeTensor>,
        mean: CubeTensor,
        inverse_deviation: CubeTensor,
    ) -> Four {
        let statistics = [mean, inverse_deviation];
        batch_norm_gradient::batch_norm_gradient(gradient, x, y, gamma, statistics)
    }

    fn layer_norm_gradient(
        gradient: CubeTensor,
        x: CubeTensor,
        residual: Option<CubeTensor>,
        gamma: CubeTensor,
    ) -> Three {
        layer_norm::layer_norm_gradient(gradient, x, residual, gamma)
    }

    fn attention_gradient(
        gradient: CubeTensor,
        qkv: CubeTensor,
        weights: CubeTensor,
        drop: Option<CubeTensor>,
    ) -> CubeTensor {
        attention_gradient::attention_gradient(gradient, qkv, weights, drop)
    }

    fn mean_pool_gradient(gradient: CubeTensor, height: usize, width: usize) -> CubeTensor {
        pool::mean_pool_gradient(gradient, height, width)
    }

    fn one_minus_cosine_gradient(gradient: CubeTensor, x: CubeTensor, y: CubeTensor) -> CubeTensor {
        cosine::one_minus_cosine_gradient(gradient, x, y)
    }
}
