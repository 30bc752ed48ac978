//! Signals of the run and its panel.

use std::sync::Arc;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::page::url::{Address, EngineChoice};
use crate::protocol::{DeviceReport, Phase, ProbeReport, Recipe, RunCard, SelfTestRow, StepReport};

/// Preset of a run unless told otherwise.
pub const PRESET: &str = "nano";

/// Seed of a run unless told otherwise.
pub const SEED: u64 = 7;

/// Points a chart keeps; beyond that every second one is dropped.
pub const N_POINTS_MAX: usize = 1500;

/// Where the run has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunPhase {
    /// No run.
    Idle,
    /// The worker is on its way.
    Starting,
    /// The device is being compared with the CPU.
    Testing,
    /// Something long goes on: what, units done, units in all.
    Preparing(Phase, u32, u32),
    /// Waits.
    Paused,
    /// Trains.
    Playing,
    /// The last step is done.
    Finished,
    /// The engine died and its successor is on its way.
    Recovering,
}

/// One chart's numbers.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Steps trained.
    pub steps: Vec<StepReport>,
    /// Measurements.
    pub probes: Vec<ProbeReport>,
}

impl Series {
    /// Keeps a step; forgets what a run that went back has yet to do again, and thins out when
    /// there are too many.
    pub fn push(&mut self, step: StepReport) {
        if self.steps.last().is_some_and(|last| last.step >= step.step) {
            self.steps.retain(|before| before.step < step.step);
            self.probes.retain(|before| before.step < step.step);
        }
        if self.steps.len() >= N_POINTS_MAX {
            let mut keep = false;
            self.steps.retain(|_| {
                keep = !keep;
                keep
            });
        }
        self.steps.push(step);
    }
}

/// Settings of a run beyond its preset; `None` is the preset's.
#[derive(Clone, Debug, PartialEq)]
pub struct Expert {
    /// Steps in all.
    pub steps: Option<u64>,
    /// Sequences a step.
    pub batch: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: Option<f64>,
    /// Where actions are heard, in the words of [`crate::protocol::Recipe`].
    pub conditioning: String,
}

impl Default for Expert {
    fn default() -> Self {
        let conditioning = "both".to_owned();
        Self { steps: None, batch: None, learning_rate: None, conditioning }
    }
}

/// The run and its panel.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Whether the panel is open.
    pub open: RwSignal<bool>,
    /// Engine asked for.
    pub choice: RwSignal<EngineChoice>,
    /// Preset asked for.
    pub preset: RwSignal<String>,
    /// Seed asked for.
    pub seed: RwSignal<u64>,
    /// Settings beyond the preset.
    pub expert: RwSignal<Expert>,
    /// Where the run has got to.
    pub phase: RwSignal<RunPhase>,
    /// When that began, in milliseconds of the page's clock.
    pub phase_since_ms: RwSignal<f64>,
    /// Whether the visitor wants it to play.
    pub wanted: RwSignal<bool>,
    /// Where it computes.
    pub device: RwSignal<Option<DeviceReport>>,
    /// What it is.
    pub card: RwSignal<Option<RunCard>>,
    /// Last step.
    pub step: RwSignal<Option<StepReport>>,
    /// Numbers of the charts; `tick` tells when to draw them.
    pub series: RwSignal<Series>,
    /// Counts up to four times a second while the run plays.
    pub tick: RwSignal<u32>,
    /// The device against the CPU.
    pub tests: RwSignal<Vec<SelfTestRow>>,
    /// The last autosave: step and bytes.
    pub autosave: RwSignal<Option<(u64, Arc<Vec<u8>>)>>,
    /// An autosave of an earlier visit.
    pub earlier: RwSignal<Option<(u64, Arc<Vec<u8>>)>>,
    /// The command line of the last save.
    pub recipe_line: RwSignal<Option<String>>,
    /// What presets cost on this machine.
    pub rates: RwSignal<Vec<Rate>>,
    /// Earlier runs, oldest first.
    pub past: RwSignal<Vec<Past>>,
    /// Its last weights, oldest first: steps and files.
    pub snapshots: RwSignal<Vec<(u64, Arc<Vec<u8>>)>>,
    /// Which of them looks; `None` for the newest.
    pub scrubbed: RwSignal<Option<usize>>,
    /// The part of a slow step that is told.
    pub slow: RwSignal<Option<usize>>,
    /// Whether the screen is to stay awake meanwhile.
    pub awake: RwSignal<bool>,
    /// Why this engine was chosen, as a sentence.
    pub engine_note: RwSignal<&'static str>,
}

