//! What the engine measures when asked, beside the looks that a visitor chose: random trials and a
//! survey of held-out sequences, both of the model of now; and its decoder.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Live;
use crate::page::state::{Model, Weights};
use crate::page::{browser, text};
use crate::protocol::{Command, SurveyReport, TrialsReport};

/// Trials of [`Live::run_trials`].
const N_TRIALS: usize = 200;

/// Sequences of [`Live::run_survey`], to fit on and as many to score on.
const N_SEQUENCES: usize = 500;

/// Seed of both: that of `seq-jepa eval` unless told otherwise.
const SEED: u64 = 1;

impl Live {
    /// Runs random trials with the weights of now.
    pub fn run_trials(self) {
        let request = self.request();
        let started = TrialsReport { request, n_trials: N_TRIALS, ..TrialsReport::default() };
        self.state.look.trials.set(Some(started));
        self.post(&Command::Trials { request, n_trials: N_TRIALS, seed: SEED });
    }

    /// Surveys held-out sequences with the weights of now.
    pub fn run_survey(self) {
        let request = self.request();
        let n_total = 2 * N_SEQUENCES;
        self.state.look.survey.set(Some(SurveyReport { request, n_total, ..Default::default() }));
        self.post(&Command::Survey { request, n_sequences: N_SEQUENCES, seed: SEED });
    }

    /// Ends both, and forgets their results: they were another model's.
    pub fn drop_measured(self) {
        let look = self.state.look;
        if look.trials.with_untracked(Option::is_some) {
            look.trials.set(None);
            self.post(&Command::Trials { request: self.request(), n_trials: 0, seed: SEED });
        }
        if look.survey.with_untracked(Option::is_some) {
            look.survey.set(None);
            self.post(&Command::Survey { request: self.request(), n_sequences: 0, seed: SEED });
        }
    }

    /// Forgets what will not end: its command was refused, or its worker died.
    pub(super) fn forget_unfinished(self) {
        let look = self.state.look;
        look.trials.update(|trials| {
            trials.take_if(|trials| trials.n_done < trials.n_trials);
        });
        look.survey.update(|survey| {
            survey.take_if(|survey| survey.spaces.is_empty());
        });
    }

    /// Fetches the decoder that ships for the model that looks, if it is the shipped one.
    pub fn want_decoder(self, model: Option<Arc<Model>>, weights: Weights) {
        let decoder = self.state.look.decoder;
        if weights != Weights::Full || decoder.with_untracked(Option::is_some) {
            return;
        }
        let Some(model) = model.filter(|model| model.card.step > 0) else { return };
        spawn_local(async move {
            let file = browser::fetch(&text::shipped_decoder(model.scenery.mode())).await;
            let still = self.state.look.model.get_untracked();
            if let Some(file) = file.filter(|_| still.is_some_and(|now| Arc::ptr_eq(&now, &model)))
            {
                self.open_decoder(file);
            }
        });
    }

    /// Takes a decoder for the model that looks.
    pub fn open_decoder(self, file: Vec<u8>) {
        self.post(&Command::Decoder { file });
    }

    pub(super) fn tried(self, report: TrialsReport) {
        self.state.look.trials.update(|trials| {
            if trials.as_ref().is_some_and(|asked| asked.request == report.request) {
                *trials = Some(report);
            }
        });
    }

    pub(super) fn surveyed(self, report: SurveyReport) {
        self.state.look.survey.update(|survey| {
            if survey.as_ref().is_some_and(|asked| asked.request == report.request) {
                *survey = Some(report);
            }
        });
    }
}
