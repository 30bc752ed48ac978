//! A training run as the page drives it: Idle → Paused ⇄ Playing → Finished.
//!
//! | from \ command | Begin, Resume | Play | Pause | Step | Save | Stop |
//! |---|---|---|---|---|---|---|
//! | Idle | Paused | refused | Idle | refused | refused | Idle |
//! | Paused | Paused (new run) | Playing | Paused | one step | file | Idle |
//! | Playing | Paused (new run) | Playing | Paused | one step, Paused | file | Idle |
//! | Finished | Paused (new run) | refused | Finished | refused | file | Idle |
//!
//! The recipe's last step leads to Finished, whoever made it; a file of a finished run resumes as
//! Finished.

use super::run::Run;
use super::{Host, Refusal, convert, recipe};
use crate::probe::exam::EvalSettings;
use crate::protocol::{Event, Phase, ProblemKind, Recipe, RunCard, RunState, StepReport, Views};
use crate::train::checkpoint::{self, Content};
use crate::train::config::RunConfig;
use crate::train::trainer::{StepError, StepNumbers};
use crate::world::{SequenceBatch, Split, World, WorldConfig, rng};
use burn::tensor::Device;
use std::sync::Arc;
use std::time::Duration;
use web_time::Instant;

/// Between two sets of weights for the engine that looks.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(2_000);

/// Between two autosaves.
const AUTOSAVE_EVERY: Duration = Duration::from_secs(20);

/// A measurement may take this share of the time since the last one.
const MEASURE_SHARE: u32 = 8;

/// The state of training in an engine.
#[derive(Debug)]
pub enum Session {
    /// No run.
    Idle,
    /// A run.
    Open(Box<Open>),
}

/// A run and its clock.
#[derive(Debug)]
pub struct Open {
    run: Run,
    state: RunState,
    /// The next step's batch, made while the device worked on the last one: where the host has
    /// none made.
    ready: Option<SequenceBatch>,
    snapshot: Option<Instant>,
    autosave: Instant,
    measured: Instant,
    measuring: Duration,
}

impl Session {
    /// Whether the engine should make steps by itself.
    pub fn is_playing(&self) -> bool {
        matches!(self, Self::Open(open) if open.state == RunState::Playing)
    }

    /// Begins a run, paused, with its measurement at step 0.
    ///
    /// # Errors
    /// When the recipe cannot be trained; the old run then stays.
    pub async fn begin(
        &mut self,
        recipe: &Recipe,
        device: &Device,
        host: &impl Host,
    ) -> Result<(), Refusal> {
        let config =
            recipe::config_of(recipe).map_err(|why| Refusal::new(ProblemKind::Recipe, why))?;
        host.send(Event::Progress { phase: Phase::World, done: 0, total: 1 });
        let world = build(&config.world)?;
        let run = Run::begin(config, world, device)
            .map_err(|why| Refusal::new(ProblemKind::Recipe, why))?;
        let mut open = Box::new(Open::new(run));
        open.measure(host).await?;
        open.snapshot(host).await?;
        open.tell(host);
        *self = Self::Open(open);
        Ok(())
    }

    /// Goes on with the run in a file, paused.
    ///
    /// # Errors
    /// When the file cannot be used; the old run then stays.
    pub fn resume(
        &mut self,
        bytes: &[u8],
        device: &Device,
        host: &impl Host,
    ) -> Result<(), Refusal> {
        let loaded = checkpoint::load(bytes, device)?;
        let world = world_of(&loaded.header.config, "seq-jepa train --resume FILE")?;
        let run = Run::resume(loaded, world, device)?;
        let open = Box::new(Open::new(run));
        open.tell(host);
        *self = Self::Open(open);
        Ok(())
    }

    /// Lets the run go.
    ///
    /// # Errors
    /// When there is no run that can go on.
    pub fn play(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let open = self.unfinished()?;
        open.state = RunState::Playing;
        open.tell(host);
        Ok(())
    }

    /// Holds the run.
    ///
    /// # Errors
    /// Never; the signature is that of the other commands.
    pub fn pause(&mut self, host: &impl Host) -> Result<(), Refusal> {
        match self {
            Self::Idle => host.send(Event::Training { state: RunState::Idle, run: None }),
            Self::Open(open) => {
                if open.state == RunState::Playing {
                    open.state = RunState::Paused;
                }
                open.tell(host);
            }
        }
        Ok(())
    }

