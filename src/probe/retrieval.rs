//! Retrieval: where does the true next view stand among the candidates, when the predicted latent
//! is the question?
//!
//! Candidates are encoded by the target encoder and compared by centered cosine: the mean target
//! latent over *training* views is subtracted on both sides, for z is non-negative and a constant
//! direction alone would be most of a plain cosine. Trials are on held-out instances.

use super::exam::Exam;
use super::features::{Episode, Frozen, Lesion};
use super::rows::Rows;
use crate::readout::{Readout, auroc, rank_of};
use crate::world::{Trial, View};

/// Trials whose candidates are held on the host at once.
const TRIALS_AT_ONCE: usize = 16;

/// Ranks of the truth, 1-based, one a trial; ties count half.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retrieval {
    /// Of the model's prediction.
    pub model: Vec<f64>,
    /// Null: the last observed view's target latent is the guess.
    pub copy_last: Vec<f64>,
    /// Null: the predictor hears the last action of the next trial (the last trial that of the
    /// first); z_AGG is the trial's own.
    pub shuffled: Vec<f64>,
    /// Null: one guess for all trials, the mean prediction. (The mean *target* latent is 0 after
    /// centering, ties with everything and ranks at chance by construction.)
    pub mean_latent: Vec<f64>,
    /// Distance of the best candidate from the truth ([`super::exam::distance`]).
    pub error: Vec<f64>,
    /// Null: mean distance over all candidates.
    pub error_chance: Vec<f64>,
    /// Surprise at the truth and at a swapped view, by the model's prediction.
    pub surprise: Surprises,
    /// Null: by the last observed view's latent.
    pub surprise_copy_last: Surprises,
    /// Null: by the prediction for the next trial's action.
    pub surprise_shuffled: Surprises,
}

/// Surprises, 1 − centered cosine, one a trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surprises {
    /// At the true next view.
    pub truths: Vec<f32>,
    /// At the true next view of the trial before (the first trial's: of the last), not of the next one,
    /// whose action the shuffled null hears.
    pub swapped: Vec<f32>,
}

impl Surprises {
    fn push(&mut self, judge: &Readout, guess: &[f32], [truth, swapped]: [&[f32]; 2]) {
        self.truths.push(judge.surprise(guess, truth));
        self.swapped.push(judge.surprise(guess, swapped));
    }

    fn append(&mut self, other: Self) {
        self.truths.extend(other.truths);
        self.swapped.extend(other.swapped);
    }

    /// The chance that a swap surprises more than a truth; 0.5 when nothing is known.
    pub fn auroc(&self) -> f64 {
        f64::from(auroc(&self.truths, &self.swapped).unwrap_or(0.5))
    }
}

/// Runs all trials of an exam.
///
/// # Errors
/// When the device fails.
pub async fn retrieve(
    frozen: &Frozen,
    exam: &Exam,
    latent_mean: &[f32],
) -> Result<Retrieval, String> {
    let trials = &exam.trials;
    let guesses = Guesses::make(frozen, trials).await?;
    let judge = Readout {
        z_dim: latent_mean.len(),
        latent_mean: latent_mean.to_vec(),
        ..Readout::default()
    };
    let mut found = Retrieval::default();
    let mut truths = Rows { dim: latent_mean.len(), values: Vec::new() };
    for first in (0..trials.len()).step_by(TRIALS_AT_ONCE) {
        let group = &trials[first..trials.len().min(first + TRIALS_AT_ONCE)];
        let views: Vec<&View> = group.iter().flat_map(|trial| &trial.candidates).collect();
        let bank = frozen.encode_target(&views).await?;
        let mut row = 0;
        for (i, trial) in (first..).zip(group) {
            let n = trial.candidates.len();
            let bank = &bank.values[row * bank.dim..(row + n) * bank.dim];
            row += n;
            truths.values.extend(&bank[trial.truth * truths.dim..(trial.truth + 1) * truths.dim]);
            found.score(&judge, bank, trial.truth, &guesses, i, &exam.errors[i]);
        }
    }
    for i in 0..trials.len() {
        let seen = [truths.row(i), truths.row((i + trials.len() - 1) % trials.len())];
        found.surprise.push(&judge, guesses.model.row(i), seen);
        found.surprise_copy_last.push(&judge, guesses.copy_last.row(i), seen);
        found.surprise_shuffled.push(&judge, guesses.shuffled.row(i), seen);
    }
    Ok(found)
}

/// What is held against each trial's candidates.
struct Guesses {
    model: Rows,
    shuffled: Rows,
    copy_last: Rows,
    mean: Vec<f32>,
}

impl Guesses {
    async fn make(frozen: &Frozen, trials: &[Trial]) -> Result<Self, String> {
        let m = trials.first().map_or(1, |trial| trial.observed.len());
        let views: Vec<&View> = trials.iter().flat_map(|trial| &trial.observed).collect();
        let z = frozen.encode(&views).await?;
        let episodes: Vec<Episode<'_>> = trials
            .iter()
            .enumerate()
            .map(|(i, trial)| Episode { first_row: i * m, actions: &trial.actions })
            .collect();
        let z_agg = frozen.aggregate(&z, &episodes, m, Lesion::None).await?;
        let last = |i: usize| trials[i % trials.len()].actions[m - 1].as_slice();
        let own: Vec<&[f32]> = (0..trials.len()).map(last).collect();
        let next: Vec<&[f32]> = (0..trials.len()).map(|i| last(i + 1)).collect();
        let model = frozen.predict(&z_agg, &own).await?;
        let shuffled = frozen.predict(&z_agg, &next).await?;
        let seen: Vec<&View> = trials.iter().map(|trial| &trial.observed[m - 1]).collect();
        let copy_last = frozen.encode_target(&seen).await?;
        Ok(Self { mean: model.mean(), model, shuffled, copy_last })
    }
}

