//! The browser's dedicated worker round an engine: bytes ↔ commands and events.
//!
//! Built twice, as `worker_cpu` (burn flex) and `worker_gpu` (burn wgpu). The first event is
//! `Ready`, sent when the device is there; messages sent earlier would be lost.

pub mod adapter;
mod host;

use crate::engine::Engine;
use crate::protocol::{self, Command, DeviceReport, Event};
use async_channel::{Receiver, Sender};
use burn::tensor::Device;
use host::Browser;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

// SAFETY: the linker makes this symbol in every wasm module that has constructors.
#[expect(unsafe_code, reason = "the linker's own constructor runner has no safe name")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs the module's static constructors once.
///
/// Without this explicit call the linker wraps every export so that each call from JavaScript runs
/// all of them again, which takes over 95 % of a training step. A test looks for those wrappers.
#[expect(unsafe_code, reason = "see above")]
pub fn run_constructors() {
    // SAFETY: called once, first thing in the module's start function, before anything that the
    // constructors register is used.
    unsafe { __wasm_call_ctors() }
}

/// First thing in a worker: constructors, then panics as events.
pub fn start() {
    run_constructors();
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        host::post(&Event::Fatal { message: info.to_string() });
    }));
}

/// Serves the page until the worker is terminated.
pub async fn serve(device: Device, report: DeviceReport) {
    let (sender, inbox) = async_channel::unbounded();
    listen(sender);
    host::post(&Event::Ready { version: protocol::VERSION, device: report.clone() });
    run(device, report, inbox).await;
}

/// Tells the page that there is no engine here.
pub fn give_up(message: String) {
    host::post(&Event::Fatal { message });
}

async fn run(device: Device, report: DeviceReport, inbox: Receiver<Command>) {
    match Browser::new() {
        Ok(host) => Engine::new(host, device, report).run(inbox).await,
        Err(why) => give_up(format!("the browser gives no message channel: {why:?}")),
    }
}

/// Puts what the page sends into the inbox.
fn listen(sender: Sender<Command>) {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let bytes = js_sys::Uint8Array::new(&message.data()).to_vec();
        let taken = protocol::decode::<Command>(&bytes)
            .and_then(|command| sender.try_send(command).map_err(|why| why.to_string()));
        if let Err(problem) = taken {
            host::post(&Event::Refused { problem, kind: protocol::ProblemKind::Version });
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // Lives as long as the worker.
    on_message.forget();
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
