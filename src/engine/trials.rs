//! Retrieval trials of the model that looks, a few at a time between other commands: an unbiased
//! sample beside the looks that a visitor chose.
//!
//! The trials are those of `seq-jepa eval` with the same seed. Two things differ there: the mean latent
//! is measured anew (here it is the file's own), and the shuffled action and the swapped view are a
//! neighboring trial's among all (here among the few).

use super::look::Look;
use super::{Refusal, session};
use crate::probe::exam::{EvalSettings, Exam};
use crate::probe::features::Frozen;
use crate::probe::metrics::{chance_mrr, chance_rank, mean_reciprocal_rank, median};
use crate::probe::retrieval::{Retrieval, retrieve};
use crate::probe::score::median_over_things;
use crate::protocol::{ProblemKind, TRIALS_MAX, TrialsReport};
use crate::world::World;
use std::sync::Arc;

/// Trials between two breaths.
const AT_ONCE: usize = 4;

/// Trials under way. They keep the weights that they began with.
pub struct Trials {
    request: u32,
    n: usize,
    n_candidates: usize,
    frozen: Frozen,
    latent_mean: Vec<f32>,
    world: Arc<dyn World>,
    settings: EvalSettings,
    found: Retrieval,
    /// The thing that each trial shows.
    things: Vec<usize>,
}

impl Trials {
    /// Trials of the model that looks.
    ///
    /// # Errors
    /// When there are too few or too many, or the model's world is not one that the page has.
    pub fn new(look: &Look, request: u32, n: usize, seed: u64) -> Result<Self, Refusal> {
        if !(2..=TRIALS_MAX).contains(&n) {
            let problem = format!("{n} trials: expected 2 to {TRIALS_MAX}");
            return Err(Refusal::new(ProblemKind::Command, problem));
        }
        let config = look.config();
        let world = session::world_of(config, "seq-jepa eval FILE")?;
        let settings = EvalSettings { seed, ..EvalSettings::live(config.n_observed) };
        Ok(Self {
            request,
            n,
            n_candidates: 0,
            frozen: look.frozen().clone(),
            latent_mean: look.latent_mean(),
            world,
            settings,
            found: Retrieval::default(),
            things: Vec::new(),
        })
    }

    /// A few more trials.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn advance(&mut self) -> Result<TrialsReport, Refusal> {
        let first = self.found.model.len();
        // No single one is left over: its shuffled action would be its own.
        let last = if self.n - first <= AT_ONCE + 1 { self.n } else { first + AT_ONCE };
        let exam = Exam::of_trials(self.world.as_ref(), &self.settings, first..last);
        self.n_candidates = exam.trials.first().map_or(0, |trial| trial.candidates.len());
        let found = retrieve(&self.frozen, &exam, &self.latent_mean).await;
        self.things.extend(exam.trials.iter().map(|trial| trial.thing));
        self.found.append(found.map_err(Refusal::Device)?);
        Ok(self.report())
    }

    /// Whether all are done.
    pub fn are_done(&self) -> bool {
        self.found.model.len() >= self.n
    }

    fn report(&self) -> TrialsReport {
        let Retrieval { model, copy_last, shuffled, .. } = &self.found;
        let Retrieval { surprise, surprise_copy_last, surprise_shuffled, .. } = &self.found;
        let interval =
            self.are_done().then(|| median_over_things(&self.things, model, self.settings.seed));
        TrialsReport {
            request: self.request,
            n_done: model.len(),
            n_trials: self.n,
            n_candidates: self.n_candidates,
            rank: median(model) as f32,
            rank_interval: interval.map(|interval| (interval.low as f32, interval.high as f32)),
            rank_chance: chance_rank(self.n_candidates) as f32,
            rank_copy_last: median(copy_last) as f32,
            rank_shuffled: median(shuffled) as f32,
            mrr: mean_reciprocal_rank(model) as f32,
            mrr_chance: chance_mrr(self.n_candidates) as f32,
            auroc: surprise.auroc() as f32,
            auroc_copy_last: surprise_copy_last.auroc() as f32,
            auroc_shuffled: surprise_shuffled.auroc() as f32,
        }
    }
}

impl std::fmt::Debug for Trials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trials").field("request", &self.request).finish_non_exhaustive()
    }
}
