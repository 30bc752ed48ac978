//! The page's GPU engine: burn wgpu on WebGPU in a dedicated worker.

use burn::tensor::Device;
use seq_jepa::worker;

/// Operations that are submitted together: small, so that no submission runs for long.
const TASKS_MAX: usize = 32;

fn main() {
    worker::start();
    wasm_bindgen_futures::spawn_local(async {
        let report = match worker::adapter::report().await {
            Ok(report) => report,
            Err(why) => return worker::give_up(why),
        };
        match Device::wgpu_options().tasks_max(TASKS_MAX).init_with_setup_async().await {
            Ok((device, setup)) => {
                // A read that waits for a lost device may wait for ever: the loss itself is the news.
                setup.device.set_device_lost_callback(|reason, message| {
                    worker::give_up(format!("the GPU was lost ({reason:?}): {message}"));
                });
                worker::serve(device, report).await;
            }
            Err(why) => worker::give_up(format!("the GPU could not be opened: {why:?}")),
        }
    });
}
