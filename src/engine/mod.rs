//! The session: owns device, model and world, and answers [`Command`]s with [`Event`]s.
//!
//! One loop: take what was asked, else make one training step, then breathe so that the next
//! message can arrive. Nothing here knows a browser: the worker and the tests bring a [`Host`].

pub mod convert;
pub mod decoder;
pub mod look;
pub mod peek;
pub mod readout;
pub mod recipe;
pub mod run;
pub mod selftest;
pub mod session;
pub mod survey;
pub mod trials;

use crate::protocol::{
    Command, DeviceKind, DeviceReport, Event, Phase, ProblemKind, VERSION, Views,
};
use crate::train::checkpoint::CheckpointError;
use crate::world::{BatchSpec, SequenceBatch};
use burn::tensor::Device;
use look::{Look, Sight};
use session::Session;
use survey::Survey;
use trials::Trials;

/// Where an engine lives: how it speaks and how it lets others run.
pub trait Host {
    /// Sends an event up.
    fn send(&self, event: Event);

    /// Lets messages arrive. Called between steps.
    fn breathe(&self) -> impl Future<Output = ()>;

    /// The batch of a step, if the host has batches made beside the engine. It is asked for step
    /// after step, so that it can have the next ones made meanwhile. `None`: it does not, or cannot
    /// any more, and the engine makes them by itself.
    fn batch(&self, spec: &BatchSpec, step: u64) -> impl Future<Output = Option<SequenceBatch>>;
}

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It could not be; the engine stands as it stood.
    Command {
        /// Which card fits.
        kind: ProblemKind,
        /// What happened, as a sentence.
        problem: String,
    },
    /// The device was lost or ran out of memory. It cannot be opened again within one worker, so
    /// this is the end of the engine.
    Device(String),
}

impl Refusal {
    fn new(kind: ProblemKind, problem: impl Into<String>) -> Self {
        Self::Command { kind, problem: problem.into() }
    }

    /// As the page hears it.
    fn into_event(self) -> Event {
        match self {
            Self::Command { kind, problem } => Event::Refused { problem, kind },
            Self::Device(message) => Event::Fatal { message },
        }
    }
}

/// A file that cannot be used.
impl From<CheckpointError> for Refusal {
    fn from(why: CheckpointError) -> Self {
        Self::new(ProblemKind::Checkpoint, why.to_string())
    }
}

/// An engine on one device.
#[derive(Debug)]
pub struct Engine<H> {
    host: H,
    device: Device,
    report: DeviceReport,
    look: Option<Look>,
    trials: Option<Trials>,
    survey: Option<Survey>,
    session: Session,
    /// Whether the kernels of a training step are compiled: from the first step on, which is told
    /// as a phase of its own. A CPU has none.
    has_kernels: bool,
}

impl<H: Host> Engine<H> {
    /// An engine without model and run.
    pub fn new(host: H, device: Device, report: DeviceReport) -> Self {
        let has_kernels = report.kind == DeviceKind::Cpu;
        let session = Session::Idle;
        Self { host, device, report, look: None, trials: None, survey: None, session, has_kernels }
    }

    /// Serves commands until the inbox closes.
    pub async fn run(&mut self, inbox: async_channel::Receiver<Command>) {
        loop {
            let command = match self.is_at_work() {
                true => match inbox.try_recv() {
                    Ok(command) => Some(command),
                    Err(async_channel::TryRecvError::Empty) => None,
                    Err(async_channel::TryRecvError::Closed) => return,
                },
                false => match inbox.recv().await {
                    Ok(command) => Some(command),
                    Err(async_channel::RecvError) => return,
                },
            };
            match command {
                Some(command) => self.answer(command).await,
                None => self.go_on().await,
            }
        }
    }

    /// Whether it goes on without being asked.
    pub fn is_at_work(&self) -> bool {
        self.session.is_playing() || self.trials.is_some() || self.survey.is_some()
    }

    /// Carries out one command, or says why not.
    pub async fn answer(&mut self, command: Command) {
        if let Err(refusal) = self.carry_out(command).await {
            self.host.send(refusal.into_event());
        }
    }

    /// A few trials, a little of a survey and a training step, of what is under way.
    async fn go_on(&mut self) {
        if let Err(refusal) = self.try_on().await {
            self.host.send(refusal.into_event());
        }
        if let Err(refusal) = self.survey_on().await {
            self.host.send(refusal.into_event());
        }
        if self.session.is_playing() {
            self.tell_of_kernels();
            if let Err(refusal) = self.session.advance(&self.host).await {
                self.host.send(refusal.into_event());
            }
        }
        self.host.breathe().await;
    }

    async fn try_on(&mut self) -> Result<(), Refusal> {
        let Some(mut trials) = self.trials.take() else { return Ok(()) };
        let report = trials.advance().await?;
        self.host.send(Event::Tried(report));
        if !trials.are_done() {
            self.trials = Some(trials);
        }
        Ok(())
    }

