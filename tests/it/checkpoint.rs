//! Files of runs, good and bad.
//!
//! 1. Full state survives the file bit for bit, weights within half precision.
//! 2. Twenty steps are ten steps, a file, and ten more.
//! 3. What is not finite is never written; what half precision cannot hold stays in f32.
//! 4. A bad file is an error that names tensor, expected and found; nothing panics.
//! 5. A file of weights refuses to go on training.
//! 6. A diverged step leaves the run bit for bit as it was, and the next step works.

use crate::toy;
use burn::module::Module;
use burn::tensor::Tensor;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use seq_jepa::model::weights::{self, Kind};
use seq_jepa::model::{Conditioning, NormKind};
use seq_jepa::train::batch::Batch;
use seq_jepa::train::checkpoint::{self, Content, Header, ProbeTensors, SCHEMA};
use seq_jepa::train::config::RunConfig;
use seq_jepa::train::preset;
use seq_jepa::train::trainer::{State, StepError, Trainer};
use seq_jepa::world::{World, WorldConfig};
use serde_json::{Value, json};

/// Half precision keeps 11 bits: half a unit in the last place.
const TOL_HALF: f32 = 1.0 / 2048.0;

/// Below this, half precision's steps are absolute.
const HALF_SMALLEST_NORMAL: f32 = 6.2e-5;

/// The bar for resuming on the same backend.
const TOL_RESUME: f32 = 1e-5;

fn config() -> RunConfig {
    toy::config(NormKind::Batch, Conditioning::Both)
}

fn header(config: &RunConfig, step: u64) -> Header {
    Header {
        schema: SCHEMA.to_owned(),
        config: config.clone(),
        step,
        metrics: json!({ "step": 2, "note": "kept as it is" }),
        recipe: "seq-jepa train --preset nano".to_owned(),
    }
}

fn probes(config: &RunConfig) -> ProbeTensors {
    let model = &config.model;
    let width = model.z_agg_dim() + model.action_dim + 1;
    let head = |name| toy::normals(name, model.action_dim * width);
    ProbeTensors {
        latent_mean: toy::normals("mean", model.encoder.z_dim()),
        path_heads: vec![head("first"), head("second")],
    }
}

fn stepped(n: u64) -> Trainer {
    let mut trainer = toy::trainer(&config());
    for step in 0..n {
        step_on(&mut trainer, &format!("step {step}"));
    }
    trainer
}

fn step_on(trainer: &mut Trainer, purpose: &str) -> f32 {
    let pending = trainer.submit(toy::batch(purpose));
    pollster::block_on(trainer.finish(pending)).expect("a finite step").loss
}

fn file_of(trainer: &Trainer, content: Content) -> Vec<u8> {
    save(trainer.config(), &trainer.state(), content).expect("finite values")
}

fn save(config: &RunConfig, state: &State, content: Content) -> Result<Vec<u8>, String> {
    let header = header(config, state.step);
    pollster::block_on(checkpoint::save(&header, state, &probes(config), content))
        .map_err(|why| why.to_string())
}

/// Every number of a state by name: both models, running statistics, moments.
fn everything(state: &State) -> Vec<(String, Vec<f32>)> {
    let mut all = toy::named(&state.online);
    all.extend(toy::named(&state.target));
    let mut all: Vec<_> = all.into_iter().map(|(slot, values)| (slot.name, values)).collect();
    all.push(("first moment".to_owned(), toy::numbers(state.optimizer.first.clone())));
    all.push(("second moment".to_owned(), toy::numbers(state.optimizer.second.clone())));
    all
}

#[test]
fn full_state_survives_the_file_bit_for_bit() {
    let trainer = stepped(2);
    let bytes = file_of(&trainer, Content::FullState);
    let loaded = checkpoint::load(&bytes, &toy::device()).expect("its own file");
    assert_eq!(loaded.header, header(&config(), 2));
    assert_eq!(loaded.probes, probes(&config()));
    let (_, state) = loaded.into_state().expect("full state");
    assert_eq!((state.step, state.optimizer.updates), (2, 2));
    assert_eq!(everything(&state), everything(&trainer.state()));
    let again = Trainer::from_state(config(), state, &toy::device());
    assert!(file_of(&again, Content::FullState) == bytes, "written again, the same bytes");
}

