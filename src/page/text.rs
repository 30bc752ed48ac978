//! Every sentence that a visitor reads.

use super::state::{LivePhase, Remedy, RunPhase, Seen, Weights};
use crate::protocol::{DeviceKind, DeviceReport, ModelCard, Phase, TrialsReport};
use crate::scenery::Mode;
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Reveal, Score};

/// Where the checkpoint that ships for a mode lies.
pub fn shipped_checkpoint(mode: Mode, without_actions: bool) -> String {
    let twin = if without_actions { "-no-action" } else { "" };
    ["./checkpoints/", mode.world(), "-tiny", twin, ".safetensors"].concat()
}

// Header.
pub const TITLE: &str = "seq-JEPA";
pub const PAGE_TITLE: &str = "seq-JEPA live";
pub const SUBTITLE: &str = "live";
pub const MODE_LABEL: &str = "World";
pub const MODE_SACCADE: &str = "Saccade";
pub const MODE_ROTATE: &str = "Rotate";
pub const THEME: &str = "Light or dark";
pub const SKIP: &str = "Skip to the stage";
pub const RECORDED: &str = "Recorded";
pub const LEAD_SACCADE: &str = "The model has seen only the lit squares. Move over the picture: it tells what it expects to \
     see there, before looking.";
pub const LEAD_ROTATE: &str = "The model has seen this object from one side. Turn it: the model tells what it expects to \
     see, before the turn is shown.";

// Stage.
pub const STAGE_SACCADE: &str =
    "Picture to look about in. Arrow keys move the crosshair, Enter looks, Backspace takes back.";
pub const STAGE_ROTATE: &str =
    "Object to turn. Arrow keys and Q and E turn it, Enter looks, Backspace takes back.";
pub const UNDO: &str = "Undo";
pub const CLEAR: &str = "Clear";
pub const AUTO: &str = "Look by itself";
pub const NEXT_PICTURE: &str = "Next picture";
pub const NEXT_OBJECT: &str = "Next object";
pub const ROW: &str = "Row";
pub const COL: &str = "Column";
pub const YAW: &str = "Yaw°";
pub const PITCH: &str = "Pitch°";
pub const ROLL: &str = "Roll°";
pub const LOOK: &str = "Look";
pub const WHOLE: &str = "Show the whole picture";
pub const BLIND: &str = "Turn blindly";
pub const OWN_PICTURE: &str = "Your picture";
pub const UNDONE: &str = "Took the last look back.";
pub const CLEARED: &str = "Forgot what was seen. The next look is the first.";
pub const DROPPED_OFF: &str =
    "The model is shown the last eight views; the oldest one has dropped off.";
pub const KEYS_SACCADE: &str = "Click to look · arrows move the crosshair, with Shift farther · \
     Enter looks · Backspace takes back";
pub const KEYS_ROTATE: &str = "Drag or use arrows, Q and E to turn, with Shift farther · release \
     or Enter looks · Backspace takes back";

// Lens.
pub const LENS: &str = "Guess and truth";
pub const TILE_GUESS: &str = "expected there";
pub const TILE_HIDDEN: &str = "not looked yet";
pub const TILE_BEFORE: &str = "expected";
pub const TILE_TRUTH: &str = "was there";
pub const LENS_EMPTY: &str = "Aim somewhere: the best match to the prediction appears here, and \
     the truth stays hidden until you look.";
pub const LENS_WITHOUT: &str = "There is no model to look with yet. Train one below, or open a \
     checkpoint.";
pub const LAST_LOOK: &str = "The last look";
pub const TRIALS: &str = "Run 200 random trials";
pub const TRIALS_WHY: &str = "Your looks are chosen; these are not: random pictures or objects that \
     the model was not trained on, random paths, the same as `seq-jepa eval --seed 1`.";
pub const TRIALS_LESIONED: &str =
    "Trials are those of the whole model: take the lesion away first.";
pub const WEIGHTS: &str = "Weights";
pub const LESION: &str = "Lesion now";
pub const FOOL: &str = "What would fool me here?";
pub const FOOL_SACCADE: &str = "Even places alike would score well if a copy of the last view did: \
     so the copy's rank stands beside. And a model deaf to the action would rank like the shuffled \
     one.";
pub const FOOL_ROTATE: &str = "Symmetric objects look alike in several poses, so a low rank may be \
     no fault. A model deaf to the turn would rank like the shuffled one.";
pub const CENTERED: &str =
    "Candidates are compared by centered cosine; color tells percentiles, not raw values.";

// Path.
pub const PATH: &str = "Path";
pub const PATH_TRUE: &str = "true";
pub const PATH_DECODED: &str = "decoded";
pub const PATH_EMPTY: &str =
    "Look somewhere: the path decoded from z_AGG appears beside the true one.";