    async fn survey_on(&mut self) -> Result<(), Refusal> {
        let Some(mut survey) = self.survey.take() else { return Ok(()) };
        let report = survey.advance().await?;
        if report.spaces.is_empty() {
            self.survey = Some(survey);
        }
        self.send(Event::Surveyed(report))
    }

    async fn carry_out(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Hello { version } => self.hello(version),
            Command::Open { checkpoint } => self.open(&checkpoint).await,
            Command::Bank { request, views } => {
                let latents = self.look()?.bank(&views).await?;
                self.send(Event::Bank { request, latents })
            }
            Command::Observe { request, views, actions } => {
                let Sight { z_agg, z_last, attention } =
                    self.look()?.observe(&views, &actions).await?;
                self.send(Event::Observed { request, z_agg, z_last, attention })
            }
            Command::Sample { request, recipe, index, n_views } => {
                let (views, actions) = session::sample(&recipe, index, n_views)?;
                self.send(Event::Sampled { request, views, actions })
            }
            Command::SelfTest => {
                let rows = selftest::compare(&self.device).await.map_err(Refusal::Device)?;
                self.send(Event::SelfTested { rows })
            }
            Command::Begin { recipe } => {
                self.session.begin(&recipe, &self.device, &self.host).await
            }
            Command::Resume { checkpoint } => {
                self.session.resume(&checkpoint, &self.device, &self.host)
            }
            Command::Play => self.session.play(&self.host),
            Command::Pause => self.session.pause(&self.host),
            Command::Step => {
                self.tell_of_kernels();
                self.session.step(&self.host).await
            }
            Command::Save => self.session.save(&self.host).await,
            Command::Stop => self.session.stop(&self.host),
            Command::Untrain => {
                let untrained = self.look()?.untrained().await?;
                self.show(untrained).await
            }
            Command::Trials { request, n_trials, seed } => {
                self.trials = match n_trials {
                    0 => None,
                    n => Some(Trials::new(self.look()?, request, n, seed)?),
                };
                Ok(())
            }
            Command::Peek { checkpoint } => {
                self.send(Event::Peeked(peek::peek(&checkpoint, self.look.as_ref())?))
            }
            Command::Decoder { file } => {
                let look = self.look()?;
                let z_dim = look.config().model.encoder.z_dim();
                self.send(Event::Decoder(decoder::read(&file, look.card(), z_dim)?))
            }
            Command::Survey { request, n_sequences, seed } => {
                self.survey = match n_sequences {
                    0 => None,
                    n => Some(Survey::new(self.look()?, request, n, seed)?),
                };
                Ok(())
            }
        }
    }

    fn tell_of_kernels(&mut self) {
        if !std::mem::replace(&mut self.has_kernels, true) {
            self.host.send(Event::Progress { phase: Phase::Kernels, done: 0, total: 1 });
        }
    }

    fn send(&self, event: Event) -> Result<(), Refusal> {
        self.host.send(event);
        Ok(())
    }

    fn hello(&self, version: u16) -> Result<(), Refusal> {
        if version == VERSION {
            return self.send(Event::Ready { version: VERSION, device: self.report.clone() });
        }
        Err(Refusal::new(
            ProblemKind::Version,
            format!("the page speaks protocol {version}, this engine {VERSION}: reload the page"),
        ))
    }

    async fn open(&mut self, checkpoint: &[u8]) -> Result<(), Refusal> {
        self.show(Look::open(checkpoint, &self.device)?).await
    }

    async fn show(&mut self, look: Look) -> Result<(), Refusal> {
        let readout = look.readout().await?;
        let card = look.card().clone();
        self.look = Some(look);
        self.send(Event::Opened { card, readout })
    }

    fn look(&self) -> Result<&Look, Refusal> {
        self.look.as_ref().ok_or_else(|| {
            Refusal::new(ProblemKind::Command, "no checkpoint is open yet: open one first")
        })
    }
}

/// Checks a batch of views against its own words and the engine's limits.
fn check_views(views: &Views, side_px: usize) -> Result<usize, Refusal> {
    let bytes = 3 * side_px * side_px;
    let n = views.rgb.len() / bytes.max(1);
    let problem = if views.side_px != side_px {
        format!("views of side {} where the model sees {side_px}", views.side_px)
    } else if n == 0 || n * bytes != views.rgb.len() {
        format!("{} bytes are not a whole number of views of {bytes}", views.rgb.len())
    } else if n > crate::protocol::VIEWS_MAX {
        format!("{n} views, at most {} in one message", crate::protocol::VIEWS_MAX)
    } else {
        return Ok(n);
    };
    Err(Refusal::new(ProblemKind::Command, problem))
}
