//! The fused operations against the same composed of burn's own, values and gradients.
//!
//! On the CPU always, on a GPU where there is one.

use crate::toy;
use burn::tensor::{Device, Tensor, TensorData};
use seq_jepa::fused::{self, Geometry, StepSettings, unfused};
use seq_jepa::model::read;

/// `f32` sums of up to a few thousand products in another order, over the largest magnitude.
const TOLERANCE: f32 = 2e-5;

/// The same where the composed operations run on the GPU too, whose quotients and roots may be off by
/// a few units in the last place.
const TOLERANCE_GPU: f32 = 1e-4;

fn tolerance(device: &Device) -> f32 {
    if *device == Device::flex() { TOLERANCE } else { TOLERANCE_GPU }
}

/// An operation's inputs: tracked tensors by shape, all drawn anew from their index.
struct Inputs {
    device: Device,
    tracked: Vec<Tensor<1>>,
}

impl Inputs {
    fn new(device: &Device) -> Self {
        Self { device: device.clone().autodiff(), tracked: Vec::new() }
    }

    fn tensor<const R: usize>(&mut self, shape: [usize; R]) -> Tensor<R> {
        let n = shape.iter().product();
        let values = toy::normals(&format!("input {}", self.tracked.len()), n);
        let flat = Tensor::<1>::from_data(TensorData::new(values, [n]), &self.device);
        let flat = flat.require_grad();
        self.tracked.push(flat.clone());
        flat.reshape(shape)
    }

    fn scales(&mut self, n: usize) -> Tensor<1> {
        self.tensor([n]).mul_scalar(0.2).add_scalar(1.0)
    }
}

fn values(tensor: Tensor<1>) -> Vec<f32> {
    pollster::block_on(read::flat(tensor.detach())).expect("the device reads")
}

fn flat<const R: usize>(tensor: Tensor<R>) -> Tensor<1> {
    let n = tensor.shape().num_elements();
    tensor.reshape([n])
}

/// The outputs' values, and the gradients of a weighted sum of the first to all inputs.
fn all(device: &Device, operation: &dyn Fn(&mut Inputs) -> Vec<Tensor<1>>) -> Vec<Vec<f32>> {
    let mut inputs = Inputs::new(device);
    let outputs = operation(&mut inputs);
    let first = outputs[0].clone();
    let n = first.dims()[0];
    let weights = Tensor::from_data(TensorData::new(toy::normals("weights", n), [n]), device);
    let gradients = (first * Tensor::from_inner(weights)).sum().backward();
    let found = inputs.tracked.iter().map(|input| match input.grad(&gradients) {
        Some(gradient) => values(gradient),
        None => Vec::new(),
    });
    let found: Vec<Vec<f32>> = found.collect();
    outputs.into_iter().map(values).chain(found).collect()
}

fn check(
    name: &str,
    device: &Device,
    fused: &dyn Fn(&mut Inputs) -> Vec<Tensor<1>>,
    unfused: &dyn Fn(&mut Inputs) -> Vec<Tensor<1>>,
) {
    let (found, expected) = (all(device, fused), all(device, unfused));
    for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(found.len(), expected.len(), "{name}, part {index}");
        let scale = expected.iter().fold(1e-3_f32, |max, value| max.max(value.abs()));
        let error = toy::largest_difference(found, expected) / scale;
        assert!(
            error <= tolerance(device),
            "{name}, part {index} of {}: {error:e}",
            expected.len()
        );
    }
}

/// Every operation at shapes that exercise its edges.
fn check_all(device: &Device) {
    check_convolutions(device);
    check_linear_maps(device);
    check_batch_norms(device);
    check_layer_norms(device);
    check_attention(device);
    check_the_rest(device);
}

