//! How an engine in a worker speaks and breathes.

use super::scope;
use crate::engine::Host;
use crate::loader::Loader;
use crate::protocol::{self, Event};
use crate::world::{BatchSpec, SequenceBatch};
use js_sys::{Array, Function, Promise, Uint8Array};
use std::cell::RefCell;
use std::future::poll_fn;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

/// The worker's own scope as a host.
#[derive(Debug)]
pub(super) struct Browser {
    /// To itself: a message is a turn for everybody else's messages.
    turns: MessageChannel,
    loader: RefCell<Loader>,
}

impl Browser {
    /// # Errors
    /// When the browser refuses a channel.
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self { turns: MessageChannel::new()?, loader: RefCell::default() })
    }
}

impl Host for Browser {
    fn send(&self, event: Event) {
        post(&event);
    }

    async fn breathe(&self) {
        // A message, not a microtask: only then do messages of the page get their turn. Not a timer:
        // browsers hold those up for four milliseconds once they follow each other.
        let turn = Promise::new(&mut |resolve: Function, _reject| {
            self.turns.port1().set_onmessage(Some(&resolve));
            self.turns.port2().post_message(&JsValue::NULL).ok();
        });
        JsFuture::from(turn).await.ok();
    }

    async fn batch(&self, spec: &BatchSpec, step: u64) -> Option<SequenceBatch> {
        poll_fn(|context| self.loader.borrow_mut().poll(spec, step, context)).await
    }
}

/// Posts an event; its bytes are handed over, not copied.
pub(super) fn post(event: &Event) {
    let bytes = match protocol::encode(event) {
        Ok(bytes) => bytes,
        Err(message) => match protocol::encode(&Event::Fatal { message }) {
            Ok(bytes) => bytes,
            Err(_too_large) => return,
        },
    };
    let bytes = Uint8Array::from(bytes.as_slice());
    let transfer = Array::of1(&bytes.buffer());
    if scope().post_message_with_transfer(bytes.unchecked_ref(), &transfer).is_err() {
        // The page is gone; so is this worker in a moment.
        scope().close();
    }
}
