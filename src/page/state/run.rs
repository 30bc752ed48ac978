//! Signals of the run and its panel.

use std::sync::Arc;

use leptos::prelude::*;

use crate::page::url::{Address, EngineChoice};
use crate::protocol::{DeviceReport, Phase, ProbeReport, RunCard, SelfTestRow, StepReport};

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
            expert: RwSignal::new(Expert::default()),
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
            engine_note: RwSignal::new(""),
        }
    }
}
