//! `seq-jepa decoder`: a decoder for a checkpoint's latents, as a file of its own.

use super::args::DecoderArgs;
use super::say::say;
use super::{Outcome, device, files, worlds};
use crate::engine::run::frozen_of;
use crate::engine::{convert, decoder};
use crate::probe::exam::EvalSettings;
use pollster::block_on;

/// Fits a decoder and writes it.
pub(super) fn run(args: &DecoderArgs) -> Outcome {
    let device = device::open(args.device)?;
    let path = &args.checkpoint;
    let loaded = files::load_checkpoint(path, &device)?;
    let config = &loaded.header.config;
    let settings = EvalSettings {
        n_train_sequences: args.sequences,
        n_val_sequences: args.sequences.div_ceil(super::eval::TRAIN_PER_VAL),
        seed: args.seed,
        ..EvalSettings::online(config.n_observed)
    };
    settings.validate()?;
    worlds::needs_folders(config, &args.data)?;
    let world = worlds::build(&config.world, &args.data)?.shared();
    say!("{}", super::inspect::title(&loaded.header));
    say!("fitting a decoder: about a minute");
    let frozen = frozen_of(&loaded, &device);
    let fitted = block_on(crate::probe::decoder::decoder(&frozen, world.as_ref(), &settings))?;
    let bytes = decoder::write(&fitted, &convert::card(&loaded)).map_err(|why| why.to_string())?;
    let out = args.out.clone().unwrap_or_else(|| path.with_extension("decoder.safetensors"));
    files::write_whole(&out, &bytes)?;
    say!(
        "explains {:.1} % of the variance of held-out pixels (the mean picture: 0); {} bytes: {}",
        100.0 * fitted.r2,
        bytes.len(),
        out.display()
    );
    Ok(())
}