    /// One step, then hold.
    ///
    /// # Errors
    /// When there is no run that can go on, or the step failed.
    pub async fn step(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let open = self.unfinished()?;
        open.state = RunState::Paused;
        let done = open.one_step(host).await;
        if done.is_ok() && open.run.trainer().is_finished() {
            return open.what_is_due(host).await;
        }
        if done.is_ok() {
            open.snapshot(host).await?;
        }
        open.tell(host);
        done
    }

    /// Hands out the run as a file.
    ///
    /// # Errors
    /// When there is no run or the device failed.
    pub async fn save(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let Self::Open(open) = self else { return Err(no_run()) };
        let checkpoint = open.file(Content::FullState).await?;
        let config = open.run.trainer().config();
        let step = open.run.trainer().step();
        let file_name = format!(
            "{}-{}-{}-step-{step}.safetensors",
            config.world.word(),
            config.preset,
            config.seed
        );
        host.send(Event::Saved { file_name, recipe_line: recipe::line_of(config), checkpoint });
        Ok(())
    }

    /// Drops the run.
    ///
    /// # Errors
    /// Never; the signature is that of the other commands.
    pub fn stop(&mut self, host: &impl Host) -> Result<(), Refusal> {
        *self = Self::Idle;
        host.send(Event::Training { state: RunState::Idle, run: None });
        Ok(())
    }

    /// One step of a playing run, and what is due after it.
    ///
    /// # Errors
    /// When the step failed; the run is then paused at its last good step.
    pub async fn advance(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let open = self.unfinished()?;
        let done = open.one_step(host).await;
        if done.is_err() {
            open.state = RunState::Paused;
            open.tell(host);
            return done;
        }
        open.what_is_due(host).await
    }

    fn unfinished(&mut self) -> Result<&mut Open, Refusal> {
        match self {
            Self::Open(open) if open.state != RunState::Finished => Ok(open),
            Self::Open(_) => Err(Refusal::new(
                ProblemKind::Command,
                "the run has done its last step: begin a new one, or save it",
            )),
            Self::Idle => Err(no_run()),
        }
    }
}

impl Open {
    fn new(run: Run) -> Self {
        let now = Instant::now();
        let state = if run.trainer().is_finished() { RunState::Finished } else { RunState::Paused };
        Self {
            run,
            state,
            ready: None,
            snapshot: None,
            autosave: now,
            measured: now,
            measuring: Duration::ZERO,
        }
    }

    fn tell(&self, host: &impl Host) {
        let trainer = self.run.trainer();
        let run = RunCard {
            recipe: recipe::recipe_of(trainer.config()),
            step: trainer.step(),
            n_parameters: trainer.n_parameters(),
        };
        host.send(Event::Training { state: self.state, run: Some(run) });
    }

    async fn one_step(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let started = Instant::now();
        let beside = host.batch(self.run.batches(), self.run.trainer().step()).await;
        let alone = beside.is_none();
        let ready = self.ready.take();
        let batch = beside.or(ready).unwrap_or_else(|| self.run.batch(0));
        let waited = started.elapsed();
        let pending = self.run.submit(batch);
        let submitted = started.elapsed() - waited;
        let making = Instant::now();
        // The device works on this step meanwhile; on the CPU this is simply the next thing to do.
        self.ready = alone.then(|| self.run.batch(1));
        let made = making.elapsed();
        match self.run.finish(pending).await {
            Ok(numbers) => {
                let whole = started.elapsed();
                let kept_waiting = if submitted * 2 > whole { waited + made } else { waited };
                host.send(Event::Step(step_report(&numbers, whole, submitted, kept_waiting)));
                Ok(())
            }
            Err(why) => {
                self.ready = None;
                Err(failed(why))
            }
        }
    }