fn check_convolutions(device: &Device) {
    // Pictures, height, width, channels in and out, kernel, stride.
    let cases = [
        [2, 8, 8, 16, 16, 3, 1],
        [3, 7, 5, 3, 8, 3, 2],
        [2, 8, 8, 16, 32, 3, 2],
        [2, 9, 9, 8, 12, 1, 2],
        [1, 12, 12, 3, 20, 7, 2],
        [5, 4, 4, 32, 40, 3, 1],
        [40, 6, 6, 5, 7, 3, 1],
        [1, 3, 3, 1, 1, 3, 1],
    ];
    for [n, h, w, c, o, k, stride] in cases {
        let geometry = Geometry { stride, pad: k / 2 };
        let (h_out, w_out) = (geometry.outputs(h, k), geometry.outputs(w, k));
        for [bias, residual, relu] in
            [[false, false, false], [true, false, true], [false, true, true], [true, true, false]]
        {
            let inputs = |inputs: &mut Inputs| {
                let (x, weight) = (inputs.tensor([n, h, w, c]), inputs.tensor([k, k, c, o]));
                let bias = bias.then(|| inputs.tensor([o]));
                let residual = residual.then(|| inputs.tensor([n, h_out, w_out, o]));
                (x, weight, bias, residual)
            };
            let name = format!("{n}×{h}×{w}×{c} → {o}, {k}/{stride} {bias} {residual} {relu}");
            check(
                &name,
                device,
                &|all| {
                    let (x, weight, bias, residual) = inputs(all);
                    vec![flat(fused::conv(x, weight, bias, residual, geometry, relu))]
                },
                &|all| {
                    let (x, weight, bias, residual) = inputs(all);
                    vec![flat(unfused::conv(x, weight, bias, residual, geometry, relu))]
                },
            );
        }
    }
}

fn check_linear_maps(device: &Device) {
    for [r, c, o] in [[1, 3, 5], [7, 16, 64], [300, 24, 33], [5_000, 4, 16]] {
        check(
            &format!("linear {r}×{c} → {o}"),
            device,
            &|all| {
                let (x, weight, bias) = (all.tensor([r, c]), all.tensor([c, o]), all.tensor([o]));
                vec![flat(fused::linear(x, weight, Some(bias), true))]
            },
            &|all| {
                let (x, weight, bias) = (all.tensor([r, c]), all.tensor([c, o]), all.tensor([o]));
                vec![flat(burn::tensor::activation::relu(x.matmul(weight) + bias.unsqueeze()))]
            },
        );
    }
}

fn check_batch_norms(device: &Device) {
    for [n, h, c] in [[1, 2, 3], [4, 4, 16], [3, 5, 24], [1_500, 1, 8], [40, 8, 33]] {
        for [affine, residual, relu] in
            [[true, false, true], [true, true, true], [false, false, false], [true, true, false]]
        {
            let inputs = |all: &mut Inputs| {
                let x = all.tensor([n, h, h, c]).mul_scalar(0.7).add_scalar(3.0);
                let affine = affine.then(|| (all.scales(c), all.tensor([c])));
                let residual = residual.then(|| all.tensor([n, h, h, c]));
                let running = (all.tensor([c]).detach(), all.scales(c).detach());
                (x, affine, residual, running)
            };
            let parts = |result: fused::Normalized<4>| {
                vec![flat(result.output), result.running_mean, result.running_variance]
            };
            check(
                &format!("batch norm {n}×{h}×{h}×{c}, {affine} {residual} {relu}"),
                device,
                &|all| {
                    let (x, affine, residual, running) = inputs(all);
                    parts(fused::batch_norm(x, affine, residual, running, relu))
                },
                &|all| {
                    let (x, affine, residual, running) = inputs(all);
                    parts(unfused::batch_norm(x, affine, residual, running, relu))
                },
            );
        }
    }
}

fn check_layer_norms(device: &Device) {
    for [r, c] in [[1, 8], [5, 144], [300, 33]] {
        for residual in [false, true] {
            let inputs = |all: &mut Inputs| {
                let (x, gamma, beta) = (all.tensor([r, c]), all.scales(c), all.tensor([c]));
                (x, residual.then(|| all.tensor([r, c])), gamma, beta)
            };
            check(
                &format!("layer norm {r}×{c}, {residual}"),
                device,
                &|all| {
                    let (x, residual, gamma, beta) = inputs(all);
                    vec![flat(fused::layer_norm(x, residual, gamma, beta))]
                },
                &|all| {
                    let (x, residual, gamma, beta) = inputs(all);
                    vec![flat(unfused::layer_norm(x, residual, gamma, beta))]
                },
            );
        }
    }
}

