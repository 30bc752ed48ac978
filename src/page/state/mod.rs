//! Every signal of the page in one place, grouped by panel. No DOM, no worker.

mod run;

use std::sync::Arc;

use leptos::prelude::*;

use crate::page::geometry::Turn;
use crate::page::lens::Lens;
use crate::page::url::{Address, Notice, Panel};
use crate::protocol::{DeviceReport, ModelCard, PeekReport, SurveyReport, TrialsReport};
use crate::readout::{Decoder, Readout};
use crate::scenery::beat::{Round, Tally};
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Guess, Mind, Reveal};
use crate::scenery::surprise::{Shown, Surprise};
use crate::scenery::{Mode, Scenery, Subject};
use crate::world::View;

pub use run::{Expert, N_PAST, PRESET, Past, Rate, Run, RunPhase, SEED, Series};

/// Most views a model is shown; older ones drop off.
pub const N_VIEWS_MAX: usize = 8;

/// A model that looks.
#[derive(Debug)]
pub struct Model {
    /// What it says of itself.
    pub card: ModelCard,
    /// What the page needs to predict by itself.
    pub readout: Readout,
    /// The world it was trained in.
    pub scenery: Scenery,
}

/// Candidates and their latents under one model.
#[derive(Debug)]
pub struct Bank {
    /// The model that made them.
    pub model: Arc<Model>,
    /// State of each candidate.
    pub states: Arc<Vec<Vec<f32>>>,
    /// `[N, D]`.
    pub latents: Vec<f32>,
}

impl Bank {
    /// What the model sees of a subject in candidate number `candidate`.
    pub fn view(&self, subject: &Subject, candidate: usize) -> Option<View> {
        let state = self.states.get(candidate)?;
        Some(self.model.scenery.view(subject, state))
    }
}

/// What one model makes of the views so far.
#[derive(Debug)]
pub struct Observed {
    /// That model.
    pub model: Arc<Model>,
    /// How many places had been seen.
    pub n_seen: usize,
    /// `z_agg`.
    pub z_agg: Vec<f32>,
    /// Latent of the last view.
    pub z_last: Vec<f32>,
    /// Of each layer: what the AGG token attends to, itself first.
    pub attention: Vec<Vec<f32>>,
}

/// A look whose view is being encoded.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Where it goes.
    pub target: Vec<f32>,
    /// The model that encodes.
    pub model: Arc<Model>,
    /// What it shows, when it is one that may surprise.
    pub shown: Option<Shown>,
}

/// A file and what it says of itself.
pub type Peeked = (Arc<Vec<u8>>, Arc<PeekReport>);

/// One place or pose that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its state.
    pub state: Vec<f32>,
    /// Where the model's own path led, if it could say.
    pub decoded: Option<Vec<f32>>,
}

/// Whose weights look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// The shipped ones.
    #[default]
    Full,
    /// The shipped ones of the same run without actions.
    NoAction,
    /// Those that the run of the last ones began with.
    Untrained,
    /// Those of the visitor's file.
    Opened,
    /// Those of the run that trains.
    Run,
}

impl Weights {
    /// All, in the order of the page.
    pub const ALL: [Self; 5] =
        [Self::Full, Self::NoAction, Self::Untrained, Self::Opened, Self::Run];

    /// Their word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NoAction => "no-action",
            Self::Untrained => "untrained",
            Self::Opened => "opened",
            Self::Run => "run",
        }
    }

    /// The weights of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weights| weights.word() == word)
    }
}

/// In which words the page speaks; the numbers are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// For who has never heard of it.
    Curious,
    /// For who learns it.
    #[default]
    Student,
    /// For who works on it.
    Researcher,
}

impl Depth {
    /// All, the shallowest first.
    pub const ALL: [Self; 3] = [Self::Curious, Self::Student, Self::Researcher];

