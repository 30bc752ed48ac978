//! A handle to one worker that makes batches.

use super::{Answer, Inbox, Lost, TAG_BYTES, Tag};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Beside the engine's own files.
const FILE: &str = "./worker_views_loader.js";

/// Messages that wait for the worker's first word; `None` after it. Sent earlier they would be lost.
type Waiting = Rc<RefCell<Option<Vec<Vec<u8>>>>>;

/// A worker that makes batches. Dropping the handle terminates it.
pub(super) struct Maker {
    worker: Worker,
    waiting: Waiting,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Maker {
    /// Starts a worker whose answers go to `inbox`.
    pub(super) fn spawn(inbox: Rc<RefCell<Inbox>>) -> Result<Self, Lost> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(FILE, &options).map_err(Lost::to)?;
        let waiting: Waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let on_message = on_message(&worker, &waiting, Rc::clone(&inbox));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            // Else it would be an error of the engine, too.
            event.prevent_default();
            inbox.borrow_mut().push(Answer::Died(Lost::to(event.into())));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { worker, waiting, _on_message: on_message, _on_error: on_error })
    }

    pub(super) fn post(&self, bytes: Vec<u8>) -> Result<(), Lost> {
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => {
                waiting.push(bytes);
                Ok(())
            }
            None => send(&self.worker, &bytes),
        }
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn on_message(
    worker: &Worker,
    waiting: &Waiting,
    inbox: Rc<RefCell<Inbox>>,
) -> Closure<dyn FnMut(MessageEvent)> {
    let (worker, waiting) = (worker.clone(), Rc::clone(waiting));
    Closure::new(move |message: MessageEvent| {
        for bytes in waiting.borrow_mut().take().into_iter().flatten() {
            if let Err(lost) = send(&worker, &bytes) {
                inbox.borrow_mut().push(Answer::Died(lost));
            }
        }
        let mut bytes = js_sys::Uint8Array::new(&message.data()).to_vec();
        // Its first word is no batch.
        if let Some(tag) = Tag::read(&bytes) {
            inbox.borrow_mut().push(Answer::Batch(tag, bytes.split_off(TAG_BYTES)));
        }
    })
}

fn send(worker: &Worker, bytes: &[u8]) -> Result<(), Lost> {
    worker.post_message(&js_sys::Uint8Array::from(bytes)).map_err(Lost::to)
}
