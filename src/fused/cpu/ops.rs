//! From tensors to slices and back.

use super::pieces::{both, copy, zeros};
use super::{Values, adamw, attention, batch_norm, conv, cosine, last, layer_norm, optional, rows};
use super::{tensor, weight_gradient};
use crate::fused::{FusedGradients, FusedOps, Geometry, Maybe, Parts, StepSettings};
use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};

type Two = (FlexTensor, FlexTensor);
type Three = (FlexTensor, FlexTensor, FlexTensor);
type Four = (FlexTensor, FlexTensor, FlexTensor, FlexTensor);
type Five = (FlexTensor, FlexTensor, FlexTensor, FlexTensor, FlexTensor);

/// Sizes of a convolution of pictures `[n, height, width, depth]`.
fn sizes([n, height, width, depth]: [usize; 4], columns: usize, kernel: usize) -> conv::Sizes {
    conv::Sizes { n, height, width, depth, columns, kernel }
}

impl FusedOps for Flex {
    fn conv(
        x: FlexTensor,
        weight: FlexTensor,
        bias: Maybe<Self>,
        residual: Maybe<Self>,
        geometry: Geometry,
        relu: bool,
    ) -> FlexTensor {
        let [n, height, width, _] = x.shape().dims();
        let [kernel, _, _, columns] = weight.shape().dims();
        let (bias, residual) =
            (optional(bias.into_option().as_ref()), optional(residual.into_option().as_ref()));
        let epilogue = conv::Epilogue {
            bias: bias.as_ref().map(Values::all),
            residual: residual.as_ref().map(Values::all),
            relu,
        };
        let sizes = sizes(x.shape().dims(), columns, kernel);
        let (x, weight) = (Values::new(&x), Values::new(&weight));
        let y = conv::forward(x.all(), weight.all(), sizes, geometry, epilogue);
        let outputs = |side| geometry.outputs(side, kernel);
        tensor(y, [n, outputs(height), outputs(width), columns])
    }

    fn normalize_batch(
        x: FlexTensor,
        gamma: Maybe<Self>,
        beta: Maybe<Self>,
        residual: Maybe<Self>,
        running_mean: FlexTensor,
        running_variance: FlexTensor,
        relu: bool,
    ) -> Five {
        let (shape, columns) = (x.shape(), last(&x));
        let (gamma, beta) =
            (optional(gamma.into_option().as_ref()), optional(beta.into_option().as_ref()));
        let residual = optional(residual.into_option().as_ref());
        let affine = gamma.as_ref().map(Values::all).zip(beta.as_ref().map(Values::all));
        let (x, mean, variance) =
            (Values::new(&x), Values::new(&running_mean), Values::new(&running_variance));
        let found = batch_norm::statistics(x.all(), mean.all(), variance.all());
        let residual = residual.as_ref().map(Values::all);
        let y = batch_norm::normalize(x.all(), &found, affine, residual, relu);
        let of_columns = |values| tensor(values, [columns]);
        (
            tensor(y, shape),
            of_columns(found.mean),
            of_columns(found.inverse_deviation),
            of_columns(found.running_mean),
            of_columns(found.running_variance),
        )
    }

    fn normalize_rows(
        x: FlexTensor,
        residual: Maybe<Self>,
        gamma: FlexTensor,
        beta: FlexTensor,
    ) -> FlexTensor {
        let (shape, residual) = (x.shape(), optional(residual.into_option().as_ref()));
        let residual = residual.as_ref().map(Values::all);
        let (x, gamma, beta) = (Values::new(&x), Values::new(&gamma), Values::new(&beta));
        tensor(layer_norm::forward(x.all(), residual, gamma.all(), beta.all()), shape)
    }

    fn attend(qkv: FlexTensor, drop: Maybe<Self>, n_heads: usize) -> Two {
        let [b, tokens, width] = qkv.shape().dims();
        let sizes = attention::Sizes { tokens, width: width / 3, heads: n_heads };
        let (qkv, drop) = (Values::new(&qkv), optional(drop.into_option().as_ref()));
        let drop = drop.as_ref().map(Values::all);
        let (output, weights) = attention::forward(qkv.all(), drop, sizes);
        let weights = tensor(weights, [b, n_heads, tokens, tokens]);
        (tensor(output, [b, tokens, width / 3]), weights)
    }

    fn mean_pool(x: FlexTensor) -> FlexTensor {
        let [n, height, width, columns] = x.shape().dims();
        tensor(rows::mean_pool(Values::new(&x).all(), height * width, columns), [n, columns])
    }

    fn one_minus_cosine(x: FlexTensor, y: FlexTensor) -> FlexTensor {
        let columns = last(&x);
        let (x, y) = (Values::new(&x), Values::new(&y));
        tensor(vec![cosine::forward(x.all(), y.all(), columns)], [1])
    }

    fn blank(_: FlexTensor, n: usize) -> FlexTensor {
        // By all threads: burn's own is zeroed by one, and then moved.
        tensor(zeros(n), [n])
    }

    fn place(mut out: FlexTensor, parts: Parts<Self>, start: usize, align: usize) -> FlexTensor {
        let parts: Vec<Values> = parts.into_vec().iter().map(Values::new).collect();
        let mut rest = &mut out.storage_mut::<f32>()[start..];
        let mut places = Vec::with_capacity(parts.len());
        for part in &parts {
            let n = part.all().len();
            let (place, after) = rest.split_at_mut(n.next_multiple_of(align));
            places.push((place, part.all()));
            rest = after;
        }
        copy(places);
        out
    }

    fn view(flat: FlexTensor, start: usize, n: usize) -> FlexTensor {
        flat.narrow(0, start, n)
    }

