//! Beat the model: four views, one of them the truth of an intended look; the visitor and the model
//! choose. Pure.

use super::{Mode, Scenery, is_another};
use crate::world::rng;

/// Views to choose from.
pub const N_OPTIONS: usize = 4;

/// Seed of the rounds.
const SEED: u64 = 4;

/// Draws after which options may be alike, where a small picture has no better.
const N_DRAWS: usize = 200;

/// One round.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The candidates to choose from, by number.
    pub options: [usize; N_OPTIONS],
    /// Which of the four is the truth.
    pub truth: usize,
    /// Which the visitor chose.
    pub chosen: Option<usize>,
}

/// Rounds of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rounds.
    pub n: usize,
    /// Of them, those that the visitor had right.
    pub visitor: usize,
    /// Those that the model had right.
    pub model: usize,
}

impl Round {
    /// Round number `draw`: four candidates that share no part of the picture with one another or
    /// with a view seen, as far as there are such.
    pub fn draw(scenery: &Scenery, states: &[Vec<f32>], seen: &[&[f32]], draw: u64) -> Self {
        let mut chance = rng::stream(SEED, "page/beat", draw);
        let apart = |a: &[f32], b: &[f32]| match scenery.mode() {
            // Squares overlap unless they are a side apart in one direction.
            Mode::Saccade => {
                let side = scenery.view_side_px() as f32 / scenery.picture_side_px() as f32;
                a.iter().zip(b).any(|(a, b)| (a - b).abs() >= side * 0.75)
            }
            Mode::Rotate => scenery.distance(a, b) > 0.5,
        };
        let mut options: Vec<usize> = Vec::new();
        for n_draws in 0.. {
            if options.len() == N_OPTIONS || states.is_empty() {
                break;
            }
            let new = rng::below(&mut chance, states.len());
            // Another object would be told apart by its looks.
            if is_another(&states[new]) {
                continue;
            }
            let others = options.iter().map(|&i| states[i].as_slice()).chain(seen.iter().copied());
            let fresh = others.into_iter().all(|other| apart(&states[new], other));
            if fresh || n_draws > N_DRAWS && !options.contains(&new) {
                options.push(new);
            }
        }
        options.resize(N_OPTIONS, 0);
        let truth = rng::below(&mut chance, N_OPTIONS);
        Self { options: core::array::from_fn(|i| options[i]), truth, chosen: None }
    }

    /// The candidate that is the truth.
    pub fn target(&self) -> usize {
        self.options[self.truth]
    }

    /// Which of the four the model chooses by its scores of all candidates.
    pub fn choice_of(&self, scores: &[f32]) -> usize {
        let score = |slot: usize| scores.get(self.options[slot]).copied().unwrap_or(f32::MIN);
        (0..N_OPTIONS).max_by(|&a, &b| score(a).total_cmp(&score(b))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_different_options_of_which_each_is_the_truth_as_often() {
        for mode in [Mode::Saccade, Mode::Rotate] {
            let scenery = Scenery::of(mode).expect("a default world");
            let states = scenery.candidates();
            let seen: Vec<&[f32]> = states[..3].iter().map(Vec::as_slice).collect();
            let mut truths = [0_usize; N_OPTIONS];
            for draw in 0..200 {
                let round = Round::draw(&scenery, &states, &seen, draw);
                let mut options = round.options;
                options.sort_unstable();
                assert!(options.windows(2).all(|pair| pair[0] < pair[1]), "{round:?}");
                truths[round.truth] += 1;
            }
            // Four standard deviations of 200 draws at one in four.
            assert!(truths.iter().all(|&n| (25..=75).contains(&n)), "{truths:?}");
        }
    }

    #[test]
    fn the_model_chooses_the_highest_score_among_the_four() {
        let round = Round { options: [5, 2, 7, 0], truth: 1, chosen: None };
        let scores = [0.3, 0.9, 0.4, 0.9, 0.9, 0.2, 0.9, 0.1];
        assert_eq!((round.choice_of(&scores), round.target()), (1, 2));
    }
}