pub const PATH_WITHOUT: &str = "This checkpoint has no path probe.";
pub const PATH_NOTE: &str = "Read from z_AGG and the upcoming action by a linear probe that was \
     fitted afterwards; the network itself was not supervised. With one view seen it is trivial.";

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

// Files.
pub const FILES: &str = "Files";
pub const FILES_LEAD: &str = "Drop a .safetensors checkpoint or a picture anywhere on the page. \
     Both stay on this device.";
pub const OPEN_CHECKPOINT: &str = "Open a checkpoint";
pub const OPEN_PICTURE: &str = "Open a picture";
pub const GO_ON_TRAINING: &str = "Go on training this";
pub const FILE_UNREADABLE: &str = "The file could not be read.";
pub const PICTURE_IN_ROTATE: &str = "Pictures belong to the Saccade world; switch there first.";
pub const OTHER_FILE: &str = "This page opens .safetensors checkpoints and pictures. Convert .pth files with the native \
     program; the page never opens pickles.";

// Cards.
pub const CARDS: &str = "Messages";
pub const COPY_REPORT: &str = "Copy report";
pub const DISMISS: &str = "Dismiss";
pub const WORKS_ALL_ELSE: &str = "Everything else goes on.";
pub const WORKS_AS_BEFORE: &str = "What ran before goes on as it was.";
pub const WORKS_NOTHING_LIVE: &str = "The recorded picture and your files remain.";
pub const WORKS_WITHOUT_GPU: &str = "Looking and training on the CPU work as usual.";
pub const OTHER_VERSION: &str =
    "The page and its engine are of different versions, probably because one of them was cached.";
pub const SELF_TEST_FAILED: &str = "This GPU computes other numbers than the CPU, so the page \
     does not train on it.";

/// A card's button.
pub fn remedy(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::RestartLive => "Start the engine again",
        Remedy::TrainOnCpu => "Train on the CPU",
        Remedy::Recover => "Go on from the last save",
        Remedy::TrainOpened => GO_ON_TRAINING,
        Remedy::Reload => "Load the page again",
    }
}

/// The engine that looks is gone for good.
pub fn live_engine_died(why: &str) -> String {
    ["The engine that looks has stopped. ", why].concat()
}

/// The engine that trains is gone and comes back.
pub fn training_died(why: &str, step: Option<u64>, next: DeviceKind) -> String {
    let device = if next == DeviceKind::Gpu { "the GPU" } else { "the CPU" };
    let from = match step {
        Some(step) => ["step ", &step.to_string()].concat(),
        None => "the beginning".to_owned(),
    };
    [
        "The training engine stopped (",
        reason(why),
        "). It starts again from ",
        &from,
        " on ",
        device,
        ".",
    ]
    .concat()
}

/// The engine that trains is gone for good.
pub fn training_died_twice(why: &str) -> String {
    ["The training engine stopped twice within half a minute (", reason(why), ")."].concat()
}

fn reason(why: &str) -> &str {
    if why.is_empty() { "the browser gave no reason" } else { why }
}

/// A picture that cannot be used.
pub fn no_picture(why: &str) -> String {
    ["This picture could not be read. ", why].concat()
}

/// A number with as many decimals as its unit deserves. The browser writes it, which saves the page
/// 15 kB of tables.
pub fn number(value: f32, decimals: u8) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    js_sys::Number::from(value).to_fixed(decimals).map_or_else(|_| String::new(), String::from)
}

/// A small number by its order of magnitude.
pub fn magnitude(value: f32, decimals: u8) -> String {
    js_sys::Number::from(value)
        .to_exponential(decimals)
        .map_or_else(|_| String::new(), String::from)
}

/// A rank: whole, or a half.
pub fn rank(value: f32) -> String {
    number(value, u8::from(value.fract() != 0.0))
}

/// The rank line: the rank, then its nulls.
pub fn rank_line(score: &Score) -> String {
    rank_parts(score).join("; ")
}

/// The same in its four parts.
pub fn rank_parts(score: &Score) -> [String; 4] {
    [
        ["rank ", &rank(score.rank), " of ", &score.n.to_string()].concat(),
        ["chance ", &rank(score.chance)].concat(),
        ["copy-last ", &rank(score.copy_last)].concat(),
        ["shuffled ", &number(score.shuffled, 0)].concat(),
    ]
}

/// Between guess and truth.
pub fn apart(error: f32, mode: Mode) -> String {
    match mode {
        Mode::Saccade => [number(error, 0).as_str(), " px apart"].concat(),
        Mode::Rotate => [number(error.to_degrees(), 0).as_str(), "° apart"].concat(),
    }
}

/// The polite line after a look.
pub fn status(reveal: &Reveal, mode: Mode) -> String {
    [rank_line(&reveal.score).as_str(), "; best guess ", &apart(reveal.error, mode)].concat()
}

