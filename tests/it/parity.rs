//! Parity with the official PyTorch code, on both paper models.
//!
//! 1. The parameter counts are those of the paper's models.
//! 2. The forward pass agrees in eval and in train mode, every intermediate of it.
//! 3. The gradient of every parameter agrees in norm.
//! 4. One AdamW and one EMA step agree, running statistics included.
//! 5. Five steps on one batch have the reference's losses.
//!
//! All of it on burn's CPU backend and, when built with `--features gpu` and an adapter is there (a
//! software one will do), on wgpu.
//!
//! ReLU makes gradients discontinuous: of about two million activations, the few that lie within
//! rounding of zero may fall on its other side, and AdamW's first steps then move weights by the
//! sign of a gradient. So f32 decides by chance how closely two right implementations agree, and
//! claim 6 settles whether ours is one:
//!
//! 6. In f64 every gradient of the rotation case is the reference's to 1e-4 (measured: 6e-6 and
//!    less, but for one that is zero in exact arithmetic), so that the 1.6e-3 by which f32 differs
//!    is rounding. In the saccade case the reference's own f32 is up to 2.4e-3 off our f64, in the
//!    encoder's first two stages alone; f32 can be held to no more than that.
//!
//! The fixture is `tests/fixtures/reference.json`; weights and inputs are made by its formula.

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use seq_jepa::model::config::EncoderConfig;
use seq_jepa::model::weights::{self, Slot};
use seq_jepa::model::{Forward, Mode, SeqJepa, SeqJepaConfig, Stem, TargetEncoder, read};
use seq_jepa::train::batch::Batch;
use seq_jepa::train::config::RunConfig;
use seq_jepa::train::flat::FlatLayout;
use seq_jepa::train::method::Method;
use seq_jepa::train::optim::{AdamW, UpdateSettings};
use seq_jepa::train::trainer::{State, Trainer};
use seq_jepa::world::WorldConfig;
use serde_json::Value;
use std::ops::Range;

/// f32 on the CPU: sums of up to 4,608 products in another order (fixture's README).
const TOLERANCE_CPU: f64 = 1e-4;

/// f32 on a GPU backend: sums in yet another order, by vector instructions of any driver.
#[cfg(feature = "gpu")]
const TOLERANCE_GPU: f64 = 1e-3;

/// Gradient norms in f32, each on its own scale: what rounding across kinks does, and half as much
/// again (see above).
const TOLERANCE_GRADIENT: f64 = 4e-3;

/// Losses in f32 after two updates or more, which go by the signs of such gradients: twice what f32
/// differs from f64 on this backend (1e-2 to 2.1e-2).
const TOLERANCE_LATE_LOSS: f64 = 5e-2;

/// The same in f64, where only the reference rounds: twice what it differs (1.2e-3 and 3.0e-3).
const TOLERANCE_LATE_LOSS_F64: f64 = 6e-3;

/// Norms below this are rounding noise: the final layer norm's shift has a gradient of zero in
/// exact arithmetic, 1e-8 in the fixture.
const NORM_FLOOR: f64 = 5e-4;

struct Case {
    name: &'static str,
    values: Value,
    device: Device,
    tolerance: f64,
    late_loss: f64,
}

fn case(name: &'static str) -> Case {
    case_on(name, Device::flex(), TOLERANCE_CPU)
}

fn case_on(name: &'static str, device: Device, tolerance: f64) -> Case {
    let all: Value = serde_json::from_str(include_str!("../fixtures/reference.json"))
        .expect("the fixture is JSON");
    Case { name, values: all[name].clone(), device, tolerance, late_loss: TOLERANCE_LATE_LOSS }
}

/// u(name, i) of the fixture's formula, in [-1, 1).
fn u(name: &str, index: usize) -> f64 {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut x = (index as u32).wrapping_mul(0x9E37_79B9).wrapping_add(hash);
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^= x >> 16;
    f64::from(x) / 4_294_967_296.0 * 2.0 - 1.0
}

/// The fixture's value of a tensor.
fn filled(slot: &Slot) -> Vec<f32> {
    let name = slot.name.as_str();
    let norm = ["bn", "norm", "downsample.1", "predictor.1"].iter().any(|part| name.contains(part));
    let fan_in = slot.shape[1..].iter().product::<usize>() as f64;
    let law = |x: f64| match () {
        () if name.ends_with("running_mean") => 0.1 * x,
        () if name.ends_with("running_var") => 1.0 + 0.5 * x,
        () if name == "agg_token" => 0.1 * x,
        () if slot.shape.len() == 1 && name.ends_with("weight") && norm => 1.0 + 0.1 * x,
        () if slot.shape.len() == 1 => 0.1 * x,
        () => (3.0 / fan_in).sqrt() * x,
    };
    (0..slot.len()).map(|i| law(u(name, i)) as f32).collect()
}