    /// Its word in storage and on the page.
    pub fn word(self) -> &'static str {
        match self {
            Self::Curious => "curious",
            Self::Student => "student",
            Self::Researcher => "researcher",
        }
    }
}

/// Where the engine that looks has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LivePhase {
    /// The worker is on its way.
    Starting,
    /// The checkpoint is on its way.
    Fetching,
    /// The checkpoint is being opened.
    Opening,
    /// A model looks.
    Looking,
    /// There is no model to look with.
    Without,
}

/// What a card offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Start the engine that looks again.
    RestartLive,
    /// Train on the CPU.
    TrainOnCpu,
    /// Go on from the last autosave.
    Recover,
    /// Begin anew with a lower learning rate.
    TrainSlower,
    /// Begin anew with fewer sequences a step.
    TrainSmaller,
    /// Train the opened checkpoint on.
    TrainOpened,
    /// Load the page again.
    Reload,
}

/// Something the visitor should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// What happened.
    pub happened: String,
    /// What still works.
    pub works: &'static str,
    /// What the visitor can do.
    pub remedies: Vec<Remedy>,
}

/// The stage and its lens.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Where the engine has got to.
    pub phase: RwSignal<LivePhase>,
    /// Where it computes.
    pub device: RwSignal<Option<DeviceReport>>,
    /// The model.
    pub model: RwSignal<Option<Arc<Model>>>,
    /// The file that is open, for training it on.
    pub file: RwSignal<Option<Arc<Vec<u8>>>>,
    /// Whose weights look.
    pub weights: RwSignal<Weights>,
    /// The checkpoint that the address names instead of the shipped one.
    pub checkpoint: RwSignal<Option<String>>,
    /// The visitor's own file.
    pub own: RwSignal<Option<Arc<Vec<u8>>>>,
    /// A file that the visitor has yet to decide on, and what it says of itself.
    pub peeked: RwSignal<Option<Peeked>>,
    /// Whether a run has handed out weights for this world.
    pub has_run: RwSignal<bool>,
    /// What is kept from them.
    pub lesion: RwSignal<Lesion>,
    /// The way to look at the stage.
    pub lens: RwSignal<Lens>,
    /// The world on the stage while there is no model of its mode.
    pub default_scenery: RwSignal<Option<Arc<Scenery>>>,
    /// What is looked at.
    pub subject: RwSignal<Subject>,
    /// Places or poses seen, oldest first.
    pub seen: RwSignal<Vec<Seen>>,
    /// Where a look would go now.
    pub aim: RwSignal<Option<Vec<f32>>>,
    /// The same as a turn, when the subject is an object.
    pub turn: RwSignal<Turn>,
    /// Looks of an address that are still to be made.
    pub replay: RwSignal<Vec<Vec<f32>>>,
    /// Where to aim after them.
    pub next: RwSignal<Option<Vec<f32>>>,
    /// Counts subjects that were gone to, the same one again too.
    pub visit: RwSignal<u32>,
    /// Candidates.
    pub bank: RwSignal<Option<Arc<Bank>>>,
    /// What the model makes of the views.
    pub observed: RwSignal<Option<Arc<Observed>>>,
    /// The looks of this session, oldest first.
    pub reveals: RwSignal<Vec<Arc<Reveal>>>,
    /// A look whose view is being encoded.
    pub pending: RwSignal<Option<Pending>>,
    /// The looks of this session that might surprise, oldest first.
    pub surprises: RwSignal<Vec<Surprise>>,
    /// Draws of swaps and rounds since the page was opened: no two are the same.
    pub draws: RwSignal<u64>,
    /// The round of a game.
    pub round: RwSignal<Option<Round>>,
    /// The game so far.
    pub tally: RwSignal<Tally>,
    /// That truth has been encoded.
    pub revealing: RwSignal<bool>,
    /// Random trials of the model, as far as they have got.
    pub trials: RwSignal<Option<TrialsReport>>,
    /// A decoder for the model's latents.
    pub decoder: RwSignal<Option<Arc<Decoder>>>,
    /// A survey of the model, as far as it has got.
    pub survey: RwSignal<Option<SurveyReport>>,
    /// Whether other objects are among the candidates.
    pub hard: RwSignal<bool>,
    /// Whether the whole picture is shown, also what the model has not seen.
    pub whole: RwSignal<bool>,
    /// The polite line.
    pub status: RwSignal<String>,
}

