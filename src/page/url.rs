//! What the address says after `#`. Pure. Unknown keys are left alone.

use super::lens::Lens;
use super::state::Weights;
use crate::scenery::Mode;
use crate::scenery::lesion::Lesion;

/// Which engine the visitor insists on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// WebGPU when it is there and real, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU, even a software adapter.
    Gpu,
}

/// The address as settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// `engine=cpu|gpu`.
    pub engine: EngineChoice,
    /// `m=sac|rot`.
    pub mode: Mode,
    /// `seed=7`.
    pub seed: Option<u64>,
    /// `img=3`, the picture or object by number.
    pub subject: Option<usize>,
    /// `w=full|no-action|untrained`.
    pub weights: Weights,
    /// `les=none|next|past|shuffled|views|order`.
    pub lesion: Lesion,
    /// `lens=where`.
    pub lens: Lens,
}

/// Reads the part of the address after `#`.
pub fn parse(hash: &str) -> Address {
    let mut address = Address::default();
    for pair in hash.trim_start_matches('#').split('&') {
        match pair.split_once('=') {
            Some(("engine", "cpu")) => address.engine = EngineChoice::Cpu,
            Some(("engine", "gpu")) => address.engine = EngineChoice::Gpu,
            Some(("m", "rot")) => address.mode = Mode::Rotate,
            Some(("seed", seed)) => address.seed = seed.parse().ok(),
            Some(("img", idx)) => address.subject = idx.parse().ok(),
            Some(("w", word)) => address.weights = shipped(word),
            Some(("lens", word)) => address.lens = Lens::of_word(word).unwrap_or_default(),
            Some(("les", word)) => address.lesion = Lesion::of_word(word).unwrap_or_default(),
            _ => {}
        }
    }
    address
}

/// Weights that the page has from the start.
fn shipped(word: &str) -> Weights {
    match Weights::of_word(word) {
        None | Some(Weights::Opened | Weights::Run) => Weights::default(),
        Some(weights) => weights,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_address_is_the_default() {
        assert_eq!(parse(""), Address::default());
        assert_eq!(parse("#"), Address::default());
    }

    #[test]
    fn known_keys_are_read_and_others_ignored() {
        let address = parse("#v=1&m=rot&engine=gpu&seed=11&img=5&nonsense");
        assert_eq!(address.engine, EngineChoice::Gpu);
        assert_eq!(address.mode, Mode::Rotate);
        assert_eq!((address.seed, address.subject), (Some(11), Some(5)));
        assert_eq!(parse("#seed=many").seed, None);
        let address = parse("#w=no-action&les=next");
        assert_eq!((address.weights, address.lesion), (Weights::NoAction, Lesion::NextAction));
        let address = parse("#w=opened&les=all");
        assert_eq!((address.weights, address.lesion), (Weights::Full, Lesion::None));
    }
}