#[test]
fn weights_survive_the_file_within_half_precision() {
    let trainer = stepped(2);
    let bytes = file_of(&trainer, Content::Weights);
    let full = file_of(&trainer, Content::FullState);
    assert!(bytes.len() * 3 < full.len(), "{} bytes against {}", bytes.len(), full.len());
    let loaded = checkpoint::load(&bytes, &toy::device()).expect("its own file");
    let state = trainer.state();
    let pairs = toy::named(&loaded.online).into_iter().zip(toy::named(&state.online));
    let targets = toy::named(&loaded.target).into_iter().zip(toy::named(&state.target));
    for ((slot, found), (_, expected)) in pairs.chain(targets) {
        for (found, expected) in found.iter().zip(&expected) {
            let bound = TOL_HALF * expected.abs().max(HALF_SMALLEST_NORMAL);
            assert!((found - expected).abs() <= bound, "{}: {found} for {expected}", slot.name);
        }
    }
}

#[test]
fn a_file_of_weights_refuses_to_go_on_training() {
    let bytes = file_of(&stepped(1), Content::Weights);
    let loaded = checkpoint::load(&bytes, &toy::device()).expect("a good file");
    let why = loaded.into_state().expect_err("no moments").to_string();
    assert!(why.contains("weights only") && why.contains("moments"), "{why}");
}

/// The preset `nano`, four sequences a step.
fn nano(steps: u64) -> (RunConfig, Box<dyn World>) {
    let mut config = preset::run("nano", WorldConfig::saccade()).expect("a preset");
    (config.batch, config.steps, config.warmup_steps) = (4, steps, 5);
    let world = config.world.build().expect("a valid world");
    (config, world)
}

fn losses(trainer: &mut Trainer, world: &dyn World, n: u64) -> Vec<f32> {
    let step = |_| {
        let batch = trainer.config().batches().make(world, trainer.step());
        let pending = trainer.submit(Batch::upload(batch, &toy::device()));
        pollster::block_on(trainer.finish(pending)).expect("a finite step").loss
    };
    (0..n).map(step).collect()
}

#[test]
fn twenty_steps_are_ten_steps_a_file_and_ten_more() {
    let (config, world) = nano(20);
    let mut straight = Trainer::new(config.clone(), &toy::device()).expect("a valid run");
    let expected = losses(&mut straight, world.as_ref(), 20);
    let mut first = Trainer::new(config, &toy::device()).expect("a valid run");
    let mut found = losses(&mut first, world.as_ref(), 10);
    let bytes = file_of(&first, Content::FullState);
    drop(first);
    let loaded = checkpoint::load(&bytes, &toy::device()).expect("its own file");
    let (header, state) = loaded.into_state().expect("full state");
    let mut second = Trainer::from_state(header.config, state, &toy::device());
    found.extend(losses(&mut second, world.as_ref(), 10));
    assert!(second.is_finished(), "ten and ten are twenty");
    let change = toy::largest_difference(&found, &expected);
    assert!(change <= TOL_RESUME, "{found:?} for {expected:?}: {change:e}");
    assert!(expected.windows(2).all(|pair| pair[0] != pair[1]), "the losses do move: {expected:?}");
}

fn with_value(trainer: &Trainer, name: &str, value: f32) -> State {
    let State { online, target, optimizer, step } = trainer.state();
    let slots = weights::slots(&online);
    let online = weights::replace(online.valid().train(), |index| {
        let slot = &slots[index];
        (slot.name == name).then(|| {
            let values = vec![value; slot.len()];
            Tensor::from_inner(toy::tensor(values, [slot.len()]))
        })
    });
    State { online, target, optimizer, step }
}

#[test]
fn what_is_not_finite_is_never_written() {
    let trainer = stepped(1);
    for value in [f32::NAN, f32::INFINITY] {
        let state = with_value(&trainer, "predictor.0.weight", value);
        for content in [Content::FullState, Content::Weights] {
            let why = save(&config(), &state, content).expect_err("not finite");
            assert!(why.contains("model.predictor.0.weight"), "{why}");
        }
    }
}

