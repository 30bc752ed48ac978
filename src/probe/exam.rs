//! The material of an evaluation: sequences and trials, made once and used for every measurement
//! of a run, so that two measurements differ by the model alone.
//!
//! Everything is drawn from named streams of the exam's own seed; held-out items come from held-out
//! instances. All views stay in memory: 3 · side² bytes each.

use super::features::Episode;
use super::rows::Rows;
use super::score::counted;
use crate::world::rng::stream;
use crate::world::{ActionSpec, Sequence, Split, Trial, View, World};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How large an evaluation is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalSettings {
    /// Retrieval trials on held-out instances.
    pub n_trials: usize,
    /// Sequences of training instances on which heads are fitted.
    pub n_train_sequences: usize,
    /// Sequences of held-out instances on which heads are scored.
    pub n_val_sequences: usize,
    /// Views observed in trials and for the class, M.
    pub n_observed: usize,
    /// Longest path, in observed views: sequences have one view more.
    pub n_path: usize,
    /// Seed of the material and of the bootstrap; not the run's.
    pub seed: u64,
    /// Which heads.
    pub heads: Heads,
}

/// Which heads are fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heads {
    /// Ridge regression for everything: seconds.
    Ridge,
    /// The paper's kinds, fitted as long as few rows want it: softmax regression for the class, and
    /// for rotations an MLP for equivariance. Only in builds with the feature `paper-heads`; a page has
    /// neither the minutes nor the bytes.
    Paper,
    /// The same at the paper's width and for its epochs: hours of a GPU for each network.
    Published,
}

impl Heads {
    /// Whether the paper's kinds of heads are asked for, in a build that has them.
    pub fn are_papers(self) -> bool {
        cfg!(feature = "paper-heads") && self != Self::Ridge
    }
}

impl EvalSettings {
    /// For the chart during training: a few seconds on one CPU core.
    pub fn online(n_observed: usize) -> Self {
        Self {
            n_trials: 64,
            n_train_sequences: 400,
            n_val_sequences: 128,
            n_observed,
            n_path: 7,
            seed: 20_250_503,
            heads: Heads::Ridge,
        }
    }

    /// For the chart in a page, where one thread of a browser does everything: a third of
    /// [`Self::online`], with intervals as much wider.
    pub fn live(n_observed: usize) -> Self {
        Self {
            n_trials: 32,
            n_train_sequences: 160,
            n_val_sequences: 64,
            ..Self::online(n_observed)
        }
    }

    /// For figures that are quoted: minutes.
    pub fn full(n_observed: usize) -> Self {
        Self {
            n_trials: 512,
            n_train_sequences: 3000,
            n_val_sequences: 1000,
            heads: Heads::Paper,
            ..Self::online(n_observed)
        }
    }

    /// Refuses what cannot be measured.
    ///
    /// # Errors
    /// A sentence that names the field, what is expected and what was found.
    pub fn validate(&self) -> Result<(), String> {
        let within = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(format!("evaluation {name}: expected {low} to {high}, found {value}"))
        };
        within("n_trials", self.n_trials, 2, 100_000)?;
        within("n_train_sequences", self.n_train_sequences, 5, 1_000_000)?;
        within("n_val_sequences", self.n_val_sequences, 2, 1_000_000)?;
        within("n_observed", self.n_observed, 1, 32)?;
        within("n_path", self.n_path, 1, 32)
    }

    /// Views in each sequence.
    pub fn n_views(&self) -> usize {
        self.n_path.max(self.n_observed) + 1
    }
}

/// Sequences of one split.
#[derive(Clone, Debug, Default)]
pub struct Lessons {
    /// All of [`EvalSettings::n_views`] views.
    pub sequences: Vec<Sequence>,
}

/// Part of a sequence: views `first .. first + n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Index of the sequence.
    pub sequence: usize,
    /// Index of its first view.
    pub first: usize,
}

impl Lessons {
    /// Some of the sequences that an exam of these settings holds.
    pub fn draw(
        world: &dyn World,
        split: Split,
        which: Range<usize>,
        settings: &EvalSettings,
    ) -> Self {
        let purpose = match split {
            Split::Train => "probe train",
            Split::Val => "probe val",
        };
        let draw = |index| {
            let mut rng = stream(settings.seed, purpose, index as u64);
            world.sequence(split, settings.n_views(), &mut rng)
        };
        Self { sequences: which.map(draw).collect() }
    }

    /// Views in each sequence.
    pub fn n_views(&self) -> usize {
        self.sequences.first().map_or(0, |sequence| sequence.states.len())
    }

    /// All views, sequence after sequence.
    pub fn views(&self) -> Vec<&View> {
        self.sequences.iter().flat_map(|sequence| &sequence.views).collect()
    }

    /// One view of each sequence, a different one from sequence to sequence.
    pub fn some_windows(&self) -> Vec<Window> {
        let window = |sequence| Window { sequence, first: sequence % self.n_views() };
        (0..self.sequences.len()).map(window).collect()
    }

    /// The views of [`Self::some_windows`].
    pub fn some_views(&self) -> Vec<&View> {
        let view = |w: &Window| &self.sequences[w.sequence].views[w.first];
        self.some_windows().iter().map(view).collect()
    }

    /// Windows of `n` views in every sequence, each `step` views after the one before.
    pub fn windows(&self, n: usize, step: usize) -> Vec<Window> {
        let last = (self.n_views() + 1).saturating_sub(n);
        let firsts = || (0..last).step_by(step.max(1));
        (0..self.sequences.len())
            .flat_map(|sequence| firsts().map(move |first| Window { sequence, first }))
            .collect()
    }

