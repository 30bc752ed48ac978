//! What the panel that trains says.

use crate::page::state::RunPhase;
use crate::protocol::{DeviceKind, DeviceReport, Phase};

// Training.
pub const TRAIN: &str = "Train";
pub const TRAIN_LEAD: &str = "Train a model from nothing in this page. The stage above looks with \
     its weights while it learns.";
pub const PRESET: &str = "Preset";
pub const PRESETS: [(&str, &str); 3] =
    [("nano", "nano · seconds"), ("tiny", "tiny · minutes"), ("small", "small · wants a GPU")];
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
