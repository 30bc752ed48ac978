//! Every sentence that a visitor reads, by the panel that says it, and how numbers are written.

mod cards;
mod lens;
mod stage;
mod train;

pub use cards::*;
pub use lens::*;
pub use stage::*;
pub use train::*;

use crate::scenery::Mode;

/// Where the checkpoint that ships for a mode lies.
pub fn shipped_checkpoint(mode: Mode, without_actions: bool) -> String {
    let twin = if without_actions { "-no-action" } else { "" };
    ["./checkpoints/", mode.world(), "-tiny", twin, ".safetensors"].concat()
}

/// Where the decoder that ships for its latents lies.
pub fn shipped_decoder(mode: Mode) -> String {
    ["./checkpoints/", mode.world(), "-tiny.decoder.safetensors"].concat()
}

/// A number with as many decimals as its unit deserves. The browser writes it, which saves the page
/// 15 kB of tables.
pub fn number(value: f32, decimals: u8) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    js_sys::Number::from(value).to_fixed(decimals).map_or_else(|_| String::new(), String::from)
}

/// A share in percent.
pub fn percent(share: f32) -> String {
    [number(share * 100.0, 0).as_str(), " %"].concat()
}

/// A small number by its order of magnitude.
pub fn magnitude(value: f32, decimals: u8) -> String {
    js_sys::Number::from(value)
        .to_exponential(decimals)
        .map_or_else(|_| String::new(), String::from)
}

/// Words as markup shows them.
pub fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
