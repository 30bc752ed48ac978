//! How an engine in a worker speaks and breathes.

use super::scope;
use crate::engine::Host;
use crate::protocol::{self, Event};
use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

/// The worker's own scope as a host.
#[derive(Debug)]
pub(super) struct Browser;

impl Host for Browser {
    fn send(&self, event: Event) {
        post(&event);
    }

    async fn breathe(&self) {
        // A timer, not a microtask: only then do messages of the page get their turn.
        let turn = Promise::new(&mut |resolve: Function, _reject| {
            scope().set_timeout_with_callback(&resolve).ok();
        });
        JsFuture::from(turn).await.ok();
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
