//! The command line, as clap sees it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// seq-JEPA: learn equivariant views and invariant aggregates from sequences of views and actions.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Compose every operation of the tensor library's own instead of the fused ones: several times
    /// slower, for finding out whether a fused one is wrong.
    #[arg(long, global = true)]
    pub(super) unfused: bool,
}

/// Subcommands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train a model, or go on with a run.
    Train(TrainArgs),
    /// Measure a checkpoint on held-out pictures or objects, with a null beside every number.
    Eval(EvalArgs),
    /// Say what is in a checkpoint.
    Inspect(InspectArgs),
    /// Compare a device with the CPU on a tiny network: forward pass, gradients, optimizer.
    Selftest(SelftestArgs),
    /// Draw a contact sheet of sequences with their actions.
    Sheet(SheetArgs),
    /// Fit a decoder from a checkpoint's latents to small pictures, for the page's *Imagine*.
    Decoder(DecoderArgs),
    /// Repeat the paper's experiments: train what is missing, measure it, write the report.
    Bench(BenchArgs),
    /// Write the page's first frame, which it shows before its program has arrived.
    Record(RecordArgs),
}

/// The built-in worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum WorldName {
    /// Fixations on pictures; the action is the saccade.
    Saccade,
    /// One object in random poses; the action is the relative rotation.
    Rotation,
    /// One picture augmented; the action is the change of crop, jitter and blur. Not for the page.
    Augment,
}

impl WorldName {
    /// The word of [`crate::world::WorldConfig::from_word`].
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Saccade => "saccade",
            Self::Rotation => "rotation",
            Self::Augment => "augment",
        }
    }
}

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DeviceName {
    /// burn's flex backend with SIMD and all cores.
    Cpu,
    /// A GPU through WGSL; needs a program built with `--features gpu`.
    Wgpu,
    /// A GPU through SPIR-V; needs a program built with `--features vulkan`.
    Vulkan,
}

/// What stands in for the procedural world.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct DataArgs {
    /// Folder in place of the procedural world. Pictures: JPEG or PNG, one folder a class, split by
    /// `train.txt` and `test.txt` if present. Meshes: OFF or OBJ, one folder a class, split by
    /// `manifest.csv` (id,class,split) if present. Without lists every fifth file of a class, by
    /// name, is held out.
    #[arg(long, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
    /// Folder of ready saliency maps: gray PNGs under the names of the pictures [default: maps are
    /// computed].
    #[arg(long, value_name = "FOLDER", requires = "data")]
    pub(super) saliency: Option<PathBuf>,
}

