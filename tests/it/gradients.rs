//! Gradients and updates against formulas that do not know the reference.
//!
//! 1. The gradient of the whole loss is its finite difference, tensor by tensor along the
//!    gradient and value by value along single parameters.
//! 2. The gradient of group normalization, by itself, is that of its formula.
//! 3. Three AdamW updates are those of a few lines of f64.
//! 4. Clipping scales all gradients by one factor, and only when their norm is over the limit;
//!    weight decay is for matrices.

use crate::toy;
use burn::tensor::Tensor;
use seq_jepa::model::norm::Norm;
use seq_jepa::model::weights::{self, Kind, Slot};
use seq_jepa::model::{Conditioning, Mode, NormKind, SeqJepa, TargetEncoder};
use seq_jepa::train::flat::FlatLayout;
use seq_jepa::train::optim::{AdamW, UpdateSettings};

/// Central differences through f32: the few ReLUs that change sign within a step of [`STEP`], and
/// rounding of about 2e-8 / [`STEP`] beside slopes of [`SLOPE_MIN`] or more.
const TOL_DIFFERENCE: f64 = 0.06;

/// Length of a step in parameter space, to either side.
const STEP: f64 = 1e-3;

/// Slopes below this drown in the rounding.
const SLOPE_MIN: f64 = 2e-3;

/// The same for one parameter, where a single ReLU weighs more.
const SLOPE_MIN_ONE: f64 = 1e-2;

/// f32 against f64 over three updates of parameters of order one.
const TOL_UPDATE: f64 = 2e-6;

/// f32 against f64 over sums of 18 values of order one.
const TOL_FORMULA: f64 = 1e-4;

struct Hill {
    online: SeqJepa,
    target: TargetEncoder,
    layout: FlatLayout,
    theta: Vec<f32>,
    mode: Mode,
}

impl Hill {
    fn new(norm: NormKind, mode: Mode) -> Self {
        let (online, target) = toy::models(&toy::config(norm, Conditioning::Both));
        let layout = FlatLayout::of(&online);
        let theta = toy::numbers(layout.gather(&online));
        Self { online, target, layout, theta, mode }
    }

    fn gradient(&self) -> Vec<f32> {
        let forward = toy::forward(&self.online, &self.target, &toy::batch("hill"), self.mode);
        toy::numbers(self.layout.gradients(&self.online, &forward.loss.backward()))
    }

    /// The loss at θ + `length` × `direction`, where `direction` starts at flat place `start`.
    fn loss(&self, start: usize, direction: &[f64], length: f64) -> f64 {
        let mut theta = self.theta.clone();
        for (value, d) in theta[start..].iter_mut().zip(direction) {
            *value = (f64::from(*value) + length * d) as f32;
        }
        let n = theta.len();
        let online = self.layout.scatter(self.online.clone(), &toy::tensor(theta, [n]));
        let forward = toy::forward(&online, &self.target, &toy::batch("hill"), self.mode);
        let (z_hat, z_target) = (toy::numbers(forward.z_hat), toy::numbers(forward.z_target));
        one_minus_cosine(&z_hat, &z_target, z_hat.len() / toy::B)
    }

    fn slope(&self, start: usize, direction: &[f64]) -> f64 {
        let (up, down) = (self.loss(start, direction, STEP), self.loss(start, direction, -STEP));
        (up - down) / (2.0 * STEP)
    }

    fn places(&self) -> impl Iterator<Item = (usize, &Slot)> {
        self.layout.places().map(|(place, slot)| (place.start, slot))
    }
}

/// The loss in f64: mean over the rows of 1 − cosine.
fn one_minus_cosine(z_hat: &[f32], z_target: &[f32], width: usize) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let rows = z_hat.chunks_exact(width).zip(z_target.chunks_exact(width));
    let losses: Vec<f64> =
        rows.map(|(a, b)| 1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).collect();
    losses.iter().sum::<f64>() / losses.len() as f64
}

#[test]
fn the_loss_is_one_minus_cosine() {
    let hill = Hill::new(NormKind::Batch, Mode::Train);
    let forward = toy::forward(&hill.online, &hill.target, &toy::batch("hill"), Mode::Train);
    let found = f64::from(toy::numbers(forward.loss)[0]);
    let expected = hill.loss(0, &[], 0.0);
    assert!((found - expected).abs() < TOL_UPDATE, "{found} for {expected}");
}

fn check_tensors(norm: NormKind, mode: Mode) {
    let hill = Hill::new(norm, mode);
    let gradient = hill.gradient();
    let mut n_steep = 0;
    for (start, slot) in hill.places() {
        let part: Vec<f64> =
            gradient[start..start + slot.len()].iter().map(|g| f64::from(*g)).collect();
        let length = part.iter().map(|g| g * g).sum::<f64>().sqrt();
        if length < SLOPE_MIN {
            continue;
        }
        n_steep += 1;
        let direction: Vec<f64> = part.iter().map(|g| g / length).collect();
        let found = hill.slope(start, &direction);
        let error = (found - length).abs() / length;
        assert!(error < TOL_DIFFERENCE, "{}: slope {found} for {length}: {error:.4}", slot.name);
    }
    let n = hill.layout.slots.len();
    assert!(n_steep * 4 > n * 3, "{n_steep} of {n} tensors have a slope to speak of");
}

