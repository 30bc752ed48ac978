//! A survey of the model that looks, a little at a time between other commands; what is measured is
//! told by `probe::survey`.

use super::look::Look;
use super::{Refusal, run, session};
use crate::probe::exam::EvalSettings;
use crate::probe::survey;
use crate::protocol::{PathErrors, ProblemKind, Space, SurveyReport, TRIALS_MAX};

/// A survey under way. It keeps the weights that it began with.
#[derive(Debug)]
pub struct Survey {
    request: u32,
    n_sequences: usize,
    n_observed: usize,
    work: survey::Survey,
}

impl Survey {
    /// A survey of the model that looks.
    ///
    /// # Errors
    /// When there are too few or too many sequences, or the model's world is not one that the page
    /// has, or the device fails.
    pub fn new(look: &Look, request: u32, n: usize, seed: u64) -> Result<Self, Refusal> {
        if !(5..=TRIALS_MAX).contains(&n) {
            let problem = format!("a survey of {n} sequences: expected 5 to {TRIALS_MAX}");
            return Err(Refusal::new(ProblemKind::Command, problem));
        }
        let config = look.config();
        let world = session::world_of(config, "seq-jepa eval FILE")?;
        let (n_train_sequences, n_val_sequences) = (n, n);
        let live = EvalSettings::live(config.n_observed);
        let settings = EvalSettings { n_train_sequences, n_val_sequences, seed, ..live };
        let frozen = look.frozen().clone();
        let untrained = run::untrained_of(config, &frozen.device).map_err(Refusal::Device)?;
        Ok(Self {
            request,
            n_sequences: n,
            n_observed: config.n_observed,
            work: survey::Survey::new(frozen, untrained, world, &settings),
        })
    }

    /// A little more.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn advance(&mut self) -> Result<SurveyReport, Refusal> {
        let found = self.work.advance().await.map_err(Refusal::Device)?;
        let (n_done, n_total) = self.work.progress();
        let report = SurveyReport {
            request: self.request,
            n_done,
            n_total,
            n_sequences: self.n_sequences,
            n_observed: self.n_observed,
            ..SurveyReport::default()
        };
        Ok(match found {
            None => report,
            Some(found) => SurveyReport {
                paths: found.paths.iter().map(told_path).collect(),
                spaces: vec![told_space(found.z), told_space(found.z_agg)],
                ..report
            },
        })
    }
}

fn told_path(path: &survey::PathErrors) -> PathErrors {
    PathErrors {
        n_observed: path.n_observed,
        n: path.n,
        model: path.model as f32,
        interval: (path.interval.low as f32, path.interval.high as f32),
        untrained: path.untrained as f32,
        no_vision: path.no_vision as f32,
        no_action: path.no_action as f32,
        still: path.still as f32,
    }
}

fn told_space(space: survey::Space) -> Space {
    Space {
        places: space.places,
        explained: space.explained.map(|share| share as f32),
        states: space.states,
        labels: space.labels,
        neighbors: space.neighbors as f32,
        neighbors_untrained: space.neighbors_untrained as f32,
        chance: space.chance as f32,
        state_r2: space.state_r2 as f32,
        state_r2_untrained: space.state_r2_untrained as f32,
    }
}
