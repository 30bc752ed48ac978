//! The engine that trains: which one, its gate, its stream of numbers, and its way back from a
//! death. The worker is dropped with its run; the last autosave is what survives.
//!
//! Here is what the visitor asks of it; `events` is what it answers.

mod events;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::gpu;
use super::link::{Incoming, Link};
use super::live::Live;
use super::state::{Expert, Run, RunPhase, Series, State};
use super::store;
use super::train::runs;
use super::url::EngineChoice;
use crate::protocol::{Command, DeviceKind, PRESETS, Recipe, StepReport, decode};

/// What to ask of an engine once it may train.
enum Start {
    Begin(Recipe),
    Resume(Arc<Vec<u8>>),
}

#[derive(Default)]
struct Desk {
    link: Option<Link>,
    kind: Option<DeviceKind>,
    /// Counts workers, so that a late word of a dropped one is not heard.
    generation: u32,
    start: Option<Start>,
    tested: bool,
    recipe: Option<Recipe>,
    last_death_ms: Option<f64>,
    /// Numbers since the charts were drawn.
    fresh: Vec<StepReport>,
    ticking: bool,
    step_once: bool,
}

/// The engine that trains.
#[derive(Clone, Copy)]
pub struct Training {
    state: State,
    live: Live,
    desk: StoredValue<Desk, LocalStorage>,
}

impl Training {
    /// Not started yet; looks for an autosave of an earlier visit.
    pub fn new(state: State, live: Live) -> Self {
        let training = Self { state, live, desk: StoredValue::new_local(Desk::default()) };
        spawn_local(async move {
            if let Some((step, bytes)) = store::kept().await {
                state.run.earlier.set(Some((step, Arc::new(bytes))));
            }
            let past = store::kept_runs().await.and_then(|bytes| decode(&bytes).ok());
            state.run.past.set(past.unwrap_or_default());
        });
        training
    }

    fn run(self) -> Run {
        self.state.run
    }

    fn phase(self, phase: RunPhase) {
        self.run().phase_since_ms.set(browser::now_ms());
        self.run().phase.set(phase);
    }

    /// Trains: goes on with the run, or begins the one that the panel describes.
    pub fn play(self) {
        self.run().wanted.set(true);
        match self.run().phase.get_untracked() {
            RunPhase::Idle => self.begin(),
            RunPhase::Paused => self.post(&Command::Play),
            _ => {}
        }
    }

    /// Stops after the step in hand.
    pub fn pause(self) {
        self.run().wanted.set(false);
        self.post(&Command::Pause);
    }

    /// One step.
    pub fn step(self) {
        match self.run().phase.get_untracked() {
            RunPhase::Idle => {
                self.desk.update_value(|desk| desk.step_once = true);
                self.begin();
            }
            RunPhase::Paused => self.post(&Command::Step),
            _ => {}
        }
    }

    /// Drops the run, its worker and its autosave.
    pub fn reset(self) {
        self.run().wanted.set(false);
        self.drop_link();
        self.desk
            .update_value(|desk| *desk = Desk { generation: desk.generation, ..Desk::default() });
        let run = self.run();
        self.begin_anew();
        run.step.set(None);
        run.card.set(None);
        run.autosave.set(None);
        run.earlier.set(None);
        run.recipe_line.set(None);
        self.phase(RunPhase::Idle);
        spawn_local(async { store::forget().await.ok().unwrap_or_default() });
    }

    /// Asks for the run as a file.
    pub fn save(self) {
        self.post(&Command::Save);
    }

    /// Goes on with a full state: of an earlier visit, or of a file.
    pub fn resume(self, state: Arc<Vec<u8>>) {
        self.run().open.set(true);
        self.run().earlier.set(None);
        self.begin_anew();
        self.engage(Start::Resume(state));
    }

    /// Goes on with the last autosave after a card told of a loss.
    pub fn recover(self) {
        self.run().wanted.set(true);
        match self.run().autosave.get_untracked() {
            Some((_, state)) => self.engage(Start::Resume(state)),
            None => self.begin(),
        }
    }

