//! Batches made in workers of their own, beside the engine that trains on them.
//!
//! A browser's worker has one thread: views that an engine makes by itself are time in which it does
//! not train. [`Loader`] is the engine's side, [`serve`] the other one, built as `worker_views`
//! without a tensor library. A batch is a function of its spec and step, so it does not matter who
//! made it.
//!
//! Down goes a [`BatchSpec`] as JSON, then a [`Tag`] for each batch: the order's number (`u32`) and the
//! step (`u64`), little-endian. Up comes one empty message when the worker listens, then for each batch
//! its tag and the batch behind it.

mod maker;
mod serve;

pub use serve::serve;

use crate::world::{BatchSpec, SequenceBatch};
use maker::Maker;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;

/// Batches that each worker is asked for ahead of the step.
const AHEAD: u64 = 2;

/// Which batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag {
    order: u32,
    step: u64,
}

/// Bytes of a [`Tag`].
const TAG_BYTES: usize = 12;

impl Tag {
    fn to_bytes(self) -> [u8; TAG_BYTES] {
        let mut bytes = [0; TAG_BYTES];
        bytes[..4].copy_from_slice(&self.order.to_le_bytes());
        bytes[4..].copy_from_slice(&self.step.to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (order, rest) = bytes.split_first_chunk()?;
        let (step, _) = rest.split_first_chunk()?;
        Some(Self { order: u32::from_le_bytes(*order), step: u64::from_le_bytes(*step) })
    }
}

/// What comes back.
enum Answer {
    Batch(Tag, Vec<u8>),
    /// A maker is gone: its script did not arrive, or it panicked.
    Died(Lost),
}

/// No maker makes batches any more. The console knows why.
struct Lost;

impl Lost {
    fn to(why: JsValue) -> Self {
        web_sys::console::warn_2(&"views are made by the engine:".into(), &why);
        Self
    }
}

/// What came back, and who waits for more.
#[derive(Default)]
struct Inbox {
    answers: Vec<Answer>,
    waker: Option<Waker>,
}

impl Inbox {
    fn push(&mut self, answer: Answer) {
        self.answers.push(answer);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The engine's side: asks ahead, and hands out batches in the order of their steps.
#[derive(Default)]
pub struct Loader {
    makers: Vec<Maker>,
    inbox: Rc<RefCell<Inbox>>,
    spec: Option<BatchSpec>,
    /// Changes when other steps are wanted than those that were asked for.
    order: u32,
    /// Steps `wanted..asked` are asked for.
    wanted: u64,
    asked: u64,
    arrived: Vec<(u64, SequenceBatch)>,
    broken: bool,
}

impl Loader {
    /// The batch of `step`, when it is there; has the next ones made. `None` when no worker makes any:
    /// then none will again.
    pub fn poll(
        &mut self,
        spec: &BatchSpec,
        step: u64,
        context: &Context<'_>,
    ) -> Poll<Option<SequenceBatch>> {
        if self.broken {
            return Poll::Ready(None);
        }
        match self.get(spec, step) {
            Ok(Some(batch)) => Poll::Ready(Some(batch)),
            Ok(None) => {
                self.inbox.borrow_mut().waker = Some(context.waker().clone());
                Poll::Pending
            }
            Err(Lost) => {
                *self = Self { broken: true, ..Self::default() };
                Poll::Ready(None)
            }
        }
    }

    fn get(&mut self, spec: &BatchSpec, step: u64) -> Result<Option<SequenceBatch>, Lost> {
        if self.spec.as_ref() != Some(spec) {
            self.begin(spec)?;
            self.restart_at(step);
        }
        if self.wanted != step {
            self.restart_at(step);
        }
        self.ask_ahead()?;
        let answers = std::mem::take(&mut self.inbox.borrow_mut().answers);
        for answer in answers {
            match answer {
                Answer::Batch(tag, bytes) if tag.order == self.order => {
                    let batch = spec.read(&bytes).ok_or(Lost)?;
                    self.arrived.push((tag.step, batch));
                }
                Answer::Batch(..) => {} // of an earlier order
                Answer::Died(lost) => return Err(lost),
            }
        }
        let Some(place) = self.arrived.iter().position(|(arrived, _)| *arrived == step) else {
            return Ok(None);
        };
        self.wanted = step + 1;
        self.ask_ahead()?;
        Ok(Some(self.arrived.swap_remove(place).1))
    }

    fn begin(&mut self, spec: &BatchSpec) -> Result<(), Lost> {
        for _ in self.makers.len()..n_makers() {
            self.makers.push(Maker::spawn(Rc::clone(&self.inbox))?);
        }
        let text = serde_json::to_vec(spec).map_err(|_never| Lost)?;
        self.makers.iter().try_for_each(|maker| maker.post(text.clone()))?;
        self.spec = Some(spec.clone());
        Ok(())
    }

    fn restart_at(&mut self, step: u64) {
        self.order += 1;
        (self.wanted, self.asked) = (step, step);
        self.arrived.clear();
    }

    fn ask_ahead(&mut self) -> Result<(), Lost> {
        let n = self.makers.len() as u64;
        while self.asked < self.wanted + AHEAD * n {
            let tag = Tag { order: self.order, step: self.asked };
            self.makers[(self.asked % n) as usize].post(tag.to_bytes().to_vec())?;
            self.asked += 1;
        }
        Ok(())
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// Workers that make batches: one, or two where a core is left beside engine, page and browser. Each
/// keeps the pictures or objects that it has made, so more would take more memory.
fn n_makers() -> usize {
    let navigator = js_sys::Reflect::get(&js_sys::global(), &"navigator".into());
    let cores = navigator
        .and_then(|navigator| js_sys::Reflect::get(&navigator, &"hardwareConcurrency".into()))
        .ok()
        .and_then(|cores: JsValue| cores.as_f64());
    if cores.is_some_and(|cores| cores > 3.0) { 2 } else { 1 }
}
