//! What a look shows: the rank of the truth, never without its nulls. Pure.

use super::lesion::Lesion;
use super::{Scenery, Subject, is_another, nearest};
use crate::readout::{Readout, rank_of};
use crate::world::{View, rng};

/// Actions of other looks that the shuffled null averages over.
const N_SHUFFLED: usize = 16;

/// Seed of those actions.
const SHUFFLE_SEED: u64 = 16;

/// A prediction compared with every candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// Centered cosine with each candidate.
    pub scores: Vec<f32>,
    /// The best candidate.
    pub peak: usize,
}

/// What the model makes of the views so far.
#[derive(Clone, Copy, Debug)]
pub struct Mind<'a> {
    /// The predictor.
    pub readout: &'a Readout,
    /// `z_agg`.
    pub z_agg: &'a [f32],
    /// The last view's latent.
    pub z_last: &'a [f32],
    /// Candidate latents.
    pub bank: &'a [f32],
}

/// The numbers of one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Rank of the true candidate under the prediction.
    pub rank: f32,
    /// Rank by chance.
    pub chance: f32,
    /// Rank when the last view is the guess.
    pub copy_last: f32,
    /// Mean rank when the predictor hears other actions.
    pub shuffled: f32,
    /// Number of candidates.
    pub n: usize,
}

/// One look, after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reveal {
    /// Rank and nulls.
    pub score: Score,
    /// Best match before looking.
    pub guess_view: View,
    /// State of that match.
    pub guess_state: Vec<f32>,
    /// What was there.
    pub truth_view: View,
    /// Where that is.
    pub truth_state: Vec<f32>,
    /// Between the two: pixels or radians; `None` when the guess is another object.
    pub error: Option<f32>,
    /// The prediction.
    pub z_hat: Vec<f32>,
    /// Latent of what was there.
    pub z_truth: Vec<f32>,
    /// Latent of the view before.
    pub z_last: Vec<f32>,
}

impl Mind<'_> {
    /// The prediction for an action.
    pub fn guess(&self, action: &[f32]) -> Guess {
        let z_hat = self.readout.predict(self.z_agg, action);
        let scores = self.readout.centered_cosines(&z_hat, self.bank);
        let peak = scores
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |(candidate, _)| candidate);
        Guess { scores, peak }
    }

    /// The numbers of a look at candidate `truth` by `action`.
    pub fn score(&self, action: &[f32], truth: usize, others: &[Vec<f32>]) -> Score {
        let rank = |action: &[f32]| rank_of(&self.guess(action).scores, truth);
        let copied = self.readout.centered_cosines(self.z_last, self.bank);
        let n = copied.len();
        let mean = |sum: f32| if others.is_empty() { f32::NAN } else { sum / others.len() as f32 };
        Score {
            rank: rank(action),
            chance: (n as f32 + 1.0) / 2.0,
            copy_last: rank_of(&copied, truth),
            shuffled: mean(others.iter().map(|other| rank(other)).sum()),
            n,
        }
    }
}

/// A look and what it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The world of the model.
    pub scenery: &'a Scenery,
    /// What is looked at.
    pub subject: &'a Subject,
    /// What the model makes of the views so far; its bank belongs to `states`.
    pub mind: Mind<'a>,
    /// The states among which the truth has to be found.
    pub states: &'a [Vec<f32>],
    /// The last state seen.
    pub from: &'a [f32],
    /// The state looked at.
    pub target: &'a [f32],
    /// What is kept from the model: from the shuffled null too.
    pub lesion: Lesion,
    /// Number of places seen: which actions the shuffled null hears. So the same path has the same null.
    pub look_idx: u64,
}

impl Trial<'_> {
    /// Looks. The truth of a turn joins the candidates with its latent; a picture's places hold it
    /// already, so `truth_latent` is `None` there.
    pub fn run(&self, truth_latent: Option<Vec<f32>>) -> Reveal {
        let action = self.lesion.next(self.scenery, self.from, self.target);
        let peak = self.mind.guess(&action).peak;
        let mut bank = self.mind.bank.to_vec();
        let truth = match truth_latent {
            Some(latent) => {
                bank.extend(latent);
                self.states.len()
            }
            None => nearest(self.states, self.target),
        };
        let guess_state = self.states.get(peak).cloned().unwrap_or_default();
        let d = self.mind.readout.z_dim;
        let judge = Mind { bank: &bank, ..self.mind };
        Reveal {
            score: judge.score(&action, truth, &self.other_actions()),
            guess_view: self.scenery.view(self.subject, &guess_state),
            error: (!is_another(&guess_state))
                .then(|| self.scenery.distance(&guess_state, self.target)),
            guess_state,
            truth_view: self.scenery.view(self.subject, self.target),
            truth_state: self.target.to_vec(),
            z_hat: self.mind.readout.predict(self.mind.z_agg, &action),
            z_truth: bank[truth * d..(truth + 1) * d].to_vec(),
            z_last: self.mind.z_last.to_vec(),
        }
    }

    fn other_actions(&self) -> Vec<Vec<f32>> {
        let mut chance = rng::stream(SHUFFLE_SEED, "page/shuffled", self.look_idx);
        let other = |_| {
            let to = &self.states[rng::below(&mut chance, self.states.len())];
            self.lesion.next(self.scenery, self.from, to)
        };
        (0..N_SHUFFLED).map(other).collect()
    }
}

/// The middle of some numbers; the mean of the two middle ones when they are even in number.
pub fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    let half = values.len() / 2;
    let high = values.get(half)?;
    if values.len() % 2 == 1 { Some(*high) } else { Some((values[half - 1] + high) / 2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A predictor that answers with the action itself.
    fn echo() -> Readout {
        let eye = |n: usize| (0..n * n).map(|i| if i % (n + 1) == 0 { 1.0 } else { 0.0 }).collect();
        Readout {
            action_dim: 2,
            embed_dim: 2,
            z_dim: 2,
            hidden_dim: 2,
            embed: eye(2),
            embed_shift: vec![0.0; 2],
            fc1: eye(2),
            fc1_shift: vec![0.0; 2],
            fc2: eye(2),
            fc2_bias: vec![0.0; 2],
            latent_mean: vec![0.0; 2],
            ..Readout::default()
        }
    }

    #[test]
    fn a_predictor_that_knows_ranks_first_and_its_nulls_do_not() {
        let readout = echo();
        let bank = [1.0, 0.0, 0.8, 0.6, 0.0, 1.0];
        let mind = Mind { readout: &readout, z_agg: &[], z_last: &[0.0, 1.0], bank: &bank };
        assert_eq!(mind.guess(&[0.8, 0.6]).peak, 1);
        let score = mind.score(&[1.0, 0.0], 0, &[vec![0.0, 1.0], vec![0.6, 0.8]]);
        assert_eq!(score, Score { rank: 1.0, chance: 2.0, copy_last: 3.0, shuffled: 3.0, n: 3 });
    }

    #[test]
    fn medians_of_odd_even_and_no_numbers() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }
}
