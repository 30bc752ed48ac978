//! A training step and encoding 64 views in a browser, driven from JavaScript round by round: what
//! `./dev bench peers` sets beside other libraries' pages. Built once with `cpu` and once with `gpu`.

mod cases;

use burn::tensor::Device;
use cases::Bench;
use seq_jepa::model::{Mode, read};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_time::Instant;

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

fn main() {
    seq_jepa::worker::run_constructors();
    console_error_panic_hook::set_once();
}

/// Prepares a case; `unfused` composes every operation of burn's own.
#[wasm_bindgen]
pub async fn start(name: String, unfused: bool) -> Result<usize, String> {
    seq_jepa::fused::prefer(unfused);
    let device = open().await?;
    let bench = Bench::new(&name, &device)?;
    let n_parameters = bench.trainer.n_parameters();
    BENCH.replace(Some(bench));
    Ok(n_parameters)
}

/// One step; its loss, and the milliseconds until it was submitted.
#[wasm_bindgen]
pub async fn step() -> Result<Vec<f64>, String> {
    let mut bench = BENCH.take().ok_or("start first")?;
    let start = Instant::now();
    let pending = bench.trainer.submit(bench.batch.clone());
    let submitted = start.elapsed();
    let numbers = bench.trainer.finish(pending).await.map_err(|why| why.to_string());
    BENCH.replace(Some(bench));
    Ok(vec![f64::from(numbers?.loss), submitted.as_secs_f64() * 1e3])
}

/// Encodes 64 views; how many numbers came back.
#[wasm_bindgen]
pub async fn encode() -> Result<usize, String> {
    let bench = BENCH.take().ok_or("start first")?;
    let z = read::flat(bench.online.encode(bench.views.clone(), Mode::Eval)).await;
    BENCH.replace(Some(bench));
    z.map(|z| z.len())
}

#[cfg(not(feature = "gpu"))]
async fn open() -> Result<Device, String> {
    Ok(Device::flex())
}

#[cfg(feature = "gpu")]
async fn open() -> Result<Device, String> {
    let options = Device::wgpu_options().tasks_max(32);
    options.init_async().await.map_err(|why| format!("{why:?}"))
}