#[test]
fn gradients_are_finite_differences_with_group_norm_in_eval_mode() {
    check_tensors(NormKind::Group, Mode::Eval);
}

#[test]
fn gradients_are_finite_differences_with_batch_norm_in_eval_mode() {
    check_tensors(NormKind::Batch, Mode::Eval);
}

#[test]
fn gradients_are_finite_differences_through_batch_statistics() {
    check_tensors(NormKind::Batch, Mode::Train);
}

/// The steepest parameter of every tensor, by itself.
#[test]
fn the_steepest_parameter_of_each_tensor_has_its_own_slope() {
    let hill = Hill::new(NormKind::Batch, Mode::Eval);
    let gradient = hill.gradient();
    let mut n_steep = 0;
    for (start, slot) in hill.places() {
        let part = start..start + slot.len();
        let place = part.max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs()));
        let place = place.expect("a tensor has values");
        let expected = f64::from(gradient[place]);
        if expected.abs() < SLOPE_MIN_ONE {
            continue;
        }
        n_steep += 1;
        let error = (hill.slope(place, &[1.0]) - expected).abs() / expected.abs();
        assert!(error < TOL_DIFFERENCE, "{} at {}: {error:.4}", slot.name, place - start);
    }
    assert!(n_steep >= 10, "{n_steep} tensors have a steep parameter");
}

/// With L = Σ k y and y = γ x̂ + β over groups of n values: ∂L/∂γ = Σ k x̂, ∂L/∂β = Σ k and
/// ∂L/∂x = (kγ − mean(kγ) − x̂ mean(kγ x̂)) / σ.
#[test]
fn group_norm_has_the_gradient_of_its_formula() {
    let (n_items, n_channels, n_pixels) = (2, 16, 9);
    let group = n_channels / 8 * n_pixels;
    let n = n_items * n_channels * n_pixels;
    let [x, k] = ["x", "k"].map(|name| toy::normals(name, n));
    let [gamma, beta] = ["gamma", "beta"].map(|name| toy::normals(name, n_channels));
    let autodiff = toy::device().autodiff();
    let norm =
        weights::fill(Norm::new(NormKind::Group, n_channels, &autodiff), &autodiff, |slot| {
            Ok(if slot.name.ends_with("bias") { beta.clone() } else { gamma.clone() })
        })
        .expect("two slots");
    let shaped = |values: &Vec<f32>| {
        Tensor::<4>::from_inner(toy::tensor(values.clone(), [n_items, n_channels, 3, 3]))
    };
    let input = shaped(&x).require_grad();
    // The formula counts channels first, the layer last.
    let last = input.clone().permute([0, 2, 3, 1]);
    let output = norm.forward(last, None, false, Mode::Train).permute([0, 3, 1, 2]);
    let loss = (output * shaped(&k)).sum();
    let gradients = loss.backward();
    let layout = FlatLayout::of(&norm);
    let flat = toy::numbers(layout.gradients(&norm, &gradients));
    let found: Vec<f32> = layout.places().flat_map(|(place, _)| flat[place].to_vec()).collect();
    let found_x = toy::numbers(input.grad(&gradients).expect("a tracked input"));
    let (mut d_gamma, mut d_beta) = (vec![0.0; n_channels], vec![0.0; n_channels]);
    for start in (0..n).step_by(group) {
        let places: Vec<usize> = (start..start + group).collect();
        let mean = |value: &dyn Fn(usize) -> f64| {
            places.iter().map(|i| value(*i)).sum::<f64>() / group as f64
        };
        let center = mean(&|i| f64::from(x[i]));
        let deviation = (mean(&|i| (f64::from(x[i]) - center).powi(2)) + 1e-5).sqrt();
        let channel = |i: usize| i / n_pixels % n_channels;
        let x_hat = |i: usize| (f64::from(x[i]) - center) / deviation;
        let weighted = |i: usize| f64::from(k[i]) * f64::from(gamma[channel(i)]);
        let (flat, tilt) = (mean(&weighted), mean(&|i| weighted(i) * x_hat(i)));
        for i in places.iter().copied() {
            d_gamma[channel(i)] += f64::from(k[i]) * x_hat(i);
            d_beta[channel(i)] += f64::from(k[i]);
            let expected = (weighted(i) - flat - x_hat(i) * tilt) / deviation;
            let error = (f64::from(found_x[i]) - expected).abs();
            assert!(error < TOL_FORMULA, "input {i}: {} for {expected}", found_x[i]);
        }
    }
    for (index, expected) in d_gamma.into_iter().chain(d_beta).enumerate() {
        let error = (f64::from(found[index]) - expected).abs();
        assert!(error < TOL_FORMULA, "parameter {index}: {} for {expected}", found[index]);
    }
}