impl Case {
    fn number(&self, key: &str) -> usize {
        self.values[key].as_u64().expect("a count") as usize
    }

    fn config(&self) -> RunConfig {
        let stem = if self.values["stem"] == "cifar" { Stem::Cifar } else { Stem::Standard };
        let mut model = SeqJepaConfig::paper(EncoderConfig::resnet18(stem, 64), self.number("d_a"));
        model.aggregator.dropout = 0.0;
        RunConfig {
            preset: self.name.to_owned(),
            method: Method::SeqJepa,
            model,
            world: WorldConfig::from_word(self.name).expect("a world"),
            n_observed: self.number("M"),
            n_observed_min: None,
            batch: self.number("B"),
            steps: 1_000,
            learning_rate: 4e-4,
            warmup_steps: 0,
            weight_decay: 1e-3,
            clip_norm: 1e9,
            tau_start: 0.996,
            ema: true,
            seed: 0,
            data: None,
            saliency: None,
        }
    }

    fn models(&self) -> (SeqJepa, TargetEncoder) {
        let autodiff = self.device.clone().autodiff();
        let empty = SeqJepa::new(&self.config().model, &autodiff);
        let target = empty.target();
        let fill = |slot: &Slot| Ok(filled(slot));
        let online = weights::fill(empty, &autodiff, fill).expect("all slots");
        (online, weights::fill(target, &autodiff, fill).expect("all slots"))
    }

    fn batch(&self) -> Batch {
        let (b, m, p, a) =
            (self.number("B"), self.number("M"), self.number("P"), self.number("d_a"));
        let input = |name: &str, n: usize| -> Vec<f32> {
            let name = format!("{}/{name}", self.name);
            (0..n).map(|i| u(&name, i) as f32).collect()
        };
        let mut actions = input("actions", b * m * a);
        if self.name == "rotation" {
            for action in actions.chunks_exact_mut(a) {
                let norm = action.iter().map(|x| x * x).sum::<f32>().sqrt();
                action.iter_mut().for_each(|x| *x /= norm);
            }
        }
        let data = |values: Vec<f32>, shape: &[usize]| TensorData::new(values, shape.to_vec());
        let observed = data(input("x_obs", b * m * 3 * p * p), &[b, m, 3, p, p]);
        let next = data(input("x_next", b * 3 * p * p), &[b, 3, p, p]);
        Batch {
            // The reference's channels come first.
            observed: Tensor::<5>::from_data(observed, &self.device).permute([0, 1, 3, 4, 2]),
            next: Tensor::<4>::from_data(next, &self.device).permute([0, 2, 3, 1]),
            actions: Tensor::from_data(data(actions, &[b, m, a]), &self.device),
        }
    }

    fn forward(&self, mode: Mode) -> (SeqJepa, Forward) {
        let (online, target) = self.models();
        let batch = self.batch();
        let forward = online.forward(
            &target,
            Tensor::from_inner(batch.observed),
            Tensor::from_inner(batch.next),
            Tensor::from_inner(batch.actions),
            mode,
        );
        (online, forward)
    }
}

fn numbers<const R: usize>(tensor: Tensor<R>) -> Vec<f64> {
    let values =
        pollster::block_on(read::flat(tensor.detach().cast(FloatDType::F32))).expect("flex reads");
    values.into_iter().map(f64::from).collect()
}

/// Largest difference over the largest magnitude.
fn relative_error(found: &[f64], expected: &Value) -> f64 {
    let expected: Vec<f64> = match expected {
        Value::Array(all) => all.iter().map(|v| v.as_f64().expect("a number")).collect(),
        one => vec![one.as_f64().expect("a number")],
    };
    assert_eq!(found.len(), expected.len(), "as many values as the fixture has");
    let scale = expected.iter().fold(1e-12, |max: f64, v| max.max(v.abs()));
    let difference =
        found.iter().zip(&expected).fold(0.0, |max: f64, (f, e)| max.max((f - e).abs()));
    difference / scale
}

fn check_forward(case: &Case, mode: Mode) {
    let name = case.name;
    let expected = &case.values[if mode == Mode::Train { "train" } else { "eval" }];
    let (_, forward) = case.forward(mode);
    let parts = [
        ("z", numbers(forward.z)),
        ("target", numbers(forward.z_target)),
        ("action", numbers(forward.e.expect("the paper's model is conditioned"))),
        ("z_agg", numbers(forward.z_agg)),
        ("z_hat", numbers(forward.z_hat)),
        ("loss", numbers(forward.loss)),
    ];
    for (part, found) in parts {
        let error = relative_error(&found, &expected[part]);
        println!("{name} {mode:?} {part}: relative error {error:.1e}");
        assert!(error <= case.tolerance, "{name} {mode:?} {part}: {error:e}");
    }
}

