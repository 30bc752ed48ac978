//! The engine that looks: its worker, its model and its memory. Always on the CPU, so that a
//! hover never waits for a training step.

mod measured;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::page::browser;
use crate::page::link::{Incoming, Link};
use crate::page::state::{Bank, Card, LivePhase, Model, Observed, Remedy, State, Weights};
use crate::page::text;
use crate::protocol::{Command, DeviceKind, Event, ModelCard, VERSION, Views};
use crate::readout::Readout;
use crate::scenery::{Mode, Scenery};

/// Two deaths within this time are one too many.
pub const DEATHS_APART_MS: f64 = 30_000.0;

/// A bank being encoded: request, model, states of the candidates.
type Banking = (u32, Arc<Model>, Arc<Vec<Vec<f32>>>);

/// What is under way with the worker.
#[derive(Default)]
struct Desk {
    link: Option<Link>,
    last_request: u32,
    banking: Option<Banking>,
    observing: Option<(u32, Arc<Model>, usize)>,
    /// The truth of a look that is being encoded.
    truth: Option<u32>,
    truth_latent: Option<Vec<f32>>,
    /// The newest weights of a run, until the worker has dealt with the ones before.
    snapshot: Option<Vec<u8>>,
    /// Whose weights the model is.
    shown: Weights,
    /// Bytes of the file being peeked at.
    peeking: Option<Arc<Vec<u8>>>,
    /// Whether the file being opened is the visitor's.
    own: bool,
    /// Bytes of the file being opened, to be kept when it turns out good.
    opening: Option<Arc<Vec<u8>>>,
    last_death_ms: Option<f64>,
}

/// The engine that looks.
#[derive(Clone, Copy)]
pub struct Live {
    state: State,
    desk: StoredValue<Desk, LocalStorage>,
}

impl Live {
    /// Not started yet.
    pub fn new(state: State) -> Self {
        Self { state, desk: StoredValue::new_local(Desk::default()) }
    }

    /// Starts the worker; its model follows.
    pub fn start(self) {
        self.state.look.phase.set(LivePhase::Starting);
        match Link::spawn(DeviceKind::Cpu, move |incoming| self.hear(incoming)) {
            Ok(link) => self.desk.update_value(|desk| {
                *desk = Desk {
                    link: Some(link),
                    last_request: desk.last_request,
                    last_death_ms: desk.last_death_ms,
                    ..Desk::default()
                };
            }),
            Err(why) => self.give_up(&why),
        }
    }

    /// Looks with other weights.
    pub fn set_weights(self, weights: Weights) {
        let look = self.state.look;
        look.weights.set(weights);
        match weights {
            Weights::Full | Weights::NoAction => {
                self.open_shipped(self.state.mode.get_untracked());
            }
            Weights::Untrained => self.untrain(),
            Weights::Opened => {
                if let Some(file) = look.own.get_untracked() {
                    self.open(file.to_vec());
                }
            }
            Weights::Run => {
                self.state.run.scrubbed.set(None);
                let newest = self.state.run.snapshots.with_untracked(|all| all.last().cloned());
                if let Some((_, weights)) = newest {
                    self.look_with_run(weights.to_vec());
                }
            }
        }
    }

    fn untrain(self) {
        self.drop_measured();
        self.state.look.phase.set(LivePhase::Opening);
        self.post(&Command::Untrain);
    }

    /// Opens the visitor's own checkpoint.
    pub fn open_own(self, checkpoint: Vec<u8>) {
        self.desk.update_value(|desk| desk.own = true);
        self.open(checkpoint);
    }

    /// Has a file read that the visitor may open; what opens it is [`Self::open_own`].
    pub fn peek(self, checkpoint: Vec<u8>) {
        let kept = Arc::new(checkpoint.clone());
        self.desk.update_value(|desk| desk.peeking = Some(kept));
        self.post(&Command::Peek { checkpoint });
    }

    /// Opens the checkpoint that ships for a mode.
    pub fn open_shipped(self, mode: Mode) {
        let look = self.state.look;
        look.phase.set(LivePhase::Fetching);
        let weights = look.weights.get_untracked();
        let path = text::shipped_checkpoint(mode, weights == Weights::NoAction);
        spawn_local(async move {
            let bytes = browser::fetch(&path).await;
            let wanted = (self.state.mode.get_untracked(), look.weights.get_untracked());
            if wanted != (mode, weights) {
                return;
            }
            match bytes {
                Some(bytes) => self.open(bytes),
                None => self.state.look.phase.set(LivePhase::Without),
            }
        });
    }

    /// Opens a checkpoint from its bytes.
    pub fn open(self, checkpoint: Vec<u8>) {
        self.drop_measured();
        self.state.look.phase.set(LivePhase::Opening);
        let kept = Arc::new(checkpoint.clone());
        self.desk.update_value(|desk| desk.opening = Some(kept));
        self.post(&Command::Open { checkpoint });
    }