impl Run {
    /// As the page opens at an address.
    pub(super) fn new(address: &Address) -> Self {
        Self {
            open: RwSignal::new(address.train || address.engine != EngineChoice::Auto),
            choice: RwSignal::new(address.engine),
            preset: RwSignal::new(address.preset.clone().unwrap_or_else(|| PRESET.to_owned())),
            seed: RwSignal::new(address.seed.unwrap_or(SEED)),
            expert: RwSignal::new(Expert {
                steps: address.steps,
                batch: address.batch,
                learning_rate: address.learning_rate,
                ..Expert::default()
            }),
            phase: RwSignal::new(RunPhase::Idle),
            phase_since_ms: RwSignal::new(0.0),
            wanted: RwSignal::new(false),
            device: RwSignal::new(None),
            card: RwSignal::new(None),
            step: RwSignal::new(None),
            series: RwSignal::new(Series::default()),
            tick: RwSignal::new(0),
            tests: RwSignal::new(Vec::new()),
            autosave: RwSignal::new(None),
            earlier: RwSignal::new(None),
            recipe_line: RwSignal::new(None),
            rates: RwSignal::new(Vec::new()),
            past: RwSignal::new(Vec::new()),
            snapshots: RwSignal::new(Vec::new()),
            scrubbed: RwSignal::new(None),
            slow: RwSignal::new(None),
            awake: RwSignal::new(false),
            engine_note: RwSignal::new(""),
        }
    }
}

/// What a preset costs on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Its name.
    pub preset: String,
    /// On the GPU, or the CPU.
    pub gpu: bool,
    /// Measured.
    pub steps_per_s: f32,
}

/// Earlier runs that are kept.
pub const N_PAST: usize = 4;

/// Points that are kept of each of their lines.
const N_PAST_POINTS: usize = 300;

/// An earlier run, thinned out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// Two words.
    pub name: String,
    /// What it was.
    pub recipe: Recipe,
    /// Steps and losses.
    pub loss: Vec<(u64, f32)>,
    /// Steps and R² of equivariance.
    pub r2: Vec<(u64, f32)>,
}

impl Past {
    /// A run of which there are numbers; `taken` tells names that are in use.
    pub fn of(recipe: Recipe, series: &Series, taken: &dyn Fn(&str) -> bool) -> Option<Self> {
        let last = series.steps.last()?.step;
        let every = series.steps.len().div_ceil(N_PAST_POINTS);
        let loss = series.steps.iter().step_by(every).map(|s| (s.step, s.loss)).collect();
        let r2 = series.probes.iter().map(|p| (p.step, p.equivariance_r2)).collect();
        Some(Self { name: name(recipe.seed.wrapping_add(last), taken), recipe, loss, r2 })
    }

    /// Its last numbers in words.
    pub fn last(&self) -> String {
        let number = |v: f32| crate::page::text::number(v, 2);
        let step = self.loss.last().map_or(0, |(step, _)| *step).to_string();
        let loss = self.loss.last().map_or_else(String::new, |(_, loss)| number(*loss));
        let r2 = self.r2.last().map_or_else(|| "–".to_owned(), |(_, r2)| number(*r2));
        ["step ", &step, ", loss ", &loss, ", R² ", &r2].concat()
    }
}

/// Words of names.
const KINDS: [&str; 8] = ["brave", "calm", "early", "keen", "lone", "merry", "quick", "shy"];
const BIRDS: [&str; 8] = ["heron", "ibis", "jay", "kite", "lark", "owl", "robin", "wren"];

/// A name of two words that is not taken: 64 there are, and few runs.
fn name(number: u64, taken: &dyn Fn(&str) -> bool) -> String {
    let mut names = (number..number.saturating_add(64)).map(|n| {
        let pick = |words: &[&'static str; 8], n: u64| words[(n % 8) as usize];
        [pick(&KINDS, n), "-", pick(&BIRDS, n / 8)].concat()
    });
    names.find(|name| !taken(name)).unwrap_or_else(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_the_same() {
        let mut names: Vec<String> = Vec::new();
        for _ in 0..64 {
            let one = name(7, &|name| names.iter().any(|other| other == name));
            names.push(one);
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 64);
    }
}
