//! The conversation between the page and an engine: [`Command`]s go down, [`Event`]s come up.
//!
//! Every message is one `postcard` byte string, the same natively and in the browser. Adding a
//! variant at the end is free; changing or reordering one bumps [`VERSION`].

mod report;

use crate::readout::{Decoder, Readout};
use crate::world::WorldConfig;
use serde::{Deserialize, Serialize};

pub use report::{
    PathErrors, ProbeReport, SelfTestRow, Space, StepReport, SurveyReport, TrialsReport,
};

/// Version of this conversation. Both ends must agree; see [`Command::Hello`].
pub const VERSION: u16 = 4;

/// Largest message either end accepts: a full `small` training state is about 40 MiB.
pub const MESSAGE_BYTES_MAX: usize = 128 << 20;

/// Most views in one command: a bank of 289 places and then some.
pub const VIEWS_MAX: usize = 1024;

/// What the page asks of an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Sent once after the worker is up; answered by [`Event::Ready`] or [`Event::Refused`].
    Hello {
        /// [`VERSION`] of the sender.
        version: u16,
    },
    /// Run this checkpoint (safetensors bytes, weights or full state). Answered by
    /// [`Event::Opened`]; by [`Event::Refused`] when the file is no good, and then the model that
    /// ran before goes on running.
    Open {
        /// The file's bytes.
        checkpoint: Vec<u8>,
    },
    /// Encode candidate views with the target encoder. Answered by [`Event::Bank`].
    Bank {
        /// Number that the answer carries.
        request: u32,
        /// At most [`VIEWS_MAX`] views.
        views: Views,
    },
    /// Look at the views so far. Answered by [`Event::Observed`].
    Observe {
        /// Number that the answer carries.
        request: u32,
        /// M ≥ 1 views.
        views: Views,
        /// The M − 1 actions between them.
        actions: Vec<Vec<f32>>,
    },
    /// One sequence as training sees it. Answered by [`Event::Sampled`].
    Sample {
        /// Number that the answer carries.
        request: u32,
        /// World and seed are used.
        recipe: Recipe,
        /// Which of the unlimited sequences.
        index: u64,
        /// Views in the sequence, 2 to 16.
        n_views: usize,
    },
    /// Compare this device with the CPU on a tiny network. Answered by [`Event::SelfTested`].
    SelfTest,
    /// Begin a run, paused. Answered by [`Event::Progress`] while it is prepared, then by
    /// [`Event::Training`].
    Begin {
        /// What to train.
        recipe: Recipe,
    },
    /// Continue a run from a full-state checkpoint, paused. Answered as [`Command::Begin`].
    Resume {
        /// The file's bytes.
        checkpoint: Vec<u8>,
    },
    /// Train until told otherwise or the recipe's last step. Answered by a stream of
    /// [`Event::Step`], [`Event::Probed`], [`Event::Snapshot`] and [`Event::Autosave`].
    Play,
    /// Stop after the step in hand. Answered by [`Event::Training`].
    Pause,
    /// One training step, then pause.
    Step,
    /// Hand out the run as a file. Answered by [`Event::Saved`].
    Save,
    /// Drop the run. Answered by [`Event::Training`] with [`RunState::Idle`].
    Stop,
    /// Retrieval trials of the open model on held-out pictures or objects of its own world, a few at
    /// a time between other commands, with the weights of now. Answered by [`Event::Tried`] after
    /// every few, the last time with all of them. Replaces trials under way.
    Trials {
        /// Number that the answers carry.
        request: u32,
        /// 2 to [`TRIALS_MAX`]; 0 only ends those under way.
        n_trials: usize,
        /// Seed of the trials: those of `seq-jepa eval --seed`.
        seed: u64,
    },
    /// Look with the weights that the open model's run began with: the same recipe and seed, no step.
    /// Answered by [`Event::Opened`] with a card of step 0, or by [`Event::Refused`].
    Untrain,
    /// Paths and spaces of the open model on held-out pictures or objects of its own world, a few
    /// sequences at a time between other commands, with the weights of now. Answered by
    /// [`Event::Surveyed`] after every few, the last time with what was found. Replaces a survey under
    /// way.
    Survey {
        /// Number that the answers carry.
        request: u32,
        /// Sequences that heads are fitted on, and as many held-out ones: 5 to [`TRIALS_MAX`]; 0 only
        /// ends a survey under way.
        n_sequences: usize,
        /// Seed of the sequences.
        seed: u64,
    },
    /// Read what a checkpoint says of itself, and run nothing of it. Answered by [`Event::Peeked`], or by
    /// [`Event::Refused`].
    Peek {
        /// The file's bytes.
        checkpoint: Vec<u8>,
    },
    /// Read a decoder that was fitted to the open model. Answered by [`Event::Decoder`], or by
    /// [`Event::Refused`].
    Decoder {
        /// The file's bytes.
        file: Vec<u8>,
    },
}