/// The page.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Pictures or objects.
    pub mode: RwSignal<Mode>,
    /// The stage and its lens.
    pub look: Look,
    /// The run and its panel.
    pub run: Run,
    /// Cards, oldest first.
    pub cards: RwSignal<Vec<Card>>,
    /// What the visitor should know about the address.
    pub notices: RwSignal<Vec<Notice>>,
    /// Parts that the address leaves away.
    pub hide: RwSignal<Vec<Panel>>,
    /// Parts that the address locks.
    pub lock: RwSignal<Vec<Panel>>,
    /// The scene that is told.
    pub scene: RwSignal<Option<usize>>,
    /// What was fetched to be told; empty before.
    pub words: RwSignal<String>,
    /// Whether single keys act.
    pub keys: RwSignal<bool>,
    /// In which words the page speaks.
    pub depth: RwSignal<Depth>,
    /// Whether the address asks for the stage alone.
    pub embed: RwSignal<bool>,
    /// The prediction for the place or pose aimed at.
    pub guess: Memo<Option<Guess>>,
    /// The glances that the subject begins with; a saliency map each, so made once a subject.
    pub glances: Memo<Option<Vec<Vec<f32>>>>,
    /// Where the path would lead if the visitor looked there.
    pub decoded: Memo<Option<Vec<f32>>>,
}

impl State {
    /// The page as it opens at an address.
    pub fn new(address: &Address, notices: Vec<Notice>) -> Self {
        let look = Look::new(address);
        let mode = RwSignal::new(address.mode);
        let glances = move |_: Option<&_>| {
            look.subject.with(|subject| look.with_scenery(mode.get(), |s| s.glances(subject)))
        };
        Self {
            mode,
            glances: Memo::new(glances),
            look,
            run: Run::new(address),
            cards: RwSignal::new(Vec::new()),
            notices: RwSignal::new(notices),
            hide: RwSignal::new(address.hide.clone()),
            lock: RwSignal::new(address.lock.clone()),
            scene: RwSignal::new(address.scene),
            words: RwSignal::new(String::new()),
            keys: RwSignal::new(true),
            depth: RwSignal::new(Depth::default()),
            embed: RwSignal::new(address.embed),
            guess: Memo::new(move |_| look.with_aim(|mind, action| mind.guess(action))),
            decoded: Memo::new(move |_| look.decoded()),
        }
    }

    /// Whether the address locks a part of the page.
    pub fn locks(&self, panel: Panel) -> bool {
        self.lock.with(|lock| lock.contains(&panel))
    }

    /// Shows a card, unless the same one is shown already.
    pub fn tell(&self, card: Card) {
        self.cards.update(|cards| {
            if !cards.contains(&card) {
                cards.push(card);
            }
        });
    }
}