/// Arguments of `train`. Defaults that depend on the preset are the preset's.
#[derive(Args, Debug)]
pub(super) struct TrainArgs {
    /// Size and settings to start from: nano, tiny, small, paper-rotation, paper-saccade or
    /// paper-augment.
    #[arg(long, default_value = "tiny", conflicts_with = "resume")]
    pub(super) preset: String,
    /// Where views and actions come from.
    #[arg(long, value_enum, default_value = "saccade", conflicts_with = "resume")]
    pub(super) world: WorldName,
    /// Go on with the run in this file (full state); its settings stay.
    #[arg(long, value_name = "FILE")]
    pub(super) resume: Option<PathBuf>,
    /// Folder for `last.safetensors`, `weights.safetensors` and `metrics.jsonl`
    /// [default: runs/WORLD-PRESET-SEED, or the folder of the file that `--resume` names].
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceName,
    /// Seed of weights and data, an integer [default: 1].
    #[arg(long, conflicts_with = "resume")]
    pub(super) seed: Option<u64>,
    /// Steps in all; the learning rate and the EMA factor follow this length
    /// [default: the preset's].
    #[arg(long, conflicts_with = "resume")]
    pub(super) steps: Option<u64>,
    /// Sequences a step [default: the preset's].
    #[arg(long, conflicts_with = "resume")]
    pub(super) batch: Option<usize>,
    /// Observed views a sequence, M; a range such as 1-6 has every step draw its own
    /// [default: the preset's].
    #[arg(long, conflicts_with = "resume", value_parser = views)]
    pub(super) views: Option<(Option<usize>, usize)>,
    /// Peak learning rate of AdamW [default: the preset's].
    #[arg(long, conflicts_with = "resume")]
    pub(super) lr: Option<f64>,
    /// EMA factor at the first step, 0 to 1 [default: the preset's].
    #[arg(long, conflicts_with = "resume")]
    pub(super) tau: Option<f64>,
    /// Where actions enter: both, token, predictor or none.
    #[arg(long, default_value = "both", conflicts_with = "resume")]
    pub(super) conditioning: String,
    /// Color objects by their parts alone, so that one view does not tell the pose (rotation).
    #[arg(long, conflicts_with_all = ["resume", "data"])]
    pub(super) plain: bool,
    /// Divide the parameters of augmentations by their norm over each sequence, as the official code
    /// does, instead of by their deviation over the data set (augment).
    #[arg(long, conflicts_with = "resume")]
    pub(super) sequence_scale: bool,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Steps between two measurements on held-out data; 0 for none but the first and the last.
    #[arg(long, default_value_t = 500)]
    pub(super) probe_every: u64,
    /// Seconds between two saves of the full state.
    #[arg(long, default_value_t = 60)]
    pub(super) save_every: u64,
    /// Stop after this many steps of this call, as if Ctrl-C were pressed.
    #[arg(long)]
    pub(super) stop_after: Option<u64>,
}

/// Fewest observed views, where the argument is a range, and most.
fn views(text: &str) -> Result<(Option<usize>, usize), String> {
    let number = |part: &str| {
        part.parse().map_err(|_not_a_number| {
            format!("expected a number of views such as 3, or a range such as 1-6, found {text}")
        })
    };
    match text.split_once('-') {
        Some((fewest, most)) => Ok((Some(number(fewest)?), number(most)?)),
        None => Ok((None, number(text)?)),
    }
}

