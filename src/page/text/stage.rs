//! What the header and the stage say.

use super::number;
use crate::page::state::{Depth, LivePhase};
use crate::protocol::{DeviceKind, DeviceReport, ModelCard};
use crate::scenery::Mode;

// Header.
pub const SAVE_SVG: &str = "Save as SVG";
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

// Learning.
pub const LEARN: &str = "Learn";
pub const DEPTH: &str = "Depth of reading";
pub const SCENE_BEFORE: &str = "← Before";
pub const SCENE_NEXT: &str = "Next →";
pub const CLOSE: &str = "Close";
/// What each scene asks of the page, after its own key.
pub const SCENES: [&str; 6] = [
    "",
    "&fx=48.56,80.24,80.48&next=40.80",
    "&fx=48.56,80.24,80.48&next=40.80&w=no-action",
    "&fx=48.56,80.24,80.48,40.80",
    "&lens=space",
    "&train=1",
];
pub const HINTS: [&str; 4] = [
    "① Move over the picture, or turn the object: the model tells what it expects.",
    "② Click to look there, or press Enter: was it right?",
    "③ Now choose other Weights, untrained for instance, and compare.",
    "④ Open Train below: a model learns this from nothing.",
];
pub const HINT_AWAY: &str = "No more hints";
pub const KEYS_TITLE: &str = "Keys";
pub const KEYS_WHY: &str =
    "Single letters act only while the stage or the buttons of training have the focus.";
pub const KEYS_ON: &str = "Single letters act";

/// A depth by name.
pub fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::Curious => "Curious",
        Depth::Student => "Student",
        Depth::Researcher => "Researcher",
    }
}

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
pub const HARD: &str = "Other objects among the candidates";
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

/// A place or pose in words.
pub fn place(mode: Mode, side_px: usize, state: &[f32]) -> String {
    match mode {
        Mode::Saccade => {
            let px = |k: usize| number(state.get(k).copied().unwrap_or(0.0) * side_px as f32, 0);
            ["row ", &px(0), ", column ", &px(1)].concat()
        }
        Mode::Rotate => state.iter().map(|&v| number(v, 2)).collect::<Vec<_>>().join(", "),
    }
}
