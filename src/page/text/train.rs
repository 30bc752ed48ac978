//! What the panel that trains says.

use super::{magnitude, number};
use crate::page::state::{Rate, RunPhase};
use crate::protocol::{DeviceKind, DeviceReport, PRESETS, Phase, PresetFacts, Recipe, StepReport};

// Training.
pub const TRAIN: &str = "Train";
pub const TRAIN_LEAD: &str = "Train a model from nothing in this page. The stage above looks with \
     its weights while it learns.";
pub const PRESET: &str = "Preset";
pub const SEED: &str = "Seed";
pub const ENGINE: &str = "Engine";
pub const ENGINE_AUTO: &str = "choose for me";
pub const ENGINE_CPU: &str = "CPU";
pub const ENGINE_WEBGPU: &str = "WebGPU";
pub const PLAY: &str = "Train";
pub const PAUSE: &str = "Pause";
pub const STEP: &str = "One step";
pub const RESET: &str = "Reset";
pub const SAVE: &str = "Save";
pub const SAVE_WEIGHTS: &str = "Weights alone";
pub const COPY: &str = "Copy";
pub const RECIPE: &str = "The same run natively";
pub const CSV: &str = "Numbers as CSV";
pub const JSONL: &str = "as JSON lines";
pub const EXPERT: &str = "Expert settings";
pub const EXPERT_HINT: &str = "Empty is the preset's. They are the flags of `seq-jepa train` and mean the \
     same; Save tells the whole line.";
pub const EXPERT_RESET: &str = "Back to the preset";
pub const OF_PRESET: &str = "preset";
pub const DIFFERS: &str = "differs from the preset";
pub const STEPS: &str = "Steps";
pub const BATCH: &str = "Sequences a step";
pub const LEARNING_RATE: &str = "Learning rate";
pub const CONDITIONING: &str = "Actions are heard by";
pub const CONDITIONINGS: [(&str, &str); 4] = [
    ("both", "aggregator and predictor"),
    ("token", "the aggregator"),
    ("predictor", "the predictor"),
    ("none", "nothing"),
];
pub const DETAILS: &str = "Details";
pub const TABLE: &str = "Show as table";
pub const NO_NUMBERS: &str = "No numbers yet.";
pub const CHART_LOSS: &str = "Loss, 1 − cosine";
pub const CHART_R2: &str = "Equivariance R²";
pub const CHART_RETRIEVAL: &str = "Median rank of the truth";
pub const CHART_ACCURACY: &str = "Invariance accuracy";
pub const CHART_RANK: &str = "Effective rank of z";
pub const AXIS_STEP: &str = "step";
pub const SERIES_LOSS: &str = "loss";
pub const SERIES_R2: &str = "R²";
pub const SERIES_NULL: &str = "untrained";
pub const SERIES_SHUFFLED: &str = "wrong action";
pub const SERIES_CHANCE: &str = "chance";
pub const SERIES_Z: &str = "z";
pub const SERIES_Z_AGG: &str = "z_AGG";
pub const SERIES_RANK: &str = "rank";
pub const COLLAPSE: &str =
    "The loss is falling because the representation is collapsing: its effective rank is below 2.";
pub const ENGINE_GPU: &str = "Trains on the GPU.";
pub const ENGINE_CPU_CHOSEN: &str = "Trains on the CPU, as you chose.";
pub const ENGINE_NO_GPU: &str =
    "Your browser gave this page no GPU, so training runs on the CPU. All else works as usual.";
pub const ENGINE_GPU_LACKS: &str = "This GPU lacks timestamp queries, which training needs, so \
     training runs on the CPU.";
pub const ENGINE_SOFTWARE: &str = "The browser's GPU is emulated in software, which is slower \
     than the CPU engine, so training runs on the CPU.";
pub const ENGINE_SOFTWARE_CHOSEN: &str = "Trains on a GPU emulated in software, as you chose. \
     Expect it to be slower than the CPU.";

pub const AWAKE: &str = "Keep the screen awake while it trains";
pub const SCRUB: &str = "Weights of the run that the stage looks with";
pub const SLOW: &str = "One step, slowly";
pub const SLOW_WHY: &str =
    "Makes one step and tells its seven parts one after the other, with the numbers of this step.";
pub const PARTS: [&str; 7] =
    ["sample", "encode", "aggregate", "predict", "compare", "update", "EMA"];
pub const RUNS: &str = "Earlier runs";
pub const RUNS_WHY: &str = "The last four of this browser, drawn thin in the first two charts. They never leave this device.";
pub const RUNS_HEAD: [&str; 4] = ["run", "differs from the one above", "got to", ""];
pub const SAME_SETTINGS: &str = "same settings";

/// What a preset is.
pub fn preset(facts: &PresetFacts) -> String {
    [
        number(facts.n_parameters_m, 2).as_str(),
        " M parameters · ",
        &facts.batch.to_string(),
        " sequences of ",
        &facts.n_observed.to_string(),
        " + 1 views a step · ",
        &facts.steps.to_string(),
        " steps",
    ]
    .concat()
}

/// What it costs on this machine.
pub fn rates(facts: &PresetFacts, rates: &[Rate]) -> String {
    let own = rates.iter().filter(|rate| rate.preset == facts.name);
    let told = own.map(|rate| {
        let engine = if rate.gpu { "GPU" } else { "CPU" };
        let seconds = facts.steps as f32 / rate.steps_per_s;
        [
            number(rate.steps_per_s, 1).as_str(),
            " steps/s on this ",
            engine,
            ": ",
            &duration(seconds),
        ]
        .concat()
    });
    let told: Vec<String> = told.collect();
    match told.is_empty() {
        true if facts.name == "small" => "not measured here yet; wants a GPU".to_owned(),
        true => "not measured here yet".to_owned(),
        false => told.join("; "),
    }
}