/// Arguments of `eval`.
#[derive(Args, Debug)]
pub(super) struct EvalArgs {
    /// The checkpoint.
    pub(super) checkpoint: PathBuf,
    /// Retrieval trials.
    #[arg(long, default_value_t = 400)]
    pub(super) trials: usize,
    /// Seed of the trials and of the sequences that probes are fitted on.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceName,
    /// Sequences of training pictures or objects that heads are fitted on; a third as many held-out
    /// ones score them. Fewer is quicker and coarser.
    #[arg(long, default_value_t = 3000)]
    pub(super) sequences: usize,
    /// Views observed before a prediction and behind z_AGG, M [default: as many as in training].
    #[arg(long)]
    pub(super) views: Option<usize>,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `inspect`.
#[derive(Args, Debug)]
pub(super) struct InspectArgs {
    /// The checkpoint.
    pub(super) checkpoint: PathBuf,
    /// List every tensor.
    #[arg(long)]
    pub(super) tensors: bool,
}

/// Arguments of `selftest`.
#[derive(Args, Debug)]
pub(super) struct SelftestArgs {
    /// What to compare.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceName,
}

/// Arguments of `sheet`.
#[derive(Args, Debug)]
pub(super) struct SheetArgs {
    /// Where views and actions come from.
    #[arg(long, value_enum, default_value = "saccade")]
    pub(super) world: WorldName,
    /// Sequences, one a row: 1 to 200.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=200))]
    pub(super) rows: u8,
    /// Views a sequence: 2 to 16.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=16))]
    pub(super) views: u8,
    /// Seed of the sequences: those that `train` with this seed begins with.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Color objects by their parts alone (rotation).
    #[arg(long, conflicts_with = "data")]
    pub(super) plain: bool,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// The PNG to write.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

/// Arguments of `decoder`.
#[derive(Args, Debug)]
pub(super) struct DecoderArgs {
    /// The checkpoint.
    pub(super) checkpoint: PathBuf,
    /// The file to write [default: the checkpoint's name with `.decoder.safetensors`].
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Sequences of training pictures or objects that it is fitted on; a third as many held-out ones
    /// score it.
    #[arg(long, default_value_t = 3000)]
    pub(super) sequences: usize,
    /// Seed of the sequences and of the fit.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceName,
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// The suites of `bench`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SuiteName {
    /// Objects in random poses.
    Rotation,
    /// Fixations on pictures.
    Saccade,
    /// Augmented pictures.
    Augment,
    /// Every suite.
    All,
}

/// The sizes of `bench`: about what one suite takes on two cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BudgetName {
    /// Preset nano, 1,000 steps a run.
    #[value(name = "30m")]
    Short,
    /// Preset tiny, 3,000 steps a run.
    #[value(name = "4h")]
    Medium,
    /// The paper's networks and steps: days on a large GPU.
    #[value(name = "full")]
    Full,
}

/// Arguments of `bench`.
#[derive(Args, Debug)]
pub(super) struct BenchArgs {
    /// Which experiments, separated by commas.
    #[arg(long, value_enum, default_value = "all", value_delimiter = ',')]
    pub(super) suite: Vec<SuiteName>,
    /// Seeds of every variant: 1 to this number.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(super) seeds: u64,
    /// How large the networks are and how long they train. The names are about what all variants of
    /// one suite take on two cores with three seeds.
    #[arg(long, value_enum, default_value = "30m")]
    pub(super) budget: BudgetName,
    /// Only these variants, separated by commas: seq-jepa, no-action, simclr, …
    #[arg(long, value_delimiter = ',', value_name = "VARIANT")]
    pub(super) only: Vec<String>,
    /// Folder for runs and measurements [default: runs/bench-BUDGET]. What lies there is not done
    /// again.
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
    /// Folder of other pictures, one folder a class, on which frozen saccade networks are asked for the
    /// class.
    #[arg(long, value_name = "FOLDER")]
    pub(super) transfer: Option<PathBuf>,
    /// Folder with `fixations.csv` (image,subject,index,x,y) and the pictures, named IMAGE.jpg, in
    /// `stimuli`: saccade networks predict along these scanpaths.
    #[arg(long, value_name = "FOLDER")]
    pub(super) scanpaths: Option<PathBuf>,
    /// Folder for `report.json`, `report.md` and the figures [default: that of the runs].
    #[arg(long, value_name = "FOLDER")]
    pub(super) report: Option<PathBuf>,
    /// Run nothing: print the README's tables from a report.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "assets/report/report.json"
    )]
    pub(super) table: Option<PathBuf>,
    /// Run nothing: make one report, in the folder of `--report`, of what was run apart (suites,
    /// variants, seeds) with the same size, data and questions.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "report", conflicts_with = "table")]
    pub(super) merge: Vec<PathBuf>,
    /// Runs at once [default: one a core, or one on a GPU].
    #[arg(long)]
    pub(super) jobs: Option<usize>,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) device: DeviceName,
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// Arguments of `record`.
#[derive(Args, Debug)]
pub(super) struct RecordArgs {
    /// The saccade checkpoint that the page ships.
    #[arg(default_value = "assets/checkpoints/saccade-tiny.safetensors")]
    pub(super) checkpoint: PathBuf,
    /// The page, rewritten between its marks `recorded:begin` and `recorded:end`.
    #[arg(long, value_name = "FILE", default_value = "index.html")]
    pub(super) page: PathBuf,
    /// Folder for the frame's two pictures, which the page must be able to reach as `recorded/`.
    #[arg(long, value_name = "FOLDER", default_value = "assets/recorded")]
    pub(super) out: PathBuf,
}
