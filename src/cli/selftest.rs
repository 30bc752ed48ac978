//! `seq-jepa selftest`: whether a device computes what the CPU computes.

use super::args::SelftestArgs;
use super::say::say;
use super::{Outcome, device};
use crate::engine::selftest;

/// Compares and prints a line a part; fails when one is beyond its tolerance.
pub(super) fn run(args: &SelftestArgs) -> Outcome {
    let device = device::open(args.device)?;
    let rows = pollster::block_on(selftest::compare(&device))
        .map_err(|why| format!("the device failed: {why}"))?;
    say!("{:16} {:>14} {:>10}", "", "relative error", "tolerance");
    for row in &rows {
        say!("{:16} {:>14.1e} {:>10.0e}", row.part, row.relative_error, row.tolerance);
    }
    let wrong: Vec<&str> =
        rows.iter().filter(|row| !row.passes()).map(|row| row.part.as_str()).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!(
        "this device computes otherwise: {}. Try again with `--unfused`: if that passes, a fused \
         operation is wrong on it; if not, its driver is",
        wrong.join(", ")
    ))
}
