//! Laws that hold whatever the weights are.
//!
//! 1. z_AGG ignores the order of past (view, action) pairs, but not which action goes with which
//!    view.
//! 2. The upcoming action reaches the prediction and never z_AGG.
//! 3. The target encoder gets no gradient and follows by θ_t ← τ θ_t + (1 − τ) θ.
//! 4. Running statistics belong to one model: neither online and target share them, nor a run and
//!    its frozen copy.
//! 5. The running variance is unbiased, the normalization is not: by hand.
//! 6. Each conditioning reads exactly the actions that its name says.
//! 7. In evaluation a view's z does not depend on the other views of the batch.

use crate::toy::{self, A, B, M, P};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};
use seq_jepa::model::norm::{Affine, BatchNorm};
use seq_jepa::model::{Conditioning, Forward, Mode, NormKind};
use seq_jepa::train::batch::Batch;
use seq_jepa::train::config::RunConfig;
use std::f64::consts::PI;

/// f32 sums over five tokens in another order, on values of order one.
const TOL_ORDER: f32 = 1e-5;

/// f32 rounding of the same products, blocked otherwise for another batch size.
const TOL_BLOCKS: f32 = 1e-5;

/// One f32 multiplication and addition each, on values of order one.
const TOL_ONE_OPERATION: f64 = 1e-6;

/// A change that no rounding explains.
const CLEARLY: f32 = 1e-3;

fn both() -> RunConfig {
    toy::config(NormKind::Batch, Conditioning::Both)
}

fn eval(config: &RunConfig, batch: &Batch) -> Forward {
    let (online, target) = toy::models(config);
    toy::forward(&online, &target, batch, Mode::Eval)
}

/// The values `[B, M, n]` with place i of every sequence taken from place `order[i]`.
fn reordered(values: &[f32], order: [usize; M]) -> Vec<f32> {
    let width = values.len() / (B * M);
    let places = (0..B).flat_map(|b| order.map(|m| (b * M + m) * width));
    places.flat_map(|start| values[start..start + width].to_vec()).collect()
}

fn with_order(batch: &Batch, views: [usize; M], actions: [usize; M]) -> Batch {
    let observed = reordered(&toy::numbers(batch.observed.clone()), views);
    let acted = reordered(&toy::numbers(batch.actions.clone()), actions);
    Batch {
        observed: toy::tensor(observed, [B, M, P, P, 3]),
        next: batch.next.clone(),
        actions: toy::tensor(acted, [B, M, A]),
    }
}

/// The batch with other actions at the places for which `changed` holds.
fn with_actions(batch: &Batch, changed: impl Fn(usize) -> bool) -> Batch {
    let mut actions = toy::numbers(batch.actions.clone());
    for (index, value) in actions.iter_mut().enumerate() {
        if changed(index / A % M) {
            *value = 1.5 - 2.0 * *value;
        }
    }
    Batch { actions: toy::tensor(actions, [B, M, A]), ..batch.clone() }
}

#[test]
fn z_agg_ignores_the_order_of_past_pairs() {
    let batch = toy::batch("laws");
    let z_agg = toy::numbers(eval(&both(), &batch).z_agg);
    for order in [[1, 0, 2, 3], [2, 0, 1, 3], [2, 1, 0, 3]] {
        let other = toy::numbers(eval(&both(), &with_order(&batch, order, order)).z_agg);
        let change = toy::largest_difference(&z_agg, &other);
        assert!(change <= TOL_ORDER, "order {order:?} changes z_AGG by {change:e}");
    }
}

#[test]
fn z_agg_hears_which_action_goes_with_which_view() {
    let batch = toy::batch("laws");
    let z_agg = toy::numbers(eval(&both(), &batch).z_agg);
    let mixed = with_order(&batch, [1, 0, 2, 3], [0, 1, 2, 3]);
    let change = toy::largest_difference(&z_agg, &toy::numbers(eval(&both(), &mixed).z_agg));
    assert!(change > CLEARLY, "views in another order than their actions change it by {change:e}");
}

#[test]
fn the_upcoming_action_reaches_the_prediction_and_never_z_agg() {
    let batch = toy::batch("laws");
    let (here, there) =
        (eval(&both(), &batch), eval(&both(), &with_actions(&batch, |place| place == M - 1)));
    assert_eq!(toy::numbers(here.z_agg), toy::numbers(there.z_agg), "bit for bit");
    let change = toy::largest_difference(&toy::numbers(here.z_hat), &toy::numbers(there.z_hat));
    assert!(change > CLEARLY, "the prediction changes by {change:e}");
}

