//! The engine that trains: which one, its gate, its stream of numbers, and its way back from a
//! death. The worker is dropped with its run; the last autosave is what survives.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser;
use super::gpu;
use super::link::{Incoming, Link};
use super::live::{DEATHS_APART_MS, Live};
use super::state::{Card, Remedy, Run, RunPhase, Series, State};
use super::store;
use super::text;
use super::url::EngineChoice;
use crate::protocol::{
    Command, DeviceKind, Event, ProblemKind, Recipe, RunState, SelfTestRow, StepReport,
};

/// Time between two drawings of the charts.
const CHART_MS: u64 = 250;

/// The same for visitors who asked for less motion.
const CHART_CALM_MS: u64 = 1000;

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
        run.series.set(Series::default());
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
        self.run().series.set(Series::default());
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

    fn begin(self) {
        let run = self.run();
        run.series.set(Series::default());
        let recipe = Recipe {
            preset: run.preset.get_untracked(),
            world: self.state.mode.get_untracked().world().to_owned(),
            seed: run.seed.get_untracked(),
            steps: None,
            batch: None,
            learning_rate: None,
            conditioning: "both".to_owned(),
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

    fn hear(self, incoming: Incoming) {
        match incoming {
            Incoming::Event(event) => self.handle(event),
            Incoming::Died(why) => spawn_local(async move { self.bury(&why) }),
        }
    }

    fn handle(self, event: Event) {
        let run = self.run();
        match event {
            Event::Ready { device, .. } => {
                let first = run.device.get_untracked().is_none();
                run.device.set(Some(device));
                if first {
                    self.test_or_start();
                }
            }
            Event::SelfTested { rows } => self.tested(rows),
            Event::Progress { phase, done, total } => {
                let same =
                    matches!(run.phase.get_untracked(), RunPhase::Preparing(p, ..) if p == phase);
                if same {
                    run.phase.set(RunPhase::Preparing(phase, done, total));
                } else if run.phase.get_untracked() != RunPhase::Testing {
                    self.phase(RunPhase::Preparing(phase, done, total));
                }
            }
            Event::Training { state, run: card } => self.changed(state, card),
            Event::Step(step) => self.stepped(step),
            Event::Probed(probe) => {
                run.series.update(|series| series.probes.push(probe));
                self.back_from_preparing();
            }
            Event::Snapshot { checkpoint, .. } => self.show(checkpoint),
            Event::Autosave { step, checkpoint } => self.keep(step, checkpoint),
            Event::Saved { file_name, recipe_line, checkpoint } => {
                run.recipe_line.set(Some(recipe_line));
                browser::download(&file_name, &checkpoint).ok();
            }
            Event::Refused { problem, kind } => self.refused(problem, kind),
            _ => {}
        }
    }

    /// A GPU has to agree with the CPU before it may train.
    fn test_or_start(self) {
        let gpu = self.desk.with_value(|desk| desk.kind == Some(DeviceKind::Gpu) && !desk.tested);
        if gpu {
            self.phase(RunPhase::Testing);
            self.post(&Command::SelfTest);
        } else {
            self.send_start();
        }
    }

    fn send_start(self) {
        let start = self.desk.try_update_value(|desk| desk.start.take()).flatten();
        match start {
            Some(Start::Begin(recipe)) => self.post(&Command::Begin { recipe }),
            Some(Start::Resume(state)) => {
                self.post(&Command::Resume { checkpoint: state.to_vec() });
            }
            None => {}
        }
    }

    fn tested(self, rows: Vec<SelfTestRow>) {
        let good = !rows.is_empty() && rows.iter().all(|row| row.relative_error <= row.tolerance);
        self.run().tests.set(rows);
        if good {
            self.desk.update_value(|desk| desk.tested = true);
            self.send_start();
            return;
        }
        self.drop_link();
        self.phase(RunPhase::Idle);
        self.state.tell(Card {
            happened: text::SELF_TEST_FAILED.to_owned(),
            works: text::WORKS_WITHOUT_GPU,
            remedies: vec![Remedy::TrainOnCpu],
        });
    }

    fn changed(self, state: RunState, card: Option<crate::protocol::RunCard>) {
        let run = self.run();
        if card.is_some() {
            run.card.set(card);
        }
        self.phase(match state {
            RunState::Idle => RunPhase::Idle,
            RunState::Paused => RunPhase::Paused,
            RunState::Playing => RunPhase::Playing,
            RunState::Finished => RunPhase::Finished,
        });
        let once = self.desk.try_update_value(|desk| core::mem::take(&mut desk.step_once));
        if state == RunState::Paused {
            if run.wanted.get_untracked() {
                self.post(&Command::Play);
            } else if once == Some(true) {
                self.post(&Command::Step);
            }
        }
        self.draw();
    }

    fn stepped(self, step: StepReport) {
        self.back_from_preparing();
        self.desk.update_value(|desk| desk.fresh.push(step));
        let ticking =
            self.desk.try_update_value(|desk| core::mem::replace(&mut desk.ticking, true));
        if ticking == Some(false) {
            let ms = if browser::reduced_motion() { CHART_CALM_MS } else { CHART_MS };
            set_timeout(move || self.draw(), Duration::from_millis(ms));
        }
    }

    /// A long phase within a run is over when numbers come again.
    fn back_from_preparing(self) {
        if matches!(self.run().phase.get_untracked(), RunPhase::Preparing(..)) {
            let playing = self.run().wanted.get_untracked();
            self.phase(if playing { RunPhase::Playing } else { RunPhase::Paused });
        }
    }

    fn draw(self) {
        let fresh = self.desk.try_update_value(|desk| {
            desk.ticking = false;
            core::mem::take(&mut desk.fresh)
        });
        let Some(fresh) = fresh.filter(|fresh| !fresh.is_empty()) else { return };
        let run = self.run();
        run.step.set(fresh.last().cloned());
        run.series.update(|series| fresh.into_iter().for_each(|step| series.push(step)));
        run.tick.update(|tick| *tick += 1);
    }

    /// Weights of the run go to the engine that looks, if it looks into the same world.
    fn show(self, checkpoint: Vec<u8>) {
        let world = self.run().card.with_untracked(|card| {
            card.as_ref().map(|card| card.recipe.world.clone()).unwrap_or_default()
        });
        if world == self.state.mode.get_untracked().world() {
            self.live.take_snapshot(checkpoint);
        }
    }

    fn keep(self, step: u64, checkpoint: Vec<u8>) {
        let state = Arc::new(checkpoint);
        self.run().autosave.set(Some((step, Arc::clone(&state))));
        // Without private files the run still survives the death of its worker.
        spawn_local(async move { store::keep(step, &state).await.ok().unwrap_or_default() });
    }

    fn refused(self, problem: String, kind: ProblemKind) {
        let remedies = match kind {
            ProblemKind::Device => vec![Remedy::TrainOnCpu],
            ProblemKind::Version => vec![Remedy::Reload],
            ProblemKind::Diverged => vec![Remedy::Recover],
            _ => Vec::new(),
        };
        if self.run().card.with_untracked(Option::is_none) {
            self.phase(RunPhase::Idle);
        }
        self.run().wanted.set(false);
        self.state.tell(Card { happened: problem, works: text::WORKS_AS_BEFORE, remedies });
    }

    /// The worker is gone: another one from the last autosave; twice within a short time, the CPU.
    fn bury(self, why: &str) {
        self.drop_link();
        let now_ms = browser::now_ms();
        let (again, kind) = self
            .desk
            .try_update_value(|desk| {
                let before = desk.last_death_ms.replace(now_ms);
                (before.is_some_and(|before| now_ms - before <= DEATHS_APART_MS), desk.kind)
            })
            .unwrap_or_default();
        let autosave = self.run().autosave.get_untracked();
        let step = autosave.as_ref().map(|(step, _)| *step);
        if again && kind != Some(DeviceKind::Gpu) {
            self.run().wanted.set(false);
            self.phase(RunPhase::Idle);
            self.state.tell(Card {
                happened: text::training_died_twice(why),
                works: text::WORKS_AS_BEFORE,
                remedies: vec![Remedy::Recover, Remedy::Reload],
            });
            return;
        }
        let kind = if again { DeviceKind::Cpu } else { kind.unwrap_or(DeviceKind::Cpu) };
        self.state.tell(Card {
            happened: text::training_died(why, step, kind),
            works: text::WORKS_AS_BEFORE,
            remedies: Vec::new(),
        });
        let recipe = self.desk.with_value(|desk| desk.recipe.clone());
        let start = match autosave {
            Some((_, state)) => Some(Start::Resume(state)),
            None => recipe.map(Start::Begin),
        };
        self.desk.update_value(|desk| desk.start = start);
        self.phase(RunPhase::Recovering);
        self.spawn(kind);
    }
}
