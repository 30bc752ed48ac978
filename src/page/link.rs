//! A handle to one worker: bytes down, bytes up, and its death told once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::protocol::{self, Command, DeviceKind, Event, VERSION};

/// What arrives from a worker.
pub enum Incoming {
    /// The engine speaks.
    Event(Box<Event>),
    /// The worker is gone, with what is known of the reason.
    Died(String),
}

/// A worker with an engine. Dropping the handle terminates it.
pub struct Link {
    worker: Worker,
    /// Commands that wait for the worker's first word; `None` after it.
    waiting: Rc<RefCell<Option<Vec<Vec<u8>>>>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
    _on_garbled: Closure<dyn FnMut(MessageEvent)>,
}

impl Link {
    /// Starts a worker of a kind; `hear` gets everything it says.
    ///
    /// # Errors
    /// When the browser refuses to start one.
    pub fn spawn(kind: DeviceKind, hear: impl Fn(Incoming) + 'static) -> Result<Self, String> {
        let file = match kind {
            DeviceKind::Cpu => "./worker_cpu_loader.js",
            DeviceKind::Gpu => "./worker_gpu_loader.js",
        };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(file, &options).map_err(|why| told(&why))?;
        let (hear, alive) = (Rc::new(hear), Rc::new(Cell::new(true)));
        let waiting = Rc::new(RefCell::new(Some(Vec::new())));
        let on_message = on_message(&worker, &hear, &waiting);
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = on_error(&hear, &alive);
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let on_garbled = on_garbled(&hear, &alive);
        worker.set_onmessageerror(Some(on_garbled.as_ref().unchecked_ref()));
        Ok(Self {
            worker,
            waiting,
            _on_message: on_message,
            _on_error: on_error,
            _on_garbled: on_garbled,
        })
    }

    /// Sends a command; before the worker's first word it waits.
    ///
    /// # Errors
    /// When the command is too large or the browser refuses it.
    pub fn post(&self, command: &Command) -> Result<(), String> {
        let bytes = protocol::encode(command)?;
        match self.waiting.borrow_mut().as_mut() {
            Some(waiting) => {
                waiting.push(bytes);
                Ok(())
            }
            None => transfer(&self.worker, &bytes),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}

type Waiting = Rc<RefCell<Option<Vec<Vec<u8>>>>>;

fn on_message<F: Fn(Incoming) + 'static>(
    worker: &Worker,
    hear: &Rc<F>,
    waiting: &Waiting,
) -> Closure<dyn FnMut(MessageEvent)> {
    let (worker, hear, waiting) = (worker.clone(), Rc::clone(hear), Rc::clone(waiting));
    Closure::new(move |message: MessageEvent| {
        // The first word means that the worker listens: messages sent before would be lost.
        let queue = waiting.borrow_mut().take();
        if let Some(queue) = queue {
            let hello = protocol::encode(&Command::Hello { version: VERSION });
            for bytes in hello.into_iter().chain(queue) {
                if let Err(why) = transfer(&worker, &bytes) {
                    hear(Incoming::Died(why));
                    return;
                }
            }
        }
        let Some(bytes) = bytes_of(&message.data()) else { return };
        match protocol::decode::<Event>(&bytes) {
            Ok(Event::Fatal { message }) => hear(Incoming::Died(message)),
            Ok(event) => hear(Incoming::Event(Box::new(event))),
            Err(why) => hear(Incoming::Died(why)),
        }
    })
}

fn on_error<F: Fn(Incoming) + 'static>(
    hear: &Rc<F>,
    alive: &Rc<Cell<bool>>,
) -> Closure<dyn FnMut(ErrorEvent)> {
    let (hear, alive) = (Rc::clone(hear), Rc::clone(alive));
    Closure::new(move |event: ErrorEvent| {
        event.prevent_default();
        if alive.replace(false) {
            // A script that does not arrive gives an event without these fields.
            let text = js_sys::Reflect::get(&event, &"message".into()).unwrap_or_default();
            hear(Incoming::Died(text.as_string().unwrap_or_default()));
        }
    })
}

fn on_garbled<F: Fn(Incoming) + 'static>(
    hear: &Rc<F>,
    alive: &Rc<Cell<bool>>,
) -> Closure<dyn FnMut(MessageEvent)> {
    let (hear, alive) = (Rc::clone(hear), Rc::clone(alive));
    Closure::new(move |_| {
        if alive.replace(false) {
            hear(Incoming::Died("a message could not be read".to_owned()));
        }
    })
}

/// The bytes of a message, whether it carries an array or its buffer.
fn bytes_of(data: &JsValue) -> Option<Vec<u8>> {
    if let Some(array) = data.dyn_ref::<js_sys::Uint8Array>() {
        return Some(array.to_vec());
    }
    data.dyn_ref::<js_sys::ArrayBuffer>().map(|buffer| js_sys::Uint8Array::new(buffer).to_vec())
}

fn transfer(worker: &Worker, bytes: &[u8]) -> Result<(), String> {
    let array = js_sys::Uint8Array::from(bytes);
    let handed_over = js_sys::Array::of1(&array.buffer());
    worker.post_message_with_transfer(&array, &handed_over).map_err(|why| told(&why))
}

/// What a JavaScript error says.
pub fn told(why: &JsValue) -> String {
    let message = js_sys::Reflect::get(why, &"message".into()).ok().and_then(|m| m.as_string());
    message.or_else(|| why.as_string()).unwrap_or_else(|| "the browser gave no reason".to_owned())
}