impl Retrieval {
    /// Adds the trials of another one behind its own.
    pub fn append(&mut self, other: Self) {
        self.model.extend(other.model);
        self.copy_last.extend(other.copy_last);
        self.shuffled.extend(other.shuffled);
        self.mean_latent.extend(other.mean_latent);
        self.error.extend(other.error);
        self.error_chance.extend(other.error_chance);
        self.surprise.append(other.surprise);
        self.surprise_copy_last.append(other.surprise_copy_last);
        self.surprise_shuffled.append(other.surprise_shuffled);
    }

    fn score(
        &mut self,
        judge: &Readout,
        bank: &[f32],
        truth: usize,
        guesses: &Guesses,
        trial_idx: usize,
        errors: &[f64],
    ) {
        let scores = |guess: &[f32]| judge.centered_cosines(guess, bank);
        let rank = |guess: &[f32]| f64::from(rank_of(&scores(guess), truth));
        self.copy_last.push(rank(guesses.copy_last.row(trial_idx)));
        self.shuffled.push(rank(guesses.shuffled.row(trial_idx)));
        self.mean_latent.push(rank(&guesses.mean));
        let scores = scores(guesses.model.row(trial_idx));
        self.model.push(f64::from(rank_of(&scores, truth)));
        self.error.push(error_of_best(&scores, errors));
        self.error_chance.push(super::metrics::mean(errors.iter().copied()));
    }
}

/// Error of the candidate with the highest score; the mean over those that share it.
fn error_of_best(scores: &[f32], errors: &[f64]) -> f64 {
    let best = scores.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    super::metrics::mean(
        scores.iter().zip(errors).filter(|(score, _)| **score == best).map(|(_, error)| *error),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::metrics::{chance_mrr, chance_rank, mean, mean_reciprocal_rank};
    use crate::world::rng::{normal, stream};

    const N: usize = 15;
    const D: usize = 6;

    /// Ranks over 400 made-up trials whose guess is made from the bank.
    fn ranks(guess: impl Fn(&[f32], usize, &mut rand_chacha::ChaCha8Rng) -> Vec<f32>) -> Vec<f64> {
        let mean = vec![0.5; D];
        let judge = Readout { z_dim: D, latent_mean: mean.clone(), ..Readout::default() };
        let mut rng = stream(5, "retrieval-test", 0);
        let mut found = Retrieval::default();
        for trial in 0..400 {
            let bank: Vec<f32> = (0..N * D).map(|_| 0.5 + normal(&mut rng)).collect();
            let truth = trial % N;
            let row = |values: Vec<f32>| Rows { dim: D, values };
            let guesses = Guesses {
                model: row(guess(&bank, truth, &mut rng)),
                shuffled: row(bank[..D].to_vec()),
                copy_last: row(bank[..D].to_vec()),
                mean: mean.clone(),
            };
            found.score(&judge, &bank, truth, &guesses, 0, &[1.0; N]);
        }
        assert!(found.mean_latent.iter().all(|&rank| rank == chance_rank(N)));
        found.model
    }

    #[test]
    fn made_up_latents_rank_where_they_must() {
        let candidate = |bank: &[f32], i: usize| bank[i * D..(i + 1) * D].to_vec();
        let perfect = ranks(|bank, truth, _| candidate(bank, truth));
        assert!(perfect.iter().all(|&rank| rank == 1.0));
        let constant = ranks(|_, _, _| vec![0.5; D]);
        assert!(constant.iter().all(|&rank| rank == chance_rank(N)));
        // Five standard errors: ranks deviate by 4.3, reciprocal ones by 0.27.
        let check = |name: &str, ranks: Vec<f64>| {
            let [rank, mrr] = [mean(ranks.iter().copied()), mean_reciprocal_rank(&ranks)];
            assert!((rank - chance_rank(N)).abs() < 5.0 * 4.4 / 20.0, "{name}: {rank}");
            assert!((mrr - chance_mrr(N)).abs() < 5.0 * 0.28 / 20.0, "{name}: {mrr}");
        };
        check("random", ranks(|_, _, rng| (0..D).map(|_| normal(rng)).collect()));
        let permuted = ranks(|bank, truth, _| candidate(bank, (truth + 7) % N));
        assert!(permuted.iter().all(|&rank| rank > 1.0), "another candidate comes first");
        // The sign of the question matters: the opposite of the truth comes last.
        let opposite =
            ranks(|bank, truth, _| candidate(bank, truth).iter().map(|z| 1.0 - z).collect());
        assert!(opposite.iter().all(|&rank| rank == N as f64));
    }

    #[test]
    fn equal_scores_share_their_errors() {
        assert_eq!(error_of_best(&[0.1, 0.9, 0.9], &[5.0, 1.0, 2.0]), 1.5);
    }
}