/// 70,000 is over half precision's largest value, 65,504.
#[test]
fn what_half_precision_cannot_hold_stays_as_it_is() {
    let state = with_value(&stepped(1), "encoder.bn1.running_var", 70_000.0);
    let bytes = save(&config(), &state, Content::Weights).expect("finite values");
    let loaded = checkpoint::load(&bytes, &toy::device()).expect("its own file");
    let named = toy::named(&loaded.online);
    let (_, found) = named
        .iter()
        .find(|(slot, _)| slot.name == "encoder.bn1.running_var")
        .expect("the toy has it");
    assert!(found.iter().all(|value| *value == 70_000.0), "{found:?}");
}

/// A file's parts, to be spoilt one at a time.
#[derive(Clone)]
struct Parts {
    json: String,
    tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
}

impl Parts {
    fn good() -> Self {
        let bytes = file_of(&stepped(1), Content::FullState);
        let file = SafeTensors::deserialize(&bytes).expect("its own file");
        let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("its own file");
        let json = metadata.metadata().as_ref().expect("metadata")["seq-jepa"].clone();
        let parts = |(name, view): (String, TensorView<'_>)| {
            (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())
        };
        Self { json, tensors: file.tensors().into_iter().map(parts).collect() }
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.tensors.iter().map(|(name, dtype, shape, data)| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), data).expect("a whole tensor"))
        });
        let metadata = [("seq-jepa".to_owned(), self.json.clone())].into_iter().collect();
        safetensors::serialize(views, Some(metadata)).expect("a file")
    }

    fn tensor(&mut self, name: &str) -> &mut (String, Dtype, Vec<usize>, Vec<u8>) {
        self.tensors.iter_mut().find(|(found, ..)| found == name).expect("the toy has it")
    }

    /// The file with one value of its metadata replaced.
    fn with(&self, pointer: &str, value: Value) -> Vec<u8> {
        let mut json: Value = serde_json::from_str(&self.json).expect("its own JSON");
        *json.pointer_mut(pointer).unwrap_or_else(|| panic!("metadata has {pointer}")) = value;
        Self { json: json.to_string(), tensors: self.tensors.clone() }.bytes()
    }
}

/// The file is refused with a sentence that holds all the words.
fn check_refused(what: &str, bytes: &[u8], words: &[&str]) {
    let why = match checkpoint::load(bytes, &toy::device()) {
        Ok(_) => panic!("{what}: was read"),
        Err(why) => why.to_string(),
    };
    println!("{what}: {why}");
    for word in words {
        assert!(why.contains(word), "{what}: {why:?} does not say {word:?}");
    }
    assert!(why.starts_with("checkpoint: ") && !why.ends_with('.'), "{what}: {why}");
}

#[test]
fn bytes_that_are_no_file_are_refused() {
    let good = Parts::good().bytes();
    check_refused("empty", &[], &["not a whole safetensors file"]);
    for n in [1, 7, 8, 9, 100, good.len() / 2, good.len() - 1] {
        check_refused(&format!("{n} bytes of it"), &good[..n], &["not a whole"]);
    }
    let mut longer = good.clone();
    longer.push(0);
    check_refused("one byte too many", &longer, &["not a whole"]);
    for (index, n) in [8_usize, 64, 4096].into_iter().enumerate() {
        let random: Vec<u8> = toy::normals(&format!("bytes {index}"), n)
            .into_iter()
            .map(|value| (value * 1e4) as i64 as u8)
            .collect();
        check_refused(&format!("{n} random bytes"), &random, &["not a whole"]);
    }
    for length in [u64::MAX, 1 << 62, 1 << 32, 100_000_000, good.len() as u64] {
        let mut huge = good.clone();
        huge[..8].copy_from_slice(&length.to_le_bytes());
        check_refused(&format!("a header of {length} bytes"), &huge, &["not a whole"]);
    }
    let mut no_json = good.clone();
    no_json[8..40].fill(b'x');
    check_refused("a header that is not JSON", &no_json, &["not a whole"]);
}