#[test]
fn rotation_forward_in_eval_mode_is_the_references() {
    check_forward(&case("rotation"), Mode::Eval);
}

#[test]
fn rotation_forward_in_train_mode_is_the_references() {
    check_forward(&case("rotation"), Mode::Train);
}

#[test]
fn saccade_forward_in_eval_mode_is_the_references() {
    check_forward(&case("saccade"), Mode::Eval);
}

#[test]
fn saccade_forward_in_train_mode_is_the_references() {
    check_forward(&case("saccade"), Mode::Train);
}

/// Norms of named parts against the fixture's table: each within the tolerance of the table's
/// largest norm, the convention of [`relative_error`]. Returns how many were compared.
fn check_norms<'a>(
    what: &str,
    tolerance: f64,
    parts: impl Iterator<Item = (&'a str, &'a [f64])>,
    expected: &Value,
) -> usize {
    let table = expected.as_object().expect("a table of norms");
    let largest = table.values().filter_map(Value::as_f64).fold(0.0, f64::max);
    let (mut n, mut worst) = (0, (0.0, ""));
    for (name, values) in parts {
        let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
        let reference = table[name].as_f64().expect("a norm");
        let difference = (norm - reference).abs();
        assert!(difference <= tolerance * largest, "{what} {name}: {norm} for {reference}");
        let own = difference / reference;
        if own > worst.0 && reference > 1e-6 {
            worst = (own, name);
        }
        n += 1;
    }
    println!("{what}: {n} norms; worst on its own scale {:.1e} ({})", worst.0, worst.1);
    n
}

/// Norm of each parameter's gradient, by name.
fn gradient_norms(case: &Case) -> Vec<(String, f64)> {
    let (online, forward) = case.forward(Mode::Train);
    let layout = FlatLayout::of(&online);
    let flat = numbers(layout.gradients(&online, &forward.loss.backward()));
    let norm = |(place, slot): (Range<usize>, &Slot)| {
        (slot.name.clone(), flat[place].iter().map(|v| v * v).sum::<f64>().sqrt())
    };
    layout.places().map(norm).collect()
}

fn check_gradients(case: &Case, tolerance: impl Fn(&str) -> f64) {
    let name = case.name;
    let expected = case.values["grad_l2"].as_object().expect("a table of norms");
    let found = gradient_norms(case);
    assert_eq!(found.len(), expected.len(), "every gradient of the fixture");
    for (slot, norm) in found {
        let reference = expected[&slot].as_f64().expect("a norm");
        let error = (norm - reference).abs() / reference.max(NORM_FLOOR);
        println!("{name} gradient {slot}: relative error {error:.1e}");
        assert!(error <= tolerance(&slot), "{name} gradient {slot}: {norm} for {reference}");
    }
}

#[test]
fn rotation_gradients_are_the_references() {
    check_gradients(&case("rotation"), |_| TOLERANCE_GRADIENT);
}

#[test]
fn saccade_gradients_are_the_references() {
    check_gradients(&case("saccade"), |_| TOLERANCE_GRADIENT);
}

fn trainer(case: &Case) -> Trainer {
    let (online, target) = case.models();
    let optimizer = AdamW::new(&FlatLayout::of(&online), &case.device);
    let state = State { online, target, optimizer, step: 0 };
    Trainer::from_state(case.config(), state, &case.device)
}

fn check_step(case: &Case) {
    let mut trainer = trainer(case);
    let pending = trainer.submit(case.batch());
    pollster::block_on(trainer.finish(pending)).expect("a finite step");
    let state = trainer.state();
    let mut all = weights::tensors(&state.online);
    all.extend(weights::tensors(&state.target));
    let all: Vec<(String, Vec<f64>)> =
        all.into_iter().map(|(slot, tensor)| (slot.name, numbers(tensor))).collect();
    let part = |buffer: bool| {
        all.iter()
            .filter(move |(name, _)| name.contains(".running_") == buffer)
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    };
    let expected = &case.values["after_step"];
    let n = check_norms("parameter", case.tolerance, part(false), &expected["param_l2"]);
    assert_eq!(n, expected["param_l2"].as_object().expect("a table").len());
    let n = check_norms("buffer", case.tolerance, part(true), &expected["running"]);
    assert_eq!(n, expected["running"].as_object().expect("a table").len());
}

#[test]
fn one_rotation_step_moves_weights_target_and_statistics_as_the_reference() {
    check_step(&case("rotation"));
}

#[test]
fn one_saccade_step_moves_weights_target_and_statistics_as_the_reference() {
    check_step(&case("saccade"));
}