    /// The thing that each window shows, counted from 0 in the order in which they come.
    pub fn things(&self, windows: &[Window]) -> Vec<usize> {
        counted(windows.iter().map(|window| self.sequences[window.sequence].thing))
    }

    /// Row of the window's first view among the encodings of [`Self::views`].
    pub fn row(&self, window: Window) -> usize {
        window.sequence * self.n_views() + window.first
    }

    /// Action `k` after the window's first view.
    pub fn action(&self, window: Window, k: usize) -> &[f32] {
        &self.sequences[window.sequence].actions[window.first + k]
    }

    /// State `k` views after the window's first.
    pub fn state(&self, window: Window, k: usize) -> &[f32] {
        &self.sequences[window.sequence].states[window.first + k]
    }

    /// Class of each window's thing.
    pub fn labels(&self, windows: &[Window]) -> Vec<usize> {
        windows.iter().map(|window| self.sequences[window.sequence].label).collect()
    }

    /// The windows as the aggregator takes them.
    pub fn episodes(&self, windows: &[Window]) -> Vec<Episode<'_>> {
        let episode = |window: &Window| Episode {
            first_row: self.row(*window),
            actions: &self.sequences[window.sequence].actions[window.first..],
        };
        windows.iter().map(episode).collect()
    }

    /// For each window the action that leads from its first view straight to the one `k` later.
    pub fn direct_actions(&self, world: &dyn World, windows: &[Window], k: usize) -> Rows {
        let mut rows = Rows::new(world.action_spec().dim());
        for &window in windows {
            rows.push(&[&world.action_between(self.state(window, 0), self.state(window, k))]);
        }
        rows
    }
}

/// Everything a model is asked.
#[derive(Clone, Debug)]
pub struct Exam {
    /// How it was drawn.
    pub settings: EvalSettings,
    /// What an action is.
    pub action_spec: ActionSpec,
    /// Number of classes.
    pub n_classes: usize,
    /// Sequences of training instances.
    pub train: Lessons,
    /// Sequences of held-out instances.
    pub val: Lessons,
    /// Retrieval trials on held-out instances.
    pub trials: Vec<Trial>,
    /// For each trial and candidate, how far it lies from the truth; see [`distance`].
    pub errors: Vec<Vec<f64>>,
}

impl Exam {
    /// Draws the material.
    ///
    /// # Errors
    /// When `settings` are not valid.
    pub fn draw(world: &dyn World, settings: &EvalSettings) -> Result<Self, String> {
        settings.validate()?;
        Ok(Self {
            train: Lessons::draw(world, Split::Train, 0..settings.n_train_sequences, settings),
            val: Lessons::draw(world, Split::Val, 0..settings.n_val_sequences, settings),
            ..Self::of_trials(world, settings, 0..settings.n_trials)
        })
    }

    /// Some of the trials that an exam of these settings holds, and no lessons: for retrieval a few
    /// trials at a time. `settings` must be valid.
    pub fn of_trials(world: &dyn World, settings: &EvalSettings, which: Range<usize>) -> Self {
        let draw = |index| {
            let mut rng = stream(settings.seed, "probe trial", index as u64);
            world.trial(Split::Val, settings.n_observed, &mut rng)
        };
        let trials: Vec<Trial> = which.map(draw).collect();
        let errors = trials.iter().map(|trial| errors(world, trial)).collect();
        Self {
            settings: settings.clone(),
            action_spec: world.action_spec(),
            n_classes: world.class_names().len(),
            train: Lessons::default(),
            val: Lessons::default(),
            trials,
            errors,
        }
    }
}

fn errors(world: &dyn World, trial: &Trial) -> Vec<f64> {
    let truth = &trial.candidate_states[trial.truth];
    trial.candidate_states.iter().map(|state| distance(world, state, truth)).collect()
}

/// How far apart two states are: the angle in radians when actions are unit quaternions, else the
/// Euclidean length of the action between them in its own unit.
pub fn distance(world: &dyn World, from: &[f32], to: &[f32]) -> f64 {
    let action = world.action_between(from, to);
    if is_quaternion(&world.action_spec()) {
        return 2.0 * libm::acos(f64::from(action[3].abs()).min(1.0));
    }
    length(action.iter().copied())
}

/// How far from where `truth` leads `decoded` does, in the unit of [`distance`]. A decoded quaternion
/// need not have length 1.
pub fn action_distance(spec: &ActionSpec, decoded: &[f32], truth: &[f32]) -> f64 {
    if is_quaternion(spec) {
        let dot: f64 = decoded.iter().zip(truth).map(|(d, t)| f64::from(*d) * f64::from(*t)).sum();
        let norm = length(decoded.iter().copied()).max(f64::MIN_POSITIVE);
        return 2.0 * libm::acos((dot.abs() / norm).min(1.0));
    }
    length(decoded.iter().zip(truth).map(|(d, t)| d - t))
}

fn length(parts: impl Iterator<Item = f32>) -> f64 {
    parts.map(|part| f64::from(part).powi(2)).sum::<f64>().sqrt()
}

/// Unit of [`distance`].
pub fn distance_unit(spec: &ActionSpec) -> &'static str {
    if is_quaternion(spec) { "rad" } else { spec.unit }
}

/// Whether actions are unit quaternions x, y, z, w.
pub fn is_quaternion(spec: &ActionSpec) -> bool {
    spec.names == ["x", "y", "z", "w"]
}