    /// Takes the weights of a run, now or when the ones before have been dealt with. A run's first
    /// weights are looked with unasked; later ones while the visitor wants the run's.
    pub fn take_snapshot(self, checkpoint: Vec<u8>) {
        let look = self.state.look;
        if !look.has_run.get_untracked() {
            look.has_run.set(true);
            look.weights.set(Weights::Run);
        }
        if look.weights.get_untracked() == Weights::Run {
            self.desk.update_value(|desk| desk.snapshot = Some(checkpoint));
            self.next_snapshot();
        }
    }

    /// Looks with some of a run's weights, old or new, as soon as the ones before have been dealt with.
    pub fn look_with_run(self, checkpoint: Vec<u8>) {
        self.drop_measured();
        self.desk.update_value(|desk| desk.snapshot = Some(checkpoint));
        self.next_snapshot();
    }

    fn next_snapshot(self) {
        let next = self.desk.try_update_value(|desk| {
            let busy = desk.banking.is_some() || desk.opening.is_some();
            if busy { None } else { desk.snapshot.take() }
        });
        if let Some(checkpoint) = next.flatten() {
            self.post(&Command::Open { checkpoint });
        }
    }

    /// Has the candidates encoded.
    pub fn encode_bank(self, model: Arc<Model>, states: Vec<Vec<f32>>, views: Views) {
        let request = self.request();
        self.desk.update_value(|desk| desk.banking = Some((request, model, Arc::new(states))));
        self.post(&Command::Bank { request, views });
    }

    /// Has the views so far observed.
    pub fn observe(self, model: Arc<Model>, n_seen: usize, views: Views, actions: Vec<Vec<f32>>) {
        let request = self.request();
        self.desk.update_value(|desk| desk.observing = Some((request, model, n_seen)));
        self.post(&Command::Observe { request, views, actions });
    }

    /// Has one true view encoded; [`Self::take_truth`] gives its latent.
    pub fn encode_truth(self, view: Views) {
        let request = self.request();
        self.desk.update_value(|desk| desk.truth = Some(request));
        self.post(&Command::Bank { request, views: view });
    }

    /// The latent of the last true view, once.
    pub fn take_truth(self) -> Option<Vec<f32>> {
        self.desk.try_update_value(|desk| desk.truth_latent.take()).flatten()
    }

    fn request(self) -> u32 {
        let next = self.desk.try_update_value(|desk| {
            desk.last_request = desk.last_request.wrapping_add(1);
            desk.last_request
        });
        next.unwrap_or_default()
    }

    fn post(self, command: &Command) {
        let sent = self.desk.try_with_value(|desk| match &desk.link {
            Some(link) => link.post(command),
            None => Ok(()),
        });
        if let Some(Err(why)) = sent {
            self.state.tell(Card {
                happened: why,
                works: text::WORKS_ALL_ELSE,
                remedies: vec![Remedy::RestartLive],
            });
        }
    }

    fn hear(self, incoming: Incoming) {
        match incoming {
            Incoming::Event(event) => self.handle(*event),
            // Not from within the closure of the worker that is being dropped.
            Incoming::Died(why) => spawn_local(async move { self.bury(&why) }),
        }
    }

    fn handle(self, event: Event) {
        let look = self.state.look;
        match event {
            // The first word of a worker may be the same event.
            Event::Ready { version, device } if look.device.with_untracked(Option::is_none) => {
                look.device.set(Some(device));
                self.greet(version);
            }
            Event::Opened { card, readout } => self.opened(card, readout),
            Event::Bank { request, latents } => self.banked(request, latents),
            Event::Observed { request, z_agg, z_last, attention } => {
                self.observed(request, z_agg, z_last, attention);
            }
            Event::Tried(report) => self.tried(report),
            Event::Peeked(report) => {
                let file = self.desk.try_update_value(|desk| desk.peeking.take()).flatten();
                look.peeked.set(file.map(|file| (file, Arc::new(report))));
            }
            Event::Surveyed(report) => self.surveyed(report),
            Event::Decoder(decoder) => look.decoder.set(Some(Arc::new(decoder))),
            Event::Refused { problem, .. } => {
                self.forget_unfinished();
                self.desk.update_value(|desk| {
                    desk.opening = None;
                    desk.own = false;
                    look.weights.set(desk.shown);
                });
                let has_model = look.model.with_untracked(Option::is_some);
                look.phase.set(if has_model { LivePhase::Looking } else { LivePhase::Without });
                self.state.tell(Card {
                    happened: problem,
                    works: text::WORKS_AS_BEFORE,
                    remedies: Vec::new(),
                });
            }
            _ => {}
        }
    }

