//! The law by which each weight is drawn (spec: torchvision's ResNet and PyTorch's defaults, as
//! the official code leaves them). The caller brings the chance.

use super::weights::{Kind, Slot};

/// Start values of a slot in the official order. `unit` draws uniformly from [0, 1).
///
/// Convolutions: normal with variance 2 / fan-out. Linear layers: uniform within 1 / √fan-in,
/// attention's input projection Xavier-uniform. Scales 1, but 0 in the second normalization of
/// each block; biases, shifts and the AGG token 0.
///
/// DIFFERS: PyTorch draws the biases of linear layers within 1 / √fan-in, and the official code's
/// CIFAR stem keeps PyTorch's default law; the layers of its aggregator start as copies of one.
pub fn draw(slot: &Slot, unit: &mut dyn FnMut() -> f32) -> Vec<f32> {
    let n = slot.len();
    match law(slot) {
        Law::Constant(value) => vec![value; n],
        Law::Uniform(bound) => (0..n).map(|_| (2.0 * unit() - 1.0) * bound).collect(),
        Law::Normal(deviation) => (0..n).map(|_| normal(unit) * deviation).collect(),
    }
}

enum Law {
    Constant(f32),
    Uniform(f32),
    Normal(f32),
}

fn law(slot: &Slot) -> Law {
    let name = slot.name.as_str();
    if slot.kind == Kind::Buffer {
        return Law::Constant(if name.ends_with("running_var") { 1.0 } else { 0.0 });
    }
    let fan_in = |shape: &[usize]| shape[1..].iter().product::<usize>().max(1) as f32;
    match slot.shape.len() {
        4 => {
            let fan_out = (slot.shape[0] * slot.shape[2] * slot.shape[3]) as f32;
            Law::Normal((2.0 / fan_out).sqrt())
        }
        2 if name.ends_with("in_proj_weight") => {
            // Xavier over [3E, E]: bound √(6 / (3E + E)).
            Law::Uniform((6.0 / (slot.shape[0] + slot.shape[1]) as f32).sqrt())
        }
        2 => Law::Uniform(1.0 / fan_in(&slot.shape).sqrt()),
        1 if is_norm(name) => {
            let zero = name.ends_with("bias") || (name.contains(".bn2.") && name.contains("layer"));
            Law::Constant(if zero { 0.0 } else { 1.0 })
        }
        _ => Law::Constant(0.0),
    }
}

fn is_norm(name: &str) -> bool {
    name.contains("bn")
        || name.contains("norm")
        || name.contains("downsample.1")
        || name.contains("predictor.1")
}

fn normal(unit: &mut dyn FnMut() -> f32) -> f32 {
    let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - unit()));
    radius * libm::cosf(core::f32::consts::TAU * unit())
}
