//! What the engine that trains answers, and what happens when it dies.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::browser;
use super::super::link::Incoming;
use super::super::live::DEATHS_APART_MS;
use super::super::state::{Card, Remedy, RunPhase};
use super::super::store;
use super::super::text;
use super::{Start, Training};
use crate::protocol::{
    Command, DeviceKind, Event, ProblemKind, RunCard, RunState, SelfTestRow, StepReport,
};

/// Time between two drawings of the charts.
const CHART_MS: u64 = 250;

/// The same for visitors who asked for less motion.
const CHART_CALM_MS: u64 = 1000;

/// Weights of a run that are kept for looking back.
const N_SNAPSHOTS: usize = 20;

impl Training {
    pub(super) fn hear(self, incoming: Incoming) {
        match incoming {
            Incoming::Event(event) => self.handle(*event),
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
            Event::Snapshot { step, checkpoint } => self.show(step, checkpoint),
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
        let good = !rows.is_empty() && rows.iter().all(SelfTestRow::passes);
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

    fn changed(self, state: RunState, card: Option<RunCard>) {
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

    /// Weights of the run go to the engine that looks, if it looks into the same world and the visitor
    /// is not looking with older ones.
    fn show(self, step: u64, checkpoint: Vec<u8>) {
        let run = self.run();
        let kept = Arc::new(checkpoint.clone());
        run.snapshots.update(|all| {
            all.retain(|(before, _)| *before < step);
            all.push((step, kept));
            let over = all.len().saturating_sub(N_SNAPSHOTS);
            all.drain(..over);
            // An older one that looks keeps its place, as long as it is kept.
            run.scrubbed.update(|at| *at = at.and_then(|at| at.checked_sub(over)));
        });
        let world = run.card.with_untracked(|card| {
            card.as_ref().map(|card| card.recipe.world.clone()).unwrap_or_default()
        });
        let newest = run.scrubbed.get_untracked().is_none();
        if newest && world == self.state.mode.get_untracked().world() {
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
            ProblemKind::Version => vec![Remedy::Reload],
            ProblemKind::Diverged => vec![Remedy::Recover, Remedy::TrainSlower],
            _ => Vec::new(),
        };
        if self.run().card.with_untracked(Option::is_none) {
            self.phase(RunPhase::Idle);
        }
        self.run().wanted.set(false);
        self.state.tell(Card { happened: problem, works: text::WORKS_AS_BEFORE, remedies });
    }

    /// The worker is gone: another one from the last autosave; twice within a short time, the CPU.
    pub(super) fn bury(self, why: &str) {
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
        let on_gpu = kind == DeviceKind::Gpu;
        self.state.tell(Card {
            happened: text::training_died(why, step, kind),
            works: text::WORKS_AS_BEFORE,
            remedies: if on_gpu {
                vec![Remedy::TrainOnCpu, Remedy::TrainSmaller]
            } else {
                Vec::new()
            },
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
