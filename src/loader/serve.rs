//! The worker that makes batches.

use super::{TAG_BYTES, Tag};
use crate::world::{BatchSpec, World};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Makes what it is asked for, until the worker is terminated. A panic or a message that cannot be read
/// becomes an error of the worker, which the engine hears.
pub fn serve() {
    console_error_panic_hook::set_once();
    let mut shop: Option<(BatchSpec, Box<dyn World>)> = None;
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let bytes = Uint8Array::new(&message.data()).to_vec();
        match (&shop, Tag::read(&bytes).filter(|_| bytes.len() == TAG_BYTES)) {
            (Some((spec, world)), Some(tag)) => {
                let batch = spec.make(world.as_ref(), tag.step).to_bytes();
                post(&[&tag.to_bytes()[..], &batch].concat());
            }
            _ => shop = Some(open(&bytes).unwrap_or_else(|why| wasm_bindgen::throw_str(&why))),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // Lives as long as the worker.
    on_message.forget();
    post(&[]);
}

fn open(json: &[u8]) -> Result<(BatchSpec, Box<dyn World>), String> {
    let spec: BatchSpec = serde_json::from_slice(json).map_err(|why| why.to_string())?;
    let world = spec.world.build().map_err(|why| why.to_string())?;
    Ok((spec, world))
}

/// Posts bytes; they are handed over, not copied.
fn post(bytes: &[u8]) {
    let bytes = Uint8Array::from(bytes);
    let transfer = Array::of1(&bytes.buffer());
    if scope().post_message_with_transfer(bytes.unchecked_ref(), &transfer).is_err() {
        // The engine is gone; so is this worker in a moment.
        scope().close();
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
