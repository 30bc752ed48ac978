//! The page's CPU engine: burn flex in a dedicated worker.

use seq_jepa::protocol::{DeviceKind, DeviceReport};
use seq_jepa::worker;

fn main() {
    worker::start();
    let report = DeviceReport {
        kind: DeviceKind::Cpu,
        name: "flex, one thread".to_owned(),
        software: false,
    };
    wasm_bindgen_futures::spawn_local(worker::serve(burn::tensor::Device::flex(), report));
}
