//! Surprise: how far what is seen is from what was expected, when some looks are swapped. Pure.
//!
//! Swaps are announced: a visitor chooses this, is told after each look whether it was one, and no
//! rank counts them.

use super::{Mode, Scenery, Subject};
use crate::readout::auroc;
use crate::world::{View, rng};

/// One look in this many is swapped.
pub const ONE_IN: usize = 5;

/// Seed of which looks those are, and of what is shown instead.
const SEED: u64 = 5;

/// Pictures or objects among which another one is drawn.
const N_OTHERS: usize = 40;

/// What a look shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The view.
    pub view: View,
    /// Whether it is another than the one that lies there.
    pub swapped: bool,
}

/// One look and what it surprised.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprise {
    /// What was shown.
    pub shown: Shown,
    /// The best match to what was expected.
    pub guess_view: View,
    /// 1 − centered cosine between the prediction and what was shown, 0..=2.
    pub model: f32,
    /// The same when the last view's latent is the prediction.
    pub copy_last: f32,
}

/// What look number `draw` of a session shows at `target`: the truth, or once in [`ONE_IN`] a view
/// of a place in another picture, of another object or of the same object in another pose.
pub fn shown(scenery: &Scenery, subject: &Subject, target: &[f32], draw: u64) -> Shown {
    let mut chance = rng::stream(SEED, "page/surprise", draw);
    if rng::below(&mut chance, ONE_IN) != 0 {
        return Shown { view: scenery.view(subject, target), swapped: false };
    }
    let states = scenery.candidates();
    let state = &states[rng::below(&mut chance, states.len())];
    let turned = scenery.mode() == Mode::Rotate && rng::below(&mut chance, 2) == 0;
    let index = subject.index + 1 + rng::below(&mut chance, N_OTHERS);
    let other = Subject { index, own: None };
    let view = scenery.view(if turned { subject } else { &other }, state);
    Shown { view, swapped: true }
}

/// AUROC of a session's surprises and of its copy-last null, once there is a look of each kind.
pub fn session(all: &[Surprise]) -> Option<(f32, f32)> {
    let of = |swapped: bool, read: fn(&Surprise) -> f32| -> Vec<f32> {
        all.iter().filter(|one| one.shown.swapped == swapped).map(read).collect()
    };
    let area = |read: fn(&Surprise) -> f32| auroc(&of(false, read), &of(true, read));
    area(|one| one.model).zip(area(|one| one.copy_last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_look_in_five_is_swapped_and_shows_something_else() {
        for mode in [Mode::Saccade, Mode::Rotate] {
            let scenery = Scenery::of(mode).expect("a default world");
            let subject = Subject::default();
            let target = scenery.candidates()[7].clone();
            let truth = scenery.view(&subject, &target);
            let all: Vec<Shown> = (0..200).map(|n| shown(&scenery, &subject, &target, n)).collect();
            let n_swapped = all.iter().filter(|one| one.swapped).count();
            // Four standard deviations of 200 draws at one in five.
            assert!((40 - 23..=40 + 23).contains(&n_swapped), "{n_swapped}");
            assert!(all.iter().filter(|one| !one.swapped).all(|one| one.view == truth));
            let other = all.iter().filter(|one| one.swapped && one.view != truth).count();
            assert!(other + 2 >= n_swapped, "{other} of {n_swapped} differ");
            assert_eq!(shown(&scenery, &subject, &target, 9), all[9], "the same session again");
        }
    }

    #[test]
    fn a_session_needs_one_of_each_kind() {
        let view = View { side_px: 1, rgb: vec![0; 3] };
        let one = |swapped, model| Surprise {
            shown: Shown { view: view.clone(), swapped },
            guess_view: view.clone(),
            model,
            copy_last: 0.5,
        };
        assert_eq!(session(&[one(false, 0.1)]), None);
        assert_eq!(session(&[one(false, 0.1), one(true, 0.9)]), Some((1.0, 0.5)));
    }
}