    /// The same on the CPU.
    pub fn move_to_cpu(self) {
        self.run().choice.set(EngineChoice::Cpu);
        self.recover();
    }

    /// A new run with a third of the learning rate: for one whose loss stopped being a number.
    pub fn begin_slower(self) {
        let rate = self.last_recipe().and_then(|recipe| recipe.learning_rate);
        self.begin_again(|expert| expert.learning_rate = rate.map(|rate| rate / 3.0));
    }

    /// A new run with half the sequences a step: for a device whose memory was too small.
    pub fn begin_smaller(self) {
        let batch = self.last_recipe().and_then(|recipe| recipe.batch);
        self.begin_again(|expert| expert.batch = batch.map(|batch| (batch / 2).max(2)));
    }

    fn begin_again(self, change: impl FnOnce(&mut Expert)) {
        self.reset();
        self.run().expert.update(change);
        self.play();
    }

    /// The recipe of the run, its preset's values filled in.
    fn last_recipe(self) -> Option<Recipe> {
        let card = self.run().card.get_untracked().map(|card| card.recipe);
        let mut recipe = card.or_else(|| self.desk.with_value(|desk| desk.recipe.clone()))?;
        if let Some(facts) = PRESETS.iter().find(|facts| facts.name == recipe.preset) {
            recipe.learning_rate.get_or_insert(facts.learning_rate);
            recipe.batch.get_or_insert(facts.batch);
        }
        Some(recipe)
    }

    /// Lays the numbers of the run before aside.
    fn begin_anew(self) {
        let run = self.run();
        runs::lay_aside(run);
        run.series.set(Series::default());
        run.snapshots.set(Vec::new());
        run.scrubbed.set(None);
        run.slow.set(None);
    }

    fn begin(self) {
        let run = self.run();
        self.begin_anew();
        let expert = run.expert.get_untracked();
        let recipe = Recipe {
            preset: run.preset.get_untracked(),
            world: self.state.mode.get_untracked().world().to_owned(),
            seed: run.seed.get_untracked(),
            steps: expert.steps,
            batch: expert.batch,
            learning_rate: expert.learning_rate,
            conditioning: expert.conditioning,
        };
        self.engage(Start::Begin(recipe));
    }

    /// Chooses an engine, starts it, and has it begin.
    fn engage(self, start: Start) {
        if let Start::Begin(recipe) = &start {
            let recipe = recipe.clone();
            self.desk.update_value(|desk| desk.recipe = Some(recipe));
        }
        self.desk.update_value(|desk| desk.start = Some(start));
        self.phase(RunPhase::Starting);
        spawn_local(async move {
            let choice = self.run().choice.get_untracked();
            let (kind, note) = gpu::choose(choice, gpu::probe().await);
            self.run().engine_note.set(note);
            self.spawn(kind);
        });
    }

    fn spawn(self, kind: DeviceKind) {
        self.drop_link();
        let generation = self.desk.with_value(|desk| desk.generation);
        let hear = move |incoming: Incoming| {
            if self.desk.with_value(|desk| desk.generation) == generation {
                self.hear(incoming);
            }
        };
        match Link::spawn(kind, hear) {
            Ok(link) => self.desk.update_value(|desk| {
                desk.link = Some(link);
                desk.kind = Some(kind);
                desk.tested = false;
            }),
            Err(why) => self.bury(&why),
        }
    }

    fn drop_link(self) {
        self.desk.update_value(|desk| {
            desk.generation += 1;
            desk.link = None;
            desk.fresh.clear();
        });
        self.run().device.set(None);
    }

    fn post(self, command: &Command) {
        let sent = self.desk.with_value(|desk| match &desk.link {
            Some(link) => link.post(command),
            None => Ok(()),
        });
        if let Err(why) = sent {
            self.bury(&why);
        }
    }
}
