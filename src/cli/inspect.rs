//! `seq-jepa inspect`: what a checkpoint says of itself. Reads the whole file, so that a damaged
//! one is told.

use super::args::InspectArgs;
use super::say::say;
use super::{Outcome, files, table};
use crate::engine::{convert, run};
use crate::train::checkpoint::{self, Header};
use burn::tensor::Device;

/// Prints the header, the last measurement and, if asked for, the tensors.
pub(super) fn run(args: &InspectArgs) -> Outcome {
    let path = &args.checkpoint;
    let located = |why: checkpoint::CheckpointError| format!("{why}: {}", path.display());
    let bytes = files::read_checkpoint(path)?;
    let loaded = checkpoint::load(&bytes, &Device::flex()).map_err(located)?;
    let card = convert::card(&loaded);
    let holds = match card.resumable {
        true => "full state: `train --resume` goes on with it",
        false => "weights only: for looking and measuring",
    };
    say!("{}", title(&loaded.header));
    say!("parameters  {}", card.n_parameters);
    say!("views       M = {} of {} px", card.n_observed, card.view_side_px);
    say!("holds       {holds}");
    say!("size        {} bytes", bytes.len());
    say!("recipe      {}", loaded.header.recipe);
    match run::measured(&loaded.header) {
        Some((step, report)) => {
            say!("\nmeasured at step {step}");
            table::print(&report);
        }
        None => say!("measured    never"),
    }
    if args.tensors {
        say!("");
        for tensor in checkpoint::tensors(&bytes).map_err(located)? {
            say!("{:56} {:4} {:?}", tensor.name, tensor.dtype, tensor.shape);
        }
    }
    Ok(())
}

/// A checkpoint in a line.
pub(super) fn title(header: &Header) -> String {
    let config = &header.config;
    let data = config.data.as_ref().map_or_else(String::new, |data| format!(" on {data}"));
    format!(
        "{} · {}{data} · step {} of {} · conditioning {} · seed {}",
        config.preset,
        config.world.word(),
        header.step,
        config.steps,
        config.model.conditioning.word(),
        config.seed
    )
}
