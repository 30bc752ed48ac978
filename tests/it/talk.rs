//! An engine in a test: what a page says to it and hears from it, and files of a small run.

use crate::toy::device;
use seq_jepa::engine::{Engine, Host};
use seq_jepa::protocol::{
    Command, DeviceKind, DeviceReport, Event, ProblemKind, Recipe, RunState, Views,
};
use seq_jepa::world::{BatchSpec, SequenceBatch};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

/// Keeps what the engine says, and closes its inbox when the run is finished.
#[derive(Clone, Default)]
pub(crate) struct Ear {
    heard: Rc<RefCell<Vec<Event>>>,
    pub(crate) inbox: Rc<RefCell<Option<async_channel::Sender<Command>>>>,
    /// The steps whose batches the engine asked for, if it may.
    pub(crate) lent: Rc<RefCell<Option<Vec<u64>>>>,
}

/// Batches of later steps are not lent, as if their maker had died.
pub(crate) const LENT_BEFORE: u64 = 2;

impl Ear {
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.heard.borrow_mut())
    }
}

impl Host for Ear {
    fn send(&self, event: Event) {
        let done = match &event {
            Event::Training { state, .. } => *state == RunState::Finished,
            Event::Tried(report) => report.n_done == report.n_trials,
            Event::Surveyed(report) => !report.spaces.is_empty(),
            _ => false,
        };
        if done {
            self.inbox.borrow_mut().take();
        }
        self.heard.borrow_mut().push(event);
    }

    async fn breathe(&self) {}

    async fn batch(&self, spec: &BatchSpec, step: u64) -> Option<SequenceBatch> {
        let mut lent = self.lent.borrow_mut();
        let lent = lent.as_mut()?;
        lent.push(step);
        let world = spec.world.build().expect("the engine built it too");
        (step < LENT_BEFORE).then(|| spec.make(world.as_ref(), step))
    }
}

pub(crate) struct Talk {
    pub(crate) engine: Engine<Ear>,
    pub(crate) ear: Ear,
}

impl Talk {
    pub(crate) fn new() -> Self {
        Self::of(DeviceKind::Cpu)
    }

    /// An engine that takes its device for one of this kind.
    pub(crate) fn of(kind: DeviceKind) -> Self {
        let report = DeviceReport { kind, name: "flex".to_owned(), software: false };
        let ear = Ear::default();
        Self { engine: Engine::new(ear.clone(), device(), report), ear }
    }

    pub(crate) fn say(&mut self, command: Command) -> Vec<Event> {
        pollster::block_on(self.engine.answer(command));
        self.ear.take()
    }

    pub(crate) fn refused(&mut self, command: Command, kind: ProblemKind, words: &[&str]) {
        let events = self.say(command);
        let [Event::Refused { problem, kind: found }] = &events[..] else {
            panic!("one refusal, found {events:?}");
        };
        assert_eq!(*found, kind, "{problem}");
        assert!(words.iter().all(|word| problem.contains(word)), "{problem:?}: {words:?}");
    }
}

/// Three steps of `nano` on four sequences.
pub(crate) fn recipe() -> Recipe {
    Recipe {
        preset: "nano".to_owned(),
        world: "saccade".to_owned(),
        seed: 4,
        steps: Some(3),
        batch: Some(4),
        learning_rate: None,
        conditioning: "both".to_owned(),
    }
}

/// Full state of [`recipe`] at steps 0, 1, … 3, each made by a `Step` command: made once.
pub(crate) fn files() -> &'static [Vec<u8>] {
    static FILES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut talk = Talk::new();
        talk.say(Command::Begin { recipe: recipe() });
        let mut files = vec![saved(&mut talk)];
        for _ in 0..3 {
            talk.say(Command::Step);
            files.push(saved(&mut talk));
        }
        files
    })
}

pub(crate) fn saved(talk: &mut Talk) -> Vec<u8> {
    match talk.say(Command::Save).pop() {
        Some(Event::Saved { checkpoint, .. }) => checkpoint,
        other => panic!("a file, found {other:?}"),
    }
}

pub(crate) fn open() -> Talk {
    let mut talk = Talk::new();
    let events = talk.say(Command::Open { checkpoint: files()[1].clone() });
    let [Event::Opened { card, readout }] = &events[..] else { panic!("opened: {events:?}") };
    assert_eq!((card.step, card.view_side_px, card.resumable), (1, 32, true));
    assert_eq!((readout.action_dim, readout.z_dim), (2, 64));
    talk
}

pub(crate) fn views(n: usize, side_px: usize) -> Views {
    let rgb = (0..n * side_px * side_px * 3).map(|i| (i * 37 % 251) as u8).collect();
    Views { side_px, rgb }
}