/// One AdamW in f64 (Loshchilov and Hutter 2019, algorithm 2, as PyTorch groups it).
struct ByHand {
    theta: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    updates: i32,
}

impl ByHand {
    fn update(&mut self, gradient: &[f64], decays: &[bool], settings: UpdateSettings) {
        let UpdateSettings { learning_rate, weight_decay, clip_norm, .. } = settings;
        self.updates += 1;
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let scale = (clip_norm / (norm + 1e-6)).min(1.0);
        for (i, gradient) in gradient.iter().enumerate() {
            let g = gradient * scale;
            if decays[i] {
                self.theta[i] *= 1.0 - learning_rate * weight_decay;
            }
            self.first[i] = 0.9 * self.first[i] + 0.1 * g;
            self.second[i] = 0.999 * self.second[i] + 0.001 * g * g;
            let m = self.first[i] / (1.0 - 0.9_f64.powi(self.updates));
            let v = self.second[i] / (1.0 - 0.999_f64.powi(self.updates));
            self.theta[i] -= learning_rate * m / (v.sqrt() + 1e-8);
        }
    }
}

#[test]
fn three_adamw_updates_are_those_of_a_few_lines_of_f64() {
    let (online, _) = toy::models(&toy::config(NormKind::Batch, Conditioning::Both));
    let layout = FlatLayout::of(&online);
    let n = layout.len();
    let mut decays = vec![false; n];
    layout.places().for_each(|(place, slot)| decays[place].fill(slot.shape.len() > 1));
    let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    let mut theta = layout.gather(&online);
    let mut adam = AdamW::new(&layout, &toy::device());
    let mut by_hand = ByHand {
        theta: wide(&toy::numbers(theta.clone())),
        first: vec![0.0; n],
        second: vec![0.0; n],
        updates: 0,
    };
    for (round, clip_norm) in [0.5, 1e9, 2.0].into_iter().enumerate() {
        let (learning_rate, weight_decay) = (1e-2, 0.1);
        let settings = UpdateSettings { learning_rate, weight_decay, clip_norm, tau: 1.0 };
        let gradient = toy::normals(&format!("gradient {round}"), n);
        let target = theta.clone();
        theta = adam.update(theta, target, toy::tensor(gradient.clone(), [n]), settings).theta;
        by_hand.update(&wide(&gradient), &decays, settings);
        let found = toy::numbers(theta.clone());
        let error = found.iter().zip(&by_hand.theta).map(|(f, e)| (f64::from(*f) - e).abs());
        let error = error.fold(0.0, f64::max);
        assert!(error < TOL_UPDATE, "update {round}: {error:e}");
    }
    assert!(decays.iter().any(|d| *d) && decays.iter().any(|d| !*d), "matrices and others");
}

/// n gradients of 0.5 have the norm √n / 2; the first moment is a tenth of what was kept.
#[test]
fn clipping_scales_all_gradients_by_one_factor() {
    let (online, _) = toy::models(&toy::config(NormKind::Batch, Conditioning::Both));
    let layout = FlatLayout::of(&online);
    let n = layout.len();
    let expected_norm = (n as f64).sqrt() / 2.0;
    for (clip_norm, kept) in [(1.0, 1.0 / expected_norm), (2.0 * expected_norm, 1.0)] {
        let mut adam = AdamW::new(&layout, &toy::device());
        let (learning_rate, weight_decay) = (1e-3, 0.0);
        let settings = UpdateSettings { learning_rate, weight_decay, clip_norm, tau: 1.0 };
        let theta = Tensor::zeros([n], &toy::device());
        let gradient = toy::tensor(vec![0.5; n], [n]);
        let norm = adam.update(theta.clone(), theta, gradient, settings).norm;
        let norm = f64::from(toy::numbers(norm)[0]);
        assert!((norm / expected_norm - 1.0).abs() < 1e-5, "norm {norm} for {expected_norm}");
        for value in toy::numbers(adam.first) {
            let error = f64::from(value) / (0.05 * kept) - 1.0;
            assert!(error.abs() < 1e-5, "limit {clip_norm}: {value}");
        }
    }
}

#[test]
fn weight_decay_is_for_matrices_alone() {
    let (online, _) = toy::models(&toy::config(NormKind::Group, Conditioning::Both));
    let layout = FlatLayout::of(&online);
    let mask = toy::numbers(layout.decay_mask(&toy::device()));
    for (place, slot) in layout.places() {
        let vector = ["bias", "norm", "bn", "downsample.1", "predictor.1"]
            .iter()
            .any(|part| slot.name.contains(part));
        let decays = if vector { 0.0 } else { 1.0 };
        assert!(mask[place].iter().all(|m| *m == decays), "{}", slot.name);
    }
    let n_named =
        weights::tensors(&online).iter().filter(|(s, _)| s.kind == Kind::Parameter).count();
    assert_eq!(layout.slots.len(), n_named, "every parameter");
}