impl Look {
    fn new(address: &Address) -> Self {
        Self {
            phase: RwSignal::new(LivePhase::Starting),
            device: RwSignal::new(None),
            model: RwSignal::new(None),
            file: RwSignal::new(None),
            weights: RwSignal::new(address.weights),
            checkpoint: RwSignal::new(address.checkpoint.clone()),
            own: RwSignal::new(None),
            peeked: RwSignal::new(None),
            has_run: RwSignal::new(false),
            lesion: RwSignal::new(address.lesion),
            lens: RwSignal::new(address.lens),
            default_scenery: RwSignal::new(None),
            subject: RwSignal::new(Subject { index: address.subject.unwrap_or(0), own: None }),
            seen: RwSignal::new(Vec::new()),
            aim: RwSignal::new(None),
            turn: RwSignal::new(Turn::default()),
            replay: RwSignal::new(address.looks.clone()),
            next: RwSignal::new(address.next.clone()),
            visit: RwSignal::new(0),
            bank: RwSignal::new(None),
            observed: RwSignal::new(None),
            reveals: RwSignal::new(Vec::new()),
            pending: RwSignal::new(None),
            surprises: RwSignal::new(Vec::new()),
            draws: RwSignal::new(0),
            round: RwSignal::new(None),
            tally: RwSignal::new(Tally::default()),
            revealing: RwSignal::new(false),
            trials: RwSignal::new(None),
            decoder: RwSignal::new(None),
            survey: RwSignal::new(None),
            hard: RwSignal::new(address.hard),
            whole: RwSignal::new(false),
            status: RwSignal::new(String::new()),
        }
    }

    /// Something to do with the world on the stage.
    pub fn with_scenery<T>(&self, mode: Mode, what: impl FnOnce(&Scenery) -> T) -> Option<T> {
        let model = self.model.get();
        if let Some(model) = model.filter(|model| model.scenery.mode() == mode) {
            return Some(what(&model.scenery));
        }
        self.default_scenery.get().filter(|s| s.mode() == mode).map(|scenery| what(&scenery))
    }

    /// Something to do with what the model thinks and the action aimed at, once all of one model
    /// is there.
    pub fn with_aim<T>(&self, what: impl FnOnce(&Mind<'_>, &[f32]) -> T) -> Option<T> {
        let (aim, bank, observed) = (self.aim.get()?, self.bank.get()?, self.observed.get()?);
        let from = self.seen.with(|seen| seen.last().map(|s| s.state.clone()))?;
        if !self.is_ready() {
            return None;
        }
        let mind = Mind {
            readout: &bank.model.readout,
            z_agg: &observed.z_agg,
            z_last: &observed.z_last,
            bank: &bank.latents,
        };
        let action = self.lesion.get().next(&bank.model.scenery, &from, &aim);
        Some(what(&mind, &action))
    }

    /// Whether candidates and all views are there, of one model.
    pub fn is_ready(&self) -> bool {
        self.bank.with(|bank| {
            self.observed.with(|observed| {
                bank.as_ref().zip(observed.as_ref()).is_some_and(|(bank, observed)| {
                    Arc::ptr_eq(&bank.model, &observed.model)
                        && observed.n_seen == self.seen.with(Vec::len)
                })
            })
        })
    }

    /// Forgets what was seen and all that was made of it.
    pub fn forget_seen(&self) {
        self.seen.set(Vec::new());
        self.reveals.set(Vec::new());
        self.surprises.set(Vec::new());
        self.round.set(None);
        self.tally.set(Tally::default());
        self.aim.set(None);
        self.turn.set(Turn::default());
        self.bank.set(None);
        self.observed.set(None);
        self.pending.set(None);
        self.status.set(String::new());
    }

    /// The number of the next draw.
    pub fn draw(&self) -> u64 {
        self.draws.update_untracked(|draws| *draws += 1);
        self.draws.get_untracked()
    }

    /// First of the views that the model is shown.
    pub fn window_start(&self) -> usize {
        self.seen.with(Vec::len).saturating_sub(N_VIEWS_MAX)
    }

    /// Where the model's own path leads if the visitor looks at the aim.
    pub fn decoded(&self) -> Option<Vec<f32>> {
        let observed = self.observed.get()?;
        let (start, n_seen) = (self.window_start(), self.seen.with(Vec::len));
        let first = self.seen.with(|seen| seen.get(start).map(|s| s.state.clone()))?;
        let readout = &observed.model.readout;
        let action =
            self.with_aim(|mind, action| readout.path(n_seen - start, mind.z_agg, action))??;
        Some(observed.model.scenery.decoded(&first, &action))
    }
}