    async fn what_is_due(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let finished = self.run.trainer().is_finished();
        if finished || self.measured.elapsed() > self.measuring * MEASURE_SHARE {
            self.measure(host).await?;
        }
        if finished || self.snapshot.is_none_or(|last| last.elapsed() > SNAPSHOT_EVERY) {
            self.snapshot(host).await?;
        }
        if finished || self.autosave.elapsed() > AUTOSAVE_EVERY {
            let checkpoint = self.file(Content::FullState).await?;
            let step = self.run.trainer().step();
            host.send(Event::Autosave { step, checkpoint });
            self.autosave = Instant::now();
        }
        if finished {
            self.state = RunState::Finished;
            self.tell(host);
        }
        Ok(())
    }

    async fn measure(&mut self, host: &impl Host) -> Result<(), Refusal> {
        let started = Instant::now();
        let mut progress = |done, total| {
            host.send(Event::Progress { phase: Phase::Probe, done, total });
        };
        let step = self.run.trainer().step();
        let settings = EvalSettings::live(self.run.trainer().config().n_observed);
        let report = self.run.measure_with(&settings, &mut progress);
        let report = report.await.map_err(Refusal::Device)?;
        host.send(Event::Probed(convert::probe(step, report)));
        self.measured = Instant::now();
        self.measuring = started.elapsed();
        Ok(())
    }

    async fn snapshot(&mut self, host: &impl Host) -> Result<(), Refusal> {
        self.run.refresh_latent_mean().await.map_err(Refusal::Device)?;
        let checkpoint = self.file(Content::Weights).await?;
        host.send(Event::Snapshot { step: self.run.trainer().step(), checkpoint });
        self.snapshot = Some(Instant::now());
        Ok(())
    }

    async fn file(&self, content: Content) -> Result<Vec<u8>, Refusal> {
        self.run.save(content).await.map_err(|why| Refusal::Device(why.to_string()))
    }
}

/// One sequence as training sees it.
///
/// # Errors
/// When the recipe or the number of views cannot be used.
pub fn sample(
    recipe: &Recipe,
    index: u64,
    n_views: usize,
) -> Result<(Views, Vec<Vec<f32>>), Refusal> {
    if !(2..=16).contains(&n_views) {
        return Err(Refusal::new(
            ProblemKind::Command,
            format!("a sequence of {n_views} views: expected 2 to 16"),
        ));
    }
    let config = recipe::config_of(recipe).map_err(|why| Refusal::new(ProblemKind::Recipe, why))?;
    let world = build(&config.world)?;
    let mut chance = rng::stream(config.seed, "training sequence", index);
    let sequence = world.sequence(Split::Train, n_views, &mut chance);
    let rgb = sequence.views.iter().flat_map(|view| view.rgb.iter().copied()).collect();
    Ok((Views { side_px: world.view_side_px(), rgb }, sequence.actions))
}

/// The world of a run.
///
/// # Errors
/// When it was a folder, which the page does not have; `command` is what does it natively.
pub(super) fn world_of(config: &RunConfig, command: &str) -> Result<Arc<dyn World>, Refusal> {
    if let Some(folder) = &config.data {
        let problem = format!(
            "this run learns from the folder `{folder}`, which the page does not have: go on with \
             `{command} --data {folder}`"
        );
        return Err(Refusal::new(ProblemKind::Checkpoint, problem));
    }
    build(&config.world)
}

fn build(config: &WorldConfig) -> Result<Arc<dyn World>, Refusal> {
    match config.build() {
        Ok(world) => Ok(Arc::from(world)),
        Err(why) => Err(Refusal::new(ProblemKind::Recipe, why.to_string())),
    }
}

fn step_report(
    numbers: &StepNumbers,
    whole: Duration,
    submitted: Duration,
    waited: Duration,
) -> StepReport {
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    StepReport {
        step: numbers.step,
        loss: numbers.loss,
        grad_norm: numbers.grad_norm,
        learning_rate: numbers.learning_rate,
        tau: numbers.tau,
        step_ms: ms(whole),
        submit_ms: ms(submitted),
        wait_ms: ms(waited),
        z_deviation: numbers.z_deviation,
    }
}

fn failed(why: StepError) -> Refusal {
    match why {
        StepError::Diverged { .. } => Refusal::new(ProblemKind::Diverged, why.to_string()),
        StepError::Device(message) => Refusal::Device(message),
    }
}

fn no_run() -> Refusal {
    Refusal::new(ProblemKind::Command, "there is no run: begin one first")
}