    fn adamw(
        theta: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        decay_mask: FlexTensor,
        average: FlexTensor,
        settings: StepSettings,
    ) -> Five {
        let all = [&theta, &gradient, &first, &second, &decay_mask, &average].map(Values::new);
        let [theta, gradient, first, second, decay_mask, average] = all.each_ref().map(Values::all);
        let before = adamw::Before { theta, gradient, first, second, decay_mask, average };
        let after = adamw::step(before, settings);
        let flat = |values: Vec<f32>| {
            let n = values.len();
            tensor(values, [n])
        };
        (
            flat(after.theta),
            flat(after.first),
            flat(after.second),
            flat(after.average),
            flat(vec![after.norm]),
        )
    }
}

impl FusedGradients for Flex {
    fn both<X: Send, Y: Send>(
        first: impl FnOnce() -> X + Send,
        second: impl FnOnce() -> Y + Send,
    ) -> (X, Y) {
        both(first, second)
    }

    fn conv_x_gradient(
        gradient: FlexTensor,
        weight: FlexTensor,
        geometry: Geometry,
        height: usize,
        width: usize,
    ) -> FlexTensor {
        let [kernel, _, depth, columns] = weight.shape().dims();
        let n = gradient.shape()[0];
        let shape = [n, height, width, depth];
        let (gradient, weight) = (Values::new(&gradient), Values::new(&weight));
        let sizes = sizes(shape, columns, kernel);
        tensor(conv::x_gradient(gradient.all(), weight.all(), sizes, geometry), shape)
    }

    fn conv_weight_gradient(
        x: FlexTensor,
        gradient: FlexTensor,
        geometry: Geometry,
        kernel: usize,
    ) -> FlexTensor {
        let (columns, depth) = (last(&gradient), last(&x));
        let sizes = sizes(x.shape().dims(), columns, kernel);
        let (x, gradient) = (Values::new(&x), Values::new(&gradient));
        let found = weight_gradient::weight_gradient(x.all(), gradient.all(), sizes, geometry);
        tensor(found, [kernel, kernel, depth, columns])
    }

    fn relu_gradient(gradient: FlexTensor, y: FlexTensor) -> FlexTensor {
        let shape = y.shape();
        let (gradient, y) = (Values::new(&gradient), Values::new(&y));
        tensor(rows::relu_gradient(gradient.all(), y.all()), shape)
    }

    fn column_sums(x: FlexTensor) -> FlexTensor {
        let columns = last(&x);
        tensor(rows::column_sums(Values::new(&x).all(), columns), [columns])
    }

    fn batch_norm_gradient(
        gradient: FlexTensor,
        x: FlexTensor,
        y: Option<FlexTensor>,
        gamma: Option<FlexTensor>,
        mean: FlexTensor,
        inverse_deviation: FlexTensor,
    ) -> Four {
        let (shape, columns) = (x.shape(), last(&x));
        let (y, gamma) = (optional(y.as_ref()), optional(gamma.as_ref()));
        let (x, mean, deviation) =
            (Values::new(&x), Values::new(&mean), Values::new(&inverse_deviation));
        let found = batch_norm::gradients(
            Values::new(&gradient).all(),
            x.all(),
            y.as_ref().map(Values::all),
            gamma.as_ref().map(Values::all),
            (mean.all(), deviation.all()),
        );
        let passed = found.passed.map_or(gradient, |passed| tensor(passed, shape.clone()));
        let of_columns = |values| tensor(values, [columns]);
        (tensor(found.x, shape), of_columns(found.gamma), of_columns(found.beta), passed)
    }

    fn layer_norm_gradient(
        gradient: FlexTensor,
        x: FlexTensor,
        residual: Option<FlexTensor>,
        gamma: FlexTensor,
    ) -> Three {
        let (shape, columns) = (x.shape(), last(&x));
        let residual = optional(residual.as_ref());
        let (gradient, x, gamma) = (Values::new(&gradient), Values::new(&x), Values::new(&gamma));
        let residual = residual.as_ref().map(Values::all);
        let (dx, dgamma, dbeta) =
            layer_norm::gradients(gradient.all(), x.all(), residual, gamma.all());
        (tensor(dx, shape), tensor(dgamma, [columns]), tensor(dbeta, [columns]))
    }

    fn attention_gradient(
        gradient: FlexTensor,
        qkv: FlexTensor,
        weights: FlexTensor,
        drop: Option<FlexTensor>,
    ) -> FlexTensor {
        let shape = qkv.shape();
        let heads = weights.shape()[1];
        let sizes = attention::Sizes { tokens: shape[1], width: shape[2] / 3, heads };
        let drop = optional(drop.as_ref());
        let (gradient, qkv, weights) =
            (Values::new(&gradient), Values::new(&qkv), Values::new(&weights));
        let drop = drop.as_ref().map(Values::all);
        let found = attention::gradient(gradient.all(), qkv.all(), weights.all(), drop, sizes);
        tensor(found, shape)
    }

    fn mean_pool_gradient(gradient: FlexTensor, height: usize, width: usize) -> FlexTensor {
        let (n, columns) = (gradient.shape()[0], last(&gradient));
        let gradient = Values::new(&gradient);
        let found = rows::mean_pool_gradient(gradient.all(), height * width, columns);
        tensor(found, [n, height, width, columns])
    }

    fn one_minus_cosine_gradient(gradient: FlexTensor, x: FlexTensor, y: FlexTensor) -> FlexTensor {
        let (shape, columns) = (x.shape(), last(&x));
        let gradient = Values::new(&gradient).all()[0];
        let (x, y) = (Values::new(&x), Values::new(&y));
        tensor(cosine::gradient(gradient, x.all(), y.all(), columns), shape)
    }
}