fn check_attention(device: &Device) {
    for [b, t, e, heads] in [[1, 1, 4, 1], [3, 4, 144, 4], [5, 9, 40, 2]] {
        for drop in [false, true] {
            let inputs = |all: &mut Inputs| {
                let qkv = all.tensor([b, t, 3 * e]);
                (qkv, drop.then(|| all.tensor([b, heads, t, t]).detach()))
            };
            let parts = |found: fused::Attended| vec![flat(found.output), flat(found.weights)];
            check(
                &format!("attention {b}×{t}×{e}, {heads} heads, {drop}"),
                device,
                &|all| {
                    let (qkv, drop) = inputs(all);
                    parts(fused::attention(qkv, drop, heads))
                },
                &|all| {
                    let (qkv, drop) = inputs(all);
                    parts(unfused::attention(qkv, drop, heads))
                },
            );
        }
    }
}

fn check_the_rest(device: &Device) {
    for [n, h, c] in [[1, 1, 3], [3, 4, 24], [9, 7, 40]] {
        check(
            &format!("mean over pixels {n}×{h}×{h}×{c}"),
            device,
            &|all| vec![flat(fused::mean_pool(all.tensor([n, h, h, c])))],
            &|all| vec![flat(unfused::mean_pool(all.tensor([n, h, h, c])))],
        );
        check(
            &format!("1 − cosine {n}×{c}"),
            device,
            &|all| {
                let (x, y) = (all.tensor([n, c]), all.tensor([n, c]));
                vec![fused::one_minus_cosine(x, y.detach())]
            },
            &|all| {
                let (x, y) = (all.tensor([n, c]), all.tensor([n, c]));
                vec![unfused::one_minus_cosine(x, y.detach())]
            },
        );
    }
    check_flat_vectors(device);
}

fn check_flat_vectors(device: &Device) {
    let draw = |name: &str, n: usize| {
        Tensor::<1>::from_data(TensorData::new(toy::normals(name, n), [n]), device)
    };
    let same = |name: &str, found: Tensor<1>, expected: Tensor<1>| {
        let (found, expected) = (values(found), values(expected));
        let error = toy::largest_difference(&found, &expected);
        assert!(error <= tolerance(device), "{name}: {error:e}");
    };
    let parts = || [1, 64, 65, 3, 200, 1_000, 7, 128, 9].map(|n| draw(&format!("part {n}"), n));
    for align in [1, 64] {
        let (found, expected) = (parts().to_vec(), parts().to_vec());
        same("gather", fused::gather(found, align), unfused::gather(expected, align));
    }
    let (start, n) = (128, 77);
    let flat = || draw("flat", 1_000);
    same("view", fused::view(flat(), start, n), flat().slice(start..start + n));
    for (n, n_average, clip_norm) in [(1, 1, 1.0), (5_000, 1_300, 1.0), (40_000, 40_000, 1e9)] {
        let settings = StepSettings { rate: 0.01, root: 0.3, decay: 0.02, clip_norm, tau: 0.99 };
        let step = |operation: &dyn Fn(
            Tensor<1>,
            Tensor<1>,
            (Tensor<1>, Tensor<1>),
            Tensor<1>,
            Tensor<1>,
            StepSettings,
        ) -> fused::Stepped| {
            let moments = (draw("first", n), draw("second", n).square());
            let (theta, gradient, mask) = (draw("theta", n), draw("g", n), draw("mask", n));
            operation(theta, gradient, moments, mask, draw("average", n_average), settings)
        };
        let (found, expected) = (step(&fused::adamw), step(&unfused::adamw));
        same("theta", found.theta, expected.theta);
        same("first moment", found.first, expected.first);
        same("second moment", found.second, expected.second);
        same("moving average", found.average, expected.average);
        same(
            "norm",
            found.norm.div_scalar((n as f32).sqrt()),
            expected.norm.div_scalar((n as f32).sqrt()),
        );
    }
}

#[test]
fn on_the_cpu_fused_operations_are_the_composed_ones() {
    check_all(&toy::device());
}

/// Without an adapter there is nothing to check, which is printed.
#[cfg(feature = "gpu")]
#[test]
fn on_a_gpu_fused_operations_are_the_composed_ones() {
    if let Some(device) = toy::gpu() {
        check_all(&device);
    }
}