/// The session so far.
pub fn session(n: usize, median: f32, chance: f32) -> String {
    let looks = if n == 1 { " look, rank " } else { " looks, median rank " };
    [n.to_string().as_str(), looks, &rank(median), " (chance ", &rank(chance), ")"].concat()
}

/// Random trials so far, and what the file says of itself.
pub fn trials(report: &TrialsReport, card: Option<&ModelCard>) -> String {
    if report.n_done < report.n_trials {
        return [&report.n_done.to_string(), " of ", &report.n_trials.to_string(), " trials …"]
            .concat();
    }
    let interval = report.rank_interval.map_or_else(String::new, |(low, high)| {
        [" [", &rank(low), ", ", &rank(high), "]"].concat()
    });
    let measured = card.and_then(|card| card.probe.as_ref()).map_or_else(String::new, |probe| {
        let n = probe.n_trials.to_string();
        ["; in the file: ", &rank(probe.rank_median), " (", &n, " trials)"].concat()
    });
    [
        report.n_trials.to_string().as_str(),
        " random trials, held out: median rank ",
        &rank(report.rank),
        &interval,
        " of ",
        &report.n_candidates.to_string(),
        "; chance ",
        &rank(report.rank_chance),
        "; copy-last ",
        &rank(report.rank_copy_last),
        "; shuffled ",
        &rank(report.rank_shuffled),
        "; mean reciprocal rank ",
        &number(report.mrr, 2),
        " (chance ",
        &number(report.mrr_chance, 2),
        ")",
        &measured,
    ]
    .concat()
}

/// How the engine that looks is doing, for the badge.
pub fn badge(phase: LivePhase, device: Option<&DeviceReport>) -> String {
    match (phase, device) {
        (LivePhase::Starting, _) => "Starting the engine …".to_owned(),
        (LivePhase::Fetching, _) => "Fetching the model …".to_owned(),
        (LivePhase::Opening, _) => "Opening the model …".to_owned(),
        (LivePhase::Without, _) => "No model yet".to_owned(),
        (LivePhase::Looking, Some(device)) if device.kind == DeviceKind::Gpu => {
            ["Live · WebGPU (", &device.name, ")"].concat()
        }
        (LivePhase::Looking, _) => "Live · CPU".to_owned(),
    }
}

/// A model in a few words.
pub fn model(card: &ModelCard) -> String {
    let millions = number(card.n_parameters as f32 / 1e6, 2);
    let kind = match (card.step, card.conditioning.as_str()) {
        (0, _) => " · untrained",
        (_, "none") => " · without actions",
        _ => "",
    };
    [card.preset.as_str(), " · ", &millions, " M · step ", &card.step.to_string(), kind].concat()
}

/// Whose weights look.
pub fn weights(weights: Weights) -> &'static str {
    match weights {
        Weights::Full => "full",
        Weights::NoAction => "trained without actions",
        Weights::Untrained => "untrained, same recipe and seed",
        Weights::Opened => "of the opened file",
        Weights::Run => "of the run below",
    }
}

/// What is kept from the model.
pub fn lesion(lesion: Lesion) -> &'static str {
    match lesion {
        Lesion::None => "none",
        Lesion::NextAction => "next action unheard",
        Lesion::PastActions => "past actions unheard",
        Lesion::ShuffledActions => "past actions shuffled",
        Lesion::Views => "views blanked",
        Lesion::ViewOrder => "views out of order",
    }
}

/// What these weights and this lesion are, in a sentence; nothing for the whole model.
pub fn ablated(weights: Weights, lesion: Lesion) -> String {
    let weights = match weights {
        Weights::NoAction => {
            "Another model, trained on the same sequences and as long, but never told an action. "
        }
        Weights::Untrained => "Weights as they were before the first step. ",
        _ => "",
    };
    let lesion = match lesion {
        Lesion::None => "",
        Lesion::NextAction => {
            "Lesion: the predictor is told that nothing moves, wherever you point."
        }
        Lesion::PastActions => {
            "Lesion: the aggregator is told that nothing moved between the views."
        }
        Lesion::ShuffledActions => "Lesion: each view comes with the action of the next one.",
        Lesion::Views => "Lesion: every view is grey; only the actions are left.",
        Lesion::ViewOrder => "Lesion: the first view comes last; the actions stay in place.",
    };
    [weights, lesion].concat()
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

/// A place or pose in words.
pub fn place(mode: Mode, side_px: usize, seen: &Seen) -> String {
    match mode {
        Mode::Saccade => {
            let px =
                |k: usize| number(seen.state.get(k).copied().unwrap_or(0.0) * side_px as f32, 0);
            ["row ", &px(0), ", column ", &px(1)].concat()
        }
        Mode::Rotate => seen.state.iter().map(|&v| number(v, 2)).collect::<Vec<_>>().join(", "),
    }
}

/// An offer to come back to an earlier run.
pub fn resume(step: u64) -> String {
    ["Go on with the run of your last visit, at step ", &step.to_string()].concat()
}