/// Losses of five steps at the fixture's constant rate and EMA factor.
fn losses(case: &Case) -> Vec<f64> {
    let (mut online, mut target) = case.models();
    let (layout, target_layout) = (FlatLayout::of(&online), FlatLayout::of(&target));
    let (mut theta, mut theta_target) = (layout.gather(&online), target_layout.gather(&target));
    let mut optimizer = AdamW::new(&layout, &case.device);
    let (learning_rate, weight_decay) = (4e-4, 1e-3);
    let settings = UpdateSettings { learning_rate, weight_decay, clip_norm: 1e9, tau: 0.996 };
    let mut losses = Vec::new();
    for _ in 0..5 {
        let batch = case.batch();
        let forward = online.forward(
            &target,
            Tensor::from_inner(batch.observed),
            Tensor::from_inner(batch.next),
            Tensor::from_inner(batch.actions),
            Mode::Train,
        );
        losses.push(numbers(forward.loss.clone())[0]);
        let gradients = layout.gradients(&online, &forward.loss.backward());
        let updated = optimizer.update(theta, theta_target, gradients, settings);
        (theta, theta_target) = (updated.theta, updated.target);
        online = layout.scatter(online, &theta);
        target = target_layout.scatter(target, &theta_target);
    }
    losses
}

fn check_losses(case: &Case) {
    let name = case.name;
    let expected = case.values["loss_first_5_steps"].as_array().expect("five losses");
    for (step, (found, expected)) in losses(case).iter().zip(expected).enumerate() {
        let expected = expected.as_f64().expect("a loss");
        let error = (found - expected).abs() / expected;
        println!("{name} loss {step}: relative error {error:.1e}");
        let tolerance = if step < 2 { case.tolerance } else { case.late_loss };
        assert!(error <= tolerance, "{name} loss {step}: {error:e}");
    }
}

#[test]
fn five_rotation_losses_are_the_references() {
    check_losses(&case("rotation"));
}

#[test]
fn five_saccade_losses_are_the_references() {
    check_losses(&case("saccade"));
}

/// spec: 27.26 M and 27.25 M trainable parameters, counted by the reference.
#[test]
fn the_papers_models_have_the_papers_parameter_counts() {
    let count = |name| FlatLayout::of(&case(name).models().0).n_parameters();
    assert_eq!(count("rotation"), 27_262_784);
    assert_eq!(count("saccade"), 27_254_848);
}

/// In a process of its own: the precision of a device is set once.
#[test]
fn in_double_precision_only_the_references_rounding_is_left() {
    const IN_CHILD: &str = "SEQ_JEPA_PARITY_F64";
    if std::env::var_os(IN_CHILD).is_none() {
        let test = "parity::in_double_precision_only_the_references_rounding_is_left";
        let program = std::env::current_exe().expect("this program has a path");
        let mut child = std::process::Command::new(program);
        child.args(["--exact", test, "--nocapture"]).env(IN_CHILD, "1");
        let output = child.output().expect("it runs again");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("1 passed"), "{said}");
        return;
    }
    let mut device = Device::flex();
    device.configure(FloatDType::F64).expect("flex computes in f64");
    for name in ["rotation", "saccade"] {
        let case = Case {
            late_loss: TOLERANCE_LATE_LOSS_F64,
            ..case_on(name, device.clone(), TOLERANCE_CPU)
        };
        check_forward(&case, Mode::Train);
        // Where the reference itself rounds across a kink.
        let early = ["encoder.bn1", "encoder.conv1", "encoder.layer1", "encoder.layer2"];
        let rounds =
            |slot: &str| name == "saccade" && early.iter().any(|part| slot.starts_with(part));
        check_gradients(
            &case,
            |slot| {
                if rounds(slot) { TOLERANCE_GRADIENT } else { TOLERANCE_CPU }
            },
        );
        check_losses(&case);
    }
}

/// Everything above on wgpu, in one test a case: one thread, one queue. Without an adapter there is
/// nothing to check, which is printed.
#[cfg(feature = "gpu")]
fn check_all_on_wgpu(name: &'static str) {
    let Some(device) = crate::toy::gpu() else { return };
    let case = case_on(name, device.clone(), TOLERANCE_GPU);
    check_forward(&case, Mode::Eval);
    check_forward(&case, Mode::Train);
    check_gradients(&case, |_| TOLERANCE_GRADIENT);
    check_step(&case);
    check_losses(&case);
}

#[cfg(feature = "gpu")]
#[test]
fn rotation_on_wgpu_is_the_references() {
    check_all_on_wgpu("rotation");
}

#[cfg(feature = "gpu")]
#[test]
fn saccade_on_wgpu_is_the_references() {
    check_all_on_wgpu("saccade");
}