/// Most trials or sequences in one command.
pub const TRIALS_MAX: usize = 1_000;

/// What an engine tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The engine lives.
    Ready {
        /// [`VERSION`] of the engine.
        version: u16,
        /// Where it computes.
        device: DeviceReport,
    },
    /// A checkpoint runs.
    Opened {
        /// What it is.
        card: ModelCard,
        /// What the page needs to predict by itself.
        readout: Readout,
    },
    /// Target latents of the views of [`Command::Bank`].
    Bank {
        /// The command's number.
        request: u32,
        /// `[N, D]` row-major.
        latents: Vec<f32>,
    },
    /// What the model makes of the views of [`Command::Observe`].
    Observed {
        /// The command's number.
        request: u32,
        /// z_AGG `[E]` after all M views.
        z_agg: Vec<f32>,
        /// Target latent `[D]` of the last view: the copy-last guess.
        z_last: Vec<f32>,
        /// Of each aggregator layer: what the AGG token attends to, itself first, then the M views; mean
        /// over heads, sum 1.
        attention: Vec<Vec<f32>>,
    },
    /// The sequence of [`Command::Sample`].
    Sampled {
        /// The command's number.
        request: u32,
        /// Its views, the target view last.
        views: Views,
        /// One action fewer than views.
        actions: Vec<Vec<f32>>,
    },
    /// The comparison with the CPU.
    SelfTested {
        /// Largest relative error of each part.
        rows: Vec<SelfTestRow>,
    },
    /// Something long goes on.
    Progress {
        /// What.
        phase: Phase,
        /// Units done.
        done: u32,
        /// Units in all; 0 when unknown.
        total: u32,
    },
    /// The run changed its state.
    Training {
        /// Now.
        state: RunState,
        /// The run, unless idle.
        run: Option<RunCard>,
    },
    /// One training step.
    Step(StepReport),
    /// A measurement on held-out instances with frozen weights.
    Probed(ProbeReport),
    /// Weights of the run for the engine that looks (safetensors bytes).
    Snapshot {
        /// Step they belong to.
        step: u64,
        /// The bytes.
        checkpoint: Vec<u8>,
    },
    /// The full state, for coming back after a loss.
    Autosave {
        /// Step it belongs to.
        step: u64,
        /// The bytes.
        checkpoint: Vec<u8>,
    },
    /// The file of [`Command::Save`].
    Saved {
        /// Suggested name.
        file_name: String,
        /// The command line that goes on with or repeats this run natively.
        recipe_line: String,
        /// The bytes.
        checkpoint: Vec<u8>,
    },
    /// A command was not carried out; everything else stands as it was.
    Refused {
        /// What happened, as a sentence.
        problem: String,
        /// Which kind of card the page shows.
        kind: ProblemKind,
    },
    /// The engine is gone (its device was lost or ran out of memory, or it panicked); the page
    /// starts another worker.
    Fatal {
        /// What is known.
        message: String,
    },
    /// Trials so far.
    Tried(TrialsReport),
    /// A survey so far.
    Surveyed(SurveyReport),
    /// What a checkpoint says of itself.
    Peeked(PeekReport),
    /// A decoder for the open model's latents.
    Decoder(Decoder),
}

/// A batch of square RGB views as bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Views {
    /// Side of each in pixels.
    pub side_px: usize,
    /// `N * side_px * side_px * 3` bytes, row-major, RGB interleaved.
    pub rgb: Vec<u8>,
}

/// What to train: the flags of `seq-jepa train`, with the same meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Preset by name: `nano`, `tiny`, `small`, …
    pub preset: String,
    /// `saccade` or `rotation`.
    pub world: String,
    /// Seed of weights and data.
    pub seed: u64,
    /// Steps in all; `None` takes the preset's.
    pub steps: Option<u64>,
    /// Sequences a step; `None` takes the preset's.
    pub batch: Option<usize>,
    /// Peak learning rate; `None` takes the preset's.
    pub learning_rate: Option<f64>,
    /// `both`, `token`, `predictor` or `none`.
    pub conditioning: String,
}

/// What a visitor should know of a preset before choosing it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PresetFacts {
    /// Its name.
    pub name: &'static str,
    /// Parameters needed to encode, aggregate and predict, in millions to two digits.
    pub n_parameters_m: f32,
    /// Observed views a sequence, M.
    pub n_observed: usize,
    /// Sequences a step.
    pub batch: usize,
    /// Steps in all.
    pub steps: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
}