#[test]
fn metadata_that_is_not_ours_is_refused() {
    let good = Parts::good();
    let view = TensorView::new(Dtype::F32, vec![1], &[0; 4]).expect("one value");
    let foreign = safetensors::serialize([("weight", view)], None).expect("a file");
    check_refused("another program's file", &foreign, &["without `seq-jepa` metadata"]);
    let text = Parts { json: "not JSON {".to_owned(), ..good.clone() };
    check_refused("metadata that is not JSON", &text.bytes(), &["metadata is not readable"]);
    check_refused(
        "another schema",
        &good.with("/schema", json!("seq-jepa/99")),
        &["schema", "`seq-jepa/1`", "`seq-jepa/99`"],
    );
    let deep = Parts { json: "[".repeat(100_000), ..good };
    check_refused("metadata nested without end", &deep.bytes(), &["metadata is not readable"]);
}

#[test]
fn hostile_settings_are_refused_before_anything_is_built() {
    let good = Parts::good();
    let check = |pointer: &str, value: Value, words: &[&str]| {
        check_refused(&format!("{pointer} = {value}"), &good.with(pointer, value), words);
    };
    let billion = json!(1_000_000_000_u64);
    check("/config/model/encoder/stem_channels", billion.clone(), &["stem_channels", "1000000000"]);
    check("/config/model/encoder/stages/1/channels", billion.clone(), &["channels", "1000000000"]);
    check("/config/model/encoder/stages/0/stride", json!(0), &["stride", "found 0"]);
    check("/config/model/encoder/stages", json!([]), &["stages", "found 0"]);
    check("/config/model/aggregator/n_heads", json!(0), &["n_heads", "found 0"]);
    check("/config/model/aggregator/n_heads", json!(5), &["5 heads"]);
    check("/config/model/aggregator/dropout", json!(1.0), &["dropout", "found 1"]);
    check("/config/model/action_dim", json!(4), &["action_dim", "expected 2", "found 4"]);
    check("/config/model/conditioning", json!("all"), &["metadata is not readable", "all"]);
    check("/config/steps", json!(-1), &["metadata is not readable", "-1"]);
    check("/config/steps", json!(0), &["steps", "found 0"]);
    check("/config/batch", billion, &["batch", "1000000000"]);
    check("/config/learning_rate", Value::Null, &["metadata is not readable"]);
    check("/config/learning_rate", json!(-0.5), &["learning_rate", "found -0.5"]);
    check("/config/world/saccade/view_side_px", json!(1_000_000), &["view_side_px", "1000000"]);
    check("/step", json!(u64::MAX), &["step", "expected at most 50", "18446744073709551615"]);
}

/// 4,096 channels in 8 stages of 64 blocks: every number is in its range, the whole is 600 GB.
#[test]
fn a_network_far_larger_than_its_file_is_refused_before_it_is_built() {
    let stage = json!({ "channels": 4096, "blocks": 64, "stride": 1 });
    let bytes = Parts::good().with("/config/model/encoder/stages", json!(vec![stage; 8]));
    check_refused("a huge network", &bytes, &["expected", "found", "bytes"]);
}

