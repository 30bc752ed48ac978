//! `seq-jepa eval`: the whole evaluation of a checkpoint, beside an untrained model.

use super::args::EvalArgs;
use super::say::say;
use super::{Outcome, device, files, table, worlds};
use crate::engine::run::{frozen_of, untrained_of};
use crate::probe::evaluate::evaluate;
use crate::probe::exam::EvalSettings;
use crate::probe::report::EvalReport;
use crate::train::checkpoint::Header;
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use std::io::IsTerminal as _;

/// So many training sequences stand for one held-out sequence.
pub(super) const TRAIN_PER_VAL: usize = 3;

/// Measures a checkpoint and prints the report.
pub(super) fn run(args: &EvalArgs) -> Outcome {
    let device = device::open(args.device)?;
    let loaded = files::load_checkpoint(&args.checkpoint, &device)?;
    let config = &loaded.header.config;
    let settings = EvalSettings {
        n_trials: args.trials,
        n_train_sequences: args.sequences,
        n_val_sequences: args.sequences.div_ceil(TRAIN_PER_VAL),
        seed: args.seed,
        ..EvalSettings::full(args.views.unwrap_or(config.n_observed))
    };
    settings.validate()?;
    worlds::needs_folders(config, &args.data)?;
    let (data, _) = worlds::notes(&args.data)?;
    let world = worlds::build(&config.world, &args.data)?.shared();
    let (frozen, untrained) = (frozen_of(&loaded, &device), untrained_of(config, &device)?);
    let stages = Progress::new();
    let mut tell = |done, all| stages.tell(done, all);
    let evaluation = evaluate(&frozen, Some(&untrained), world.as_ref(), &settings, &mut tell);
    let report = block_on(evaluation)?.report;
    stages.bar.finish_and_clear();
    match args.json {
        true => say!("{}", json(&loaded.header, data.as_deref(), &report)?),
        false => {
            say!("{}", super::inspect::title(&loaded.header));
            say!("measured on {}", data.as_deref().unwrap_or("its own procedural world"));
            table::print(&report);
        }
    }
    Ok(())
}

/// The report as one JSON object, with what was measured.
fn json(header: &Header, data: Option<&str>, report: &EvalReport) -> Result<String, String> {
    let config = &header.config;
    let mut value = serde_json::to_value(report).map_err(|why| why.to_string())?;
    value["data"] = data.into();
    value["checkpoint"] = serde_json::json!({
        "preset": config.preset,
        "world": config.world.word(),
        "data": config.data,
        "step": header.step,
        "steps": config.steps,
        "conditioning": config.model.conditioning.word(),
        "seed": config.seed,
    });
    Ok(value.to_string())
}

/// Stages done, on standard error: a bar in a terminal, a line each elsewhere.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{bar:24} {pos}/{len} · {elapsed} · measuring";
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
        Self { bar }
    }

    fn tell(&self, done: u32, all: u32) {
        self.bar.set_length(u64::from(all));
        self.bar.set_position(u64::from(done));
        if !std::io::stderr().is_terminal() {
            eprintln!("measured {done} of {all}");
        }
    }
}