/// The presets that a page offers.
pub const PRESETS: [PresetFacts; 3] = [
    PresetFacts {
        name: "nano",
        n_parameters_m: 0.18,
        n_observed: 2,
        batch: 48,
        steps: 2_000,
        learning_rate: 3e-3,
    },
    PresetFacts {
        name: "tiny",
        n_parameters_m: 0.62,
        n_observed: 3,
        batch: 64,
        steps: 12_000,
        learning_rate: 4e-3,
    },
    PresetFacts {
        name: "small",
        n_parameters_m: 5.6,
        n_observed: 3,
        batch: 128,
        steps: 20_000,
        learning_rate: 1e-3,
    },
];

/// Where an engine computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// CPU or GPU.
    pub kind: DeviceKind,
    /// The adapter's own words; `flex` on the CPU.
    pub name: String,
    /// A GPU in name only (SwiftShader, llvmpipe): slower than the CPU engine.
    pub software: bool,
}

/// The two kinds of engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// burn flex.
    Cpu,
    /// burn wgpu.
    Gpu,
}

/// What a checkpoint says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Its preset.
    pub preset: String,
    /// `saccade` or `rotation`.
    pub world: String,
    /// The world's configuration, so that the page shows the same world.
    pub world_config: WorldConfig,
    /// `both`, `token`, `predictor` or `none`.
    pub conditioning: String,
    /// Steps trained.
    pub step: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Parameters needed to encode, aggregate and predict.
    pub n_parameters: usize,
    /// Side of a view in pixels.
    pub view_side_px: usize,
    /// Views observed in training, M.
    pub n_observed: usize,
    /// The last measurement, if the file has one.
    pub probe: Option<ProbeReport>,
    /// Whether the file can go on training.
    pub resumable: bool,
    /// The command line that made it.
    pub recipe_line: String,
}

/// A checkpoint that is not open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeekReport {
    /// `saccade` or `rotation`.
    pub world: String,
    /// Its preset.
    pub preset: String,
    /// Steps trained.
    pub step: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Bytes of the file.
    pub n_bytes: usize,
    /// Whether it can go on training.
    pub resumable: bool,
    /// Whether it has a path probe.
    pub has_path: bool,
    /// The last measurement, if it has one.
    pub probe: Option<ProbeReport>,
    /// What it has otherwise than the open model: setting, there, here.
    pub differs: Vec<[String; 3]>,
}

/// A run in this engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunCard {
    /// Its recipe, every `None` filled in.
    pub recipe: Recipe,
    /// Steps done.
    pub step: u64,
    /// Trainable parameters.
    pub n_parameters: usize,
}

/// States of a run; see `engine::session`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// No run.
    Idle,
    /// A run that waits.
    Paused,
    /// A run that trains.
    Playing,
    /// The recipe's last step is done.
    Finished,
}

/// Long phases, in the order in which a visitor may meet them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Pictures or objects are made.
    World,
    /// The first step compiles the GPU's kernels.
    Kernels,
    /// Held-out views are encoded and probes fitted.
    Probe,
    /// The device is compared with the CPU.
    SelfTest,
}

/// Which error card fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProblemKind {
    /// The two ends speak different versions.
    Version,
    /// A command that does not fit the state or its own limits.
    Command,
    /// A checkpoint that cannot be used.
    Checkpoint,
    /// A recipe that cannot be trained.
    Recipe,
    /// The loss stopped being finite; the run stands at its last good step.
    Diverged,
}

/// Bytes of a message.
///
/// # Errors
/// When the message is larger than [`MESSAGE_BYTES_MAX`].
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, String> {
    let bytes = postcard::to_allocvec(message).map_err(|why| format!("message: {why}"))?;
    check_size(bytes.len()).map(|()| bytes)
}

/// A message from bytes.
///
/// # Errors
/// When there are too many bytes or they are no such message.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    check_size(bytes.len())?;
    postcard::from_bytes(bytes).map_err(|why| {
        format!("a message of {} bytes is not of protocol version {VERSION}: {why}", bytes.len())
    })
}

fn check_size(n_bytes: usize) -> Result<(), String> {
    if n_bytes <= MESSAGE_BYTES_MAX {
        return Ok(());
    }
    Err(format!("a message of {n_bytes} bytes is over the limit of {MESSAGE_BYTES_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_wire() {
        let command = Command::Observe {
            request: 7,
            views: Views { side_px: 1, rgb: vec![1, 2, 3] },
            actions: vec![vec![0.25, -0.5]],
        };
        let bytes = encode(&command).expect("a small message");
        assert_eq!(decode::<Command>(&bytes), Ok(command));
    }

    #[test]
    fn damaged_bytes_are_refused_with_a_sentence() {
        let problem = decode::<Command>(&[250, 1, 2]).expect_err("no such variant");
        assert!(problem.contains("protocol version"), "{problem}");
    }
}