#[test]
fn a_wrong_tensor_is_named_with_what_was_expected_and_found() {
    let good = Parts::good();
    let names = [
        "model.predictor.3.weight",
        "model.action_proj.1.running_var",
        "target.encoder.conv1.weight",
        "optim.first.agg_token",
        "optim.second.encoder.bn1.weight",
    ];
    let name_of = |name: &str| {
        let known = good.tensors.iter().any(|(found, ..)| found == name);
        if known { name.to_owned() } else { name.replace("target.encoder", "target") }
    };
    for name in names.map(name_of) {
        let shape = format!("{:?}", good.clone().tensor(&name).2);
        let mut missing = good.clone();
        missing.tensors.retain(|(found, ..)| *found != name);
        check_refused("missing", &missing.bytes(), &[&name, "expected shape", &shape, "none"]);

        let mut reshaped = good.clone();
        reshaped.tensor(&name).2.push(1);
        let found = format!("{:?}", reshaped.tensor(&name).2);
        check_refused("reshaped", &reshaped.bytes(), &[&name, &shape, &found]);

        let mut retyped = good.clone();
        retyped.tensor(&name).1 = Dtype::I32;
        check_refused("retyped", &retyped.bytes(), &[&name, "expected F32 or F16", "I32"]);

        let mut spoilt = good.clone();
        spoilt.tensor(&name).3[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        check_refused("not a number", &spoilt.bytes(), &[&name, "value 0", "not finite"]);
    }
}

#[test]
fn probe_values_of_another_model_are_refused() {
    let mut parts = Parts::good();
    let (_, _, shape, data) = parts.tensor("probe.path.2");
    shape[1] -= 1;
    data.truncate(4 * shape[0] * shape[1]);
    let words = ["probe.path.2", "expected shape [2, 27]", "found [2, 26]"];
    check_refused("a path head", &parts.bytes(), &words);
}

#[test]
fn a_negative_second_moment_is_refused() {
    let mut parts = Parts::good();
    parts.tensor("optim.second.agg_token").3[..4].copy_from_slice(&(-1.0_f32).to_le_bytes());
    check_refused("a negative square", &parts.bytes(), &["optim.second.agg_token", "found -1"]);
}

#[test]
fn a_negative_running_variance_is_refused() {
    let mut parts = Parts::good();
    let name = "model.encoder.bn1.running_var";
    parts.tensor(name).3[..4].copy_from_slice(&(-1.0_f32).to_le_bytes());
    check_refused("a negative variance", &parts.bytes(), &[name, "found -1"]);
}

/// A step on this batch cannot be finite.
fn diverge(trainer: &mut Trainer, value: f32) -> StepError {
    let mut batch = toy::batch("spoilt");
    batch.observed = batch.observed.mul_scalar(0.0).add_scalar(value);
    let pending = trainer.submit(batch);
    pollster::block_on(trainer.finish(pending)).expect_err("not finite")
}

#[test]
fn a_diverged_step_leaves_the_run_as_it_was_and_the_next_step_works() {
    for value in [f32::INFINITY, f32::NAN, f32::NEG_INFINITY] {
        let mut trainer = stepped(2);
        let mut untouched = stepped(2);
        let before = everything(&trainer.state());
        let why = diverge(&mut trainer, value);
        assert!(matches!(why, StepError::Diverged { step: 3, .. }), "{value}: {why}");
        assert!(why.to_string().contains("stands at step 2"), "{why}");
        assert_eq!(trainer.step(), 2);
        assert_eq!(everything(&trainer.state()), before, "{value}: bit for bit");
        let (found, expected) = (step_on(&mut trainer, "on"), step_on(&mut untouched, "on"));
        assert_eq!(found, expected, "{value}: the next step is as if nothing had been");
        assert_eq!(everything(&trainer.state()), everything(&untouched.state()), "{value}: after");
        file_of(&trainer, Content::FullState);
    }
}

#[test]
fn two_diverged_steps_in_a_row_are_undone_both() {
    let mut trainer = stepped(1);
    let before = everything(&trainer.state());
    diverge(&mut trainer, f32::NAN);
    diverge(&mut trainer, f32::INFINITY);
    assert_eq!(everything(&trainer.state()), before);
}

/// The rate is no setting that `validate` passes: the run may be told so by its own numbers only.
#[test]
fn a_rate_that_breaks_the_weights_never_reaches_a_file() {
    let mut config = config();
    config.learning_rate = 1e30;
    let mut trainer = toy::trainer(&config);
    for step in 0..3 {
        let pending = trainer.submit(toy::batch(&format!("step {step}")));
        if pollster::block_on(trainer.finish(pending)).is_err() {
            break;
        }
    }
    let state = trainer.state();
    let finite = everything(&state).iter().all(|(_, values)| values.iter().all(|v| v.is_finite()));
    let written = save(&config, &state, Content::FullState).is_ok();
    assert_eq!(written, finite, "written if and only if it is finite");
}

#[test]
fn running_statistics_are_part_of_the_file() {
    let bytes = file_of(&stepped(1), Content::FullState);
    let loaded = checkpoint::load(&bytes, &toy::device()).expect("its own file");
    let buffers = weights::slots(&loaded.online).into_iter().filter(|s| s.kind == Kind::Buffer);
    // Stem, two blocks of two, one shortcut; action embedding; predictor: mean and variance each.
    assert_eq!(buffers.count(), 2 * (1 + 4 + 1 + 1 + 1));
}
