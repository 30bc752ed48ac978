//! What files and cards say.

use super::number;
use crate::page::state::Remedy;
use crate::page::url::Notice;
use crate::protocol::{DeviceKind, PeekReport};

// Files.
pub const FILES: &str = "Files";
pub const FILES_LEAD: &str = "Drop or paste a .safetensors checkpoint or a picture anywhere on the \
     page. Both stay on this device.";
pub const OPEN_CHECKPOINT: &str = "Open a checkpoint";
pub const OPEN_PICTURE: &str = "Open a picture";
pub const GO_ON_TRAINING: &str = "Go on training this";
pub const FILE_UNREADABLE: &str = "The file could not be read.";
pub const PICTURE_IN_ROTATE: &str = "Pictures belong to the Saccade world; switch there first.";
pub const PEEK_OPEN: &str = "Look with it";
pub const PEEK_CANCEL: &str = "Leave it";
pub const PEEK_SAME: &str = "Its settings are those of the model that looks now.";
pub const PEEK_DIFFERS: &str =
    "It would take the place of the model that looks now, and differs from it:";
pub const PEEK_HEAD: [&str; 3] = ["setting", "file", "now"];
pub const DECODER_END: &str = ".decoder.safetensors";
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
        Remedy::TrainSlower => "Begin anew with a third of the learning rate",
        Remedy::TrainSmaller => "Begin anew with half the sequences a step",
        Remedy::TrainOpened => GO_ON_TRAINING,
        Remedy::Reload => "Load the page again",
    }
}

/// A checkpoint of the address that is not there.
pub fn no_checkpoint(path: &str) -> String {
    ["There is no checkpoint \u{201c}", path, "\u{201d} beside this page."].concat()
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

// Sharing.
pub const SHARE: &str = "Share";
pub const SHARE_LINK: &str = "Link to what is on the stage";
pub const SHARE_WHAT: &str = "The link tells world, picture or object, every look and the aim, weights and lesion. Who opens \
     it sees the same looks made again, with the same ranks. Nothing is uploaded.";
pub const SHARE_OWN: &str =
    "Your own picture stays on this device: the link leads to the page's first one instead.";
pub const COPY_LINK: &str = "Copy link";
pub const COPY_LOCKED: &str = "Copy link with locked choices";
pub const COPY_EMBED: &str = "Copy code to embed";
pub const COPY_CITATION: &str = "Copy citation";
pub const COPIED: &str = "Copied";
pub const SAVE_PICTURE: &str = "Save picture";
pub const CITATION: &str = "@inproceedings{ghaemi2025seqjepa,
  title = {seq-JEPA: Autoregressive Predictive Learning of Invariant-Equivariant World Models},
  author = {Ghaemi, Hafez and Muller, Eilif Benjamin and Bakhtiari, Shahab},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2025},
  eprint = {2505.03176},
  archivePrefix = {arXiv}
}
";

/// What another page takes up to show the stage.
pub fn embed_code(link: &str) -> String {
    let quoted = link.replace('&', "&amp;");
    ["<iframe src=\"", &quoted, "\" width=\"480\" height=\"640\" title=\"seq-JEPA live\"></iframe>"]
        .concat()
}

/// What is wrong with an address.
pub fn notice(notice: &Notice) -> String {
    match notice {
        Notice::Unknown(pair) => {
            ["The address says \u{201c}", pair, "\u{201d}, which means nothing here."]
        }
        Notice::Unreadable(pair) => {
            ["The address says \u{201c}", pair, "\u{201d}, which cannot be read; it was left out."]
        }
        Notice::Clamped(pair) => [
            "The address says \u{201c}",
            pair,
            "\u{201d}, which is out of range; the nearest was taken.",
        ],
        Notice::Foreign(pair) => [
            "The address says \u{201c}",
            pair,
            "\u{201d}: this page fetches nothing from other sites. Download that file and drop it here.",
        ],
        Notice::Version(pair) => {
            ["The address says \u{201c}", pair, "\u{201d}: it is of another version of this page."]
        }
    }
    .concat()
}

/// What a file says of itself.
pub fn peeked(report: &PeekReport) -> String {
    let megabytes = number(report.n_bytes as f32 / 1e6, 1);
    let measured = report.probe.as_ref().map_or_else(String::new, |probe| {
        [" · R² ", &number(probe.equivariance_r2, 2), " · rank ", &number(probe.rank_median, 1)]
            .concat()
    });
    [
        report.world.as_str(),
        " ",
        &report.preset,
        " · step ",
        &report.step.to_string(),
        " · seed ",
        &report.seed.to_string(),
        " · ",
        &megabytes,
        " MB",
        &measured,
        if report.has_path { " · path probe ✓" } else { " · path probe ✕" },
        if report.resumable { " · can be trained on ✓" } else { " · can be trained on ✕" },
    ]
    .concat()
}