/// A time of work.
fn duration(seconds: f32) -> String {
    match seconds {
        ..90.0 => [number(seconds, 0).as_str(), " s"].concat(),
        ..5400.0 => [number(seconds / 60.0, 0).as_str(), " min"].concat(),
        _ => [number(seconds / 3600.0, 1).as_str(), " h"].concat(),
    }
}

/// Time that is left of a run.
pub fn left(steps: u64, step_ms: f64) -> String {
    [" · ", &duration((steps as f64 * step_ms / 1000.0) as f32), " left"].concat()
}

/// The parts of a step with its numbers; of sequences and observed views, where they are known.
pub fn parts(step: &StepReport, of: Option<(usize, usize)>) -> [String; 7] {
    let (sample, encode) = match of {
        Some((batch, m)) => (
            [
                &batch.to_string(),
                " things, each seen ",
                &m.to_string(),
                " + 1 times with the actions between",
            ]
            .concat(),
            [
                &(batch * m).to_string(),
                " observed views become z; the ",
                &batch.to_string(),
                " next ones go to the target encoder",
            ]
            .concat(),
        ),
        None => (
            "things, each seen several times with the actions between".to_owned(),
            "views become z".to_owned(),
        ),
    };
    let milliseconds = number(step.step_ms as f32, 0);
    [
        sample,
        [
            encode.as_str(),
            "; standard deviation of z ",
            &number(step.z_deviation, 2),
            " (0 is collapse)",
        ]
        .concat(),
        "each sequence's z and embedded actions become one z_AGG".to_owned(),
        "from z_AGG and the upcoming action, the latent of the next view".to_owned(),
        ["1 − cosine with what the target encoder makes of it: loss ", &number(step.loss, 3)]
            .concat(),
        [
            "gradient of length ",
            &number(step.grad_norm, 2),
            ", learning rate ",
            &magnitude(step.learning_rate as f32, 1),
        ]
        .concat(),
        [
            "the target encoder keeps ",
            &number(100.0 * step.tau as f32, 2),
            " % of itself and takes the rest from the encoder. The whole step took ",
            &milliseconds,
            " ms",
        ]
        .concat(),
    ]
}

/// Whose weights look.
pub fn scrubbed(step: u64, newest: bool) -> String {
    let which = if newest { " (the newest)" } else { "" };
    ["The stage looks with step ", &step.to_string(), which].concat()
}

/// Settings of a run by name.
pub fn settings(recipe: &Recipe) -> [(&'static str, String); 7] {
    let preset = PRESETS.iter().find(|facts| facts.name == recipe.preset);
    let or = |value: Option<f64>, own: Option<f64>| {
        value.or(own).map_or_else(String::new, crate::page::train::export::number)
    };
    [
        ("preset", recipe.preset.clone()),
        ("world", recipe.world.clone()),
        ("seed", recipe.seed.to_string()),
        ("steps", or(recipe.steps.map(|v| v as f64), preset.map(|p| p.steps as f64))),
        ("batch", or(recipe.batch.map(|v| v as f64), preset.map(|p| p.batch as f64))),
        ("lr", or(recipe.learning_rate, preset.map(|p| p.learning_rate))),
        ("conditioning", recipe.conditioning.clone()),
    ]
}

/// All of them.
pub fn recipe(recipe: &Recipe) -> String {
    settings(recipe).map(|(name, value)| [name, " ", &value].concat()).join(", ")
}

/// The button that drops an earlier run.
pub fn forget_run(name: &str) -> String {
    ["Forget ", name].concat()
}

/// Where the run has got to.
pub fn phase(phase: RunPhase) -> String {
    match phase {
        RunPhase::Idle => "No run.".to_owned(),
        RunPhase::Starting => "Fetching and starting the engine".to_owned(),
        RunPhase::Testing => "Comparing this GPU with the CPU".to_owned(),
        RunPhase::Preparing(phase, done, total) => preparing(phase, done, total),
        RunPhase::Paused => "Paused.".to_owned(),
        RunPhase::Playing => "Training.".to_owned(),
        RunPhase::Finished => "Finished.".to_owned(),
        RunPhase::Recovering => "Starting the engine again".to_owned(),
    }
}

fn preparing(phase: Phase, done: u32, total: u32) -> String {
    let what = match phase {
        Phase::World => "Making pictures or objects",
        Phase::Kernels => "Compiling the GPU's kernels, for the first step only",
        Phase::Probe => "Measuring on held-out views",
        Phase::SelfTest => "Comparing this GPU with the CPU",
    };
    match total {
        0 => what.to_owned(),
        _ => [what, " ", &done.to_string(), "/", &total.to_string()].concat(),
    }
}

/// A device in words.
pub fn device(device: &DeviceReport) -> String {
    let kind = if device.kind == DeviceKind::Gpu { "WebGPU · " } else { "CPU · " };
    let software = if device.software { " (software)" } else { "" };
    [kind, &device.name, software].concat()
}

/// An offer to come back to an earlier run.
pub fn resume(step: u64) -> String {
    ["Go on with the run of your last visit, at step ", &step.to_string()].concat()
}