    fn greet(self, version: u16) {
        if version != VERSION {
            self.state.tell(Card {
                happened: text::OTHER_VERSION.to_owned(),
                works: text::WORKS_NOTHING_LIVE,
                remedies: vec![Remedy::Reload],
            });
            return;
        }
        match self.state.look.file.get_untracked() {
            Some(file) => self.open(file.to_vec()),
            None => match self.state.look.checkpoint.get_untracked() {
                Some(path) => self.open_named(path),
                None => self.open_shipped(self.state.mode.get_untracked()),
            },
        }
    }

    /// Opens a checkpoint beside the page; the shipped one when there is none.
    fn open_named(self, path: String) {
        self.state.look.phase.set(LivePhase::Fetching);
        spawn_local(async move {
            if let Some(bytes) = browser::fetch(&path).await {
                return self.open_own(bytes);
            }
            self.state.look.checkpoint.set(None);
            self.state.tell(Card {
                happened: text::no_checkpoint(&path),
                works: text::WORKS_ALL_ELSE,
                remedies: Vec::new(),
            });
            self.open_shipped(self.state.mode.get_untracked());
        });
    }

    fn opened(self, card: ModelCard, readout: Readout) {
        let look = self.state.look;
        let opening = self.desk.try_update_value(|desk| desk.opening.take()).flatten();
        let scenery = match Scenery::of_config(card.world_config.clone()) {
            Ok(scenery) => scenery,
            Err(problem) => {
                look.phase.set(LivePhase::Without);
                self.state.tell(Card {
                    happened: problem,
                    works: text::WORKS_AS_BEFORE,
                    remedies: Vec::new(),
                });
                return;
            }
        };
        let own = self.desk.try_update_value(|desk| std::mem::take(&mut desk.own)) == Some(true);
        if opening.is_some() {
            if own {
                look.own.set(opening.clone());
                look.weights.set(Weights::Opened);
            }
            look.file.set(opening);
        }
        let untrained = card.step == 0;
        if self.state.mode.get_untracked() != scenery.mode() {
            // Places are no poses.
            look.forget_seen();
            self.state.mode.set(scenery.mode());
        }
        look.decoder.set(None);
        look.model.set(Some(Arc::new(Model { card, readout, scenery })));
        look.phase.set(LivePhase::Looking);
        // After the first visit by an address that asks for it, and after the death of a worker.
        let wanted = look.weights.get_untracked();
        let untrain = wanted == Weights::Untrained && !untrained;
        self.desk.update_value(|d| d.shown = if untrain { Weights::Full } else { wanted });
        if untrain {
            self.untrain();
        }
    }

    fn banked(self, request: u32, latents: Vec<f32>) {
        let look = self.state.look;
        let is_truth = self.desk.try_update_value(|desk| {
            let is_truth = desk.truth == Some(request);
            if is_truth {
                desk.truth = None;
            }
            is_truth
        });
        if is_truth == Some(true) {
            self.desk.update_value(|desk| desk.truth_latent = Some(latents));
            // Wakes the look that waits for it.
            look.revealing.set(true);
            return;
        }
        let bank = self
            .desk
            .try_update_value(|desk| desk.banking.take_if(|(asked, ..)| *asked == request));
        if let Some((_, model, states)) = bank.flatten() {
            look.bank.set(Some(Arc::new(Bank { model, states, latents })));
        }
        self.next_snapshot();
    }

    fn observed(self, request: u32, z_agg: Vec<f32>, z_last: Vec<f32>, attention: Vec<Vec<f32>>) {
        let asked = self
            .desk
            .try_update_value(|desk| desk.observing.take_if(|(asked, ..)| *asked == request));
        if let Some((_, model, n_seen)) = asked.flatten() {
            let observed = Observed { model, n_seen, z_agg, z_last, attention };
            self.state.look.observed.set(Some(Arc::new(observed)));
        }
    }

    /// The worker is gone: another one, unless that has just been tried.
    fn bury(self, why: &str) {
        let now_ms = browser::now_ms();
        let again = self.desk.try_update_value(|desk| {
            desk.link = None;
            let before = desk.last_death_ms.replace(now_ms);
            before.is_none_or(|before| now_ms - before > DEATHS_APART_MS)
        });
        self.state.look.device.set(None);
        self.forget_unfinished();
        if again == Some(true) {
            self.start();
        } else {
            self.give_up(why);
        }
    }

    fn give_up(self, why: &str) {
        self.state.look.phase.set(LivePhase::Without);
        self.state.tell(Card {
            happened: text::live_engine_died(why),
            works: text::WORKS_NOTHING_LIVE,
            remedies: vec![Remedy::RestartLive, Remedy::Reload],
        });
    }
}