/// Names no parameter, only counts: tensors with and without gradient, and tracked ones.
struct GradientCount<'a> {
    gradients: &'a Gradients,
    with: usize,
    tracked: usize,
}

impl ModuleVisitor for GradientCount<'_> {
    fn visit_float<const R: usize>(&mut self, param: &Param<Tensor<R>>) {
        let value = param.val();
        self.tracked += usize::from(value.is_require_grad());
        self.with += usize::from(value.grad(self.gradients).is_some());
    }
}

fn count<T: Module>(module: &T, gradients: &Gradients) -> (usize, usize) {
    let mut visitor = GradientCount { gradients, with: 0, tracked: 0 };
    module.visit(&mut visitor);
    (visitor.with, visitor.tracked)
}

#[test]
fn the_target_encoder_gets_no_gradient() {
    let (online, target) = toy::models(&both());
    let forward = toy::forward(&online, &target, &toy::batch("laws"), Mode::Train);
    let gradients = forward.loss.backward();
    assert_eq!(count(&target, &gradients), (0, 0), "target: gradients, tracked tensors");
    let n = toy::named(&online).len() - toy::statistics(&online).len();
    assert_eq!(count(&online, &gradients), (n, n), "online: gradients, tracked tensors");
}

#[test]
fn the_target_encoder_follows_by_the_ema_law() {
    let config = both();
    let mut trainer = toy::trainer(&config);
    for step in 0..3_u32 {
        let before = toy::named(&trainer.state().target);
        let pending = trainer.submit(toy::batch(&format!("ema {step}")));
        let numbers = pollster::block_on(trainer.finish(pending)).expect("a finite step");
        let done = f64::from(step) / config.steps as f64;
        let tau = 1.0 - (1.0 - config.tau_start) * ((PI * done).cos() + 1.0) / 2.0;
        assert!((numbers.tau - tau).abs() < 1e-12, "τ of step {step}: {} for {tau}", numbers.tau);
        let state = trainer.state();
        let (after, online) = (toy::named(&state.target), toy::named(&state.online));
        for ((slot, before), (_, after)) in before.iter().zip(&after) {
            if slot.name.contains("running_") {
                continue;
            }
            let name = slot.name.trim_start_matches("target_");
            let (_, theta) = online
                .iter()
                .find(|(slot, _)| slot.name == name)
                .unwrap_or_else(|| panic!("the online model has `{name}`"));
            for ((old, new), theta) in before.iter().zip(after).zip(theta) {
                let law = tau * f64::from(*old) + (1.0 - tau) * f64::from(*theta);
                let error = (f64::from(*new) - law).abs();
                assert!(error < TOL_ONE_OPERATION * law.abs().max(1.0), "{name}: {error:e}");
            }
        }
    }
}

#[test]
fn online_and_target_share_no_running_statistics() {
    let config = both();
    let (online, _) = toy::models(&config);
    let target = online.target();
    let views =
        || Tensor::from_inner(toy::tensor(toy::normals("views", 6 * 3 * P * P), [6, P, P, 3]));
    let start = toy::statistics(&target);
    assert!(!start.is_empty(), "the toy has batch normalization");
    let _ = toy::numbers(online.encode(views(), Mode::Train));
    assert_eq!(toy::statistics(&target), start, "a forward pass of the online encoder");
    let moved = toy::statistics(&online);
    let _ = toy::numbers(target.forward(views(), Mode::Train));
    assert_eq!(toy::statistics(&online), moved, "a forward pass of the target encoder");
    assert_ne!(toy::statistics(&target), start, "its own pass moves the target's");
}

#[test]
fn frozen_weights_stand_still_while_the_run_goes_on() {
    let mut trainer = toy::trainer(&both());
    let (online, target) = trainer.frozen();
    let before = (toy::named(&online), toy::named(&target));
    let pending = trainer.submit(toy::batch("frozen"));
    pollster::block_on(trainer.finish(pending)).expect("a finite step");
    assert_eq!((toy::named(&online), toy::named(&target)), before);
    assert_ne!(toy::statistics(&trainer.state().online), toy::statistics(&online));
}

