//! The bytes of the first training sequence of seed 1 in each default world, checked against
//! `tests/golden/world.json`. A browser test holds the CPU engine to the same file.
//!
//! Whoever changes them on purpose runs the test with `UPDATE_GOLDEN=1` and looks at the change:
//! checkpoints trained before have seen another world.
#![expect(clippy::disallowed_methods, reason = "a test updates its own file")]

use core::fmt::Write as _;

use super::rng::stream;
use super::{Sequence, Split, WorldConfig};

const GOLDEN: &str = include_str!("../../tests/golden/world.json");
const GOLDEN_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/world.json");

/// One JSON object: for each world its actions as `f32` bit patterns and its views as hexadecimal
/// RGB bytes, one vector or view a line.
fn golden_text() -> String {
    let worlds = [("saccade", WorldConfig::saccade()), ("rotation", WorldConfig::rotation())];
    let texts = worlds.map(|(name, config)| {
        let world = config.build().expect("defaults are valid");
        let sequence = world.sequence(Split::Train, 4, &mut stream(1, "training sequence", 0));
        format!("\"{name}\": {{\n{}\n}}", sequence_text(&sequence))
    });
    format!("{{\n{}\n}}\n", texts.join(",\n"))
}

fn sequence_text(sequence: &Sequence) -> String {
    let actions = sequence.actions.iter().map(|action| {
        let bits: Vec<String> = action.iter().map(|a| a.to_bits().to_string()).collect();
        format!("[{}]", bits.join(", "))
    });
    let views = sequence.views.iter().map(|view| {
        let mut hex = String::with_capacity(2 * view.rgb.len());
        for byte in &view.rgb {
            write!(hex, "{byte:02x}").expect("a string takes everything");
        }
        format!("\"{hex}\"")
    });
    let (actions, views): (Vec<String>, Vec<String>) = (actions.collect(), views.collect());
    format!("\"actions\": [\n{}\n],\n\"views\": [\n{}\n]", actions.join(",\n"), views.join(",\n"))
}

#[test]
fn default_worlds_are_the_same_bytes_on_every_target() {
    let text = golden_text();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN_PATH, &text).expect("the golden file can be written");
        return;
    }
    for (i, (found, expected)) in text.lines().zip(GOLDEN.lines()).enumerate() {
        let column = found.bytes().zip(expected.bytes()).position(|(a, b)| a != b);
        assert!(
            found == expected,
            "tests/golden/world.json differs: line {}, column {column:?}",
            i + 1
        );
    }
    assert_eq!(text.len(), GOLDEN.len());
}