/// Feature 0 sees 1, 2, 3, 6: mean 3, squares of differences 4 + 1 + 0 + 9 = 14. Feature 1 sees
/// 0, 0, 4, 0: mean 1, squares 1 + 1 + 9 + 1 = 12.
#[test]
fn the_running_variance_is_unbiased_by_hand() {
    let norm = BatchNorm::new(2, Affine::Learned, &toy::device());
    let input = toy::tensor(vec![1.0, 0.0, 2.0, 0.0, 3.0, 4.0, 6.0, 0.0], [4, 2]);
    let output = toy::numbers(norm.forward(input, None, false, Mode::Train));
    let found: Vec<f32> = toy::statistics(&norm).into_iter().flat_map(|(_, v)| v).collect();
    let expected = [0.3, 0.1, 0.9 + 0.1 * 14.0 / 3.0, 0.9 + 0.1 * 12.0 / 3.0];
    assert_eq!(found.len(), expected.len(), "means, then variances");
    for (found, expected) in found.iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() < TOL_ONE_OPERATION, "{found} for {expected}");
    }
    let first = -2.0 / (14.0_f64 / 4.0 + 1e-5).sqrt();
    assert!((f64::from(output[0]) - first).abs() < TOL_ONE_OPERATION, "{} for {first}", output[0]);
}

/// Whether z_AGG and ẑ hear past actions, and whether ẑ hears the upcoming one.
fn check_conditioning(conditioning: Conditioning, expected: [bool; 4]) {
    let config = toy::config(NormKind::Batch, conditioning);
    let batch = toy::batch("conditioning");
    let here = eval(&config, &batch);
    let past = eval(&config, &with_actions(&batch, |place| place < M - 1));
    let upcoming = eval(&config, &with_actions(&batch, |place| place == M - 1));
    let heard = |a: &Tensor<2>, b: &Tensor<2>| {
        let change = toy::largest_difference(&toy::numbers(a.clone()), &toy::numbers(b.clone()));
        assert!(change == 0.0 || change > CLEARLY, "{conditioning:?}: neither heard nor not");
        change > CLEARLY
    };
    let found = [
        heard(&here.z_agg, &past.z_agg),
        heard(&here.z_hat, &past.z_hat),
        heard(&here.z_agg, &upcoming.z_agg),
        heard(&here.z_hat, &upcoming.z_hat),
    ];
    assert_eq!(found, expected, "{conditioning:?}: past in z_AGG, in ẑ; upcoming in z_AGG, in ẑ");
}

#[test]
fn each_conditioning_reads_the_actions_that_its_name_says() {
    check_conditioning(Conditioning::Both, [true, true, false, true]);
    check_conditioning(Conditioning::Token, [true, true, false, false]);
    check_conditioning(Conditioning::Predictor, [false, false, false, true]);
    check_conditioning(Conditioning::None, [false, false, false, false]);
}

#[test]
fn only_a_model_without_actions_has_no_action_embedding() {
    for conditioning in Conditioning::ALL {
        let (online, _) = toy::models(&toy::config(NormKind::Batch, conditioning));
        let has = toy::named(&online).iter().any(|(slot, _)| slot.name.starts_with("action_proj."));
        assert_eq!(has, conditioning != Conditioning::None, "{conditioning:?}");
    }
}

#[test]
fn in_evaluation_z_does_not_depend_on_the_rest_of_the_batch() {
    for norm in [NormKind::Batch, NormKind::Group] {
        let (online, _) = toy::models(&toy::config(norm, Conditioning::Both));
        let views = toy::normals("alone", 5 * 3 * P * P);
        let encode = |values: &[f32]| {
            let n = values.len() / (3 * P * P);
            let views = Tensor::from_inner(toy::tensor(values.to_vec(), [n, P, P, 3]));
            toy::numbers(online.encode(views, Mode::Eval))
        };
        let together = encode(&views);
        let d = together.len() / 5;
        for (index, view) in views.chunks_exact(3 * P * P).enumerate() {
            let change =
                toy::largest_difference(&together[index * d..(index + 1) * d], &encode(view));
            assert!(change <= TOL_BLOCKS, "{norm:?}, view {index}: {change:e}");
        }
    }
}

#[test]
fn equal_views_have_equal_latents_and_none_is_negative() {
    let (online, _) = toy::models(&both());
    let view = toy::normals("one view", 3 * P * P);
    let views = Tensor::from_inner(toy::tensor([view.clone(), view].concat(), [2, P, P, 3]));
    let z = toy::numbers(online.encode(views, Mode::Eval));
    let (first, second) = z.split_at(z.len() / 2);
    assert!(toy::largest_difference(first, second) <= TOL_BLOCKS);
    assert!(z.iter().all(|value| *value >= 0.0), "z is a mean of ReLU outputs");
}
