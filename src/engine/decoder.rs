//! Decoders as files: safetensors beside the checkpoint whose latents they were fitted to.

use super::Refusal;
use crate::protocol::{ModelCard, ProblemKind};
use crate::readout::{Decoder, Dense};
use crate::train::checkpoint::{self, CheckpointError, Content, Entry, METADATA_KEY};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

/// Version of the format; others are refused.
pub const SCHEMA: &str = "seq-jepa-decoder/1";

/// Most layers that are looked for.
const N_LAYERS_MAX: usize = 8;

/// Largest side of what a decoder draws.
const SIDE_PX_MAX: usize = 128;

/// What a file says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    schema: String,
    of: Of,
    side_px: usize,
    r2: f32,
    widths: Vec<usize>,
}

/// The weights that it was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Of {
    world: String,
    preset: String,
    conditioning: String,
    seed: u64,
    step: u64,
}

impl Of {
    fn card(card: &ModelCard) -> Self {
        Self {
            world: card.world.clone(),
            preset: card.preset.clone(),
            conditioning: card.conditioning.clone(),
            seed: card.seed,
            step: card.step,
        }
    }
}

impl std::fmt::Display for Of {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { world, preset, conditioning, seed, step } = self;
        write!(f, "{world} {preset}, conditioning {conditioning}, seed {seed}, step {step}")
    }
}

/// The bytes of a decoder's file.
///
/// # Errors
/// When a value is not finite.
pub fn write(decoder: &Decoder, card: &ModelCard) -> Result<Vec<u8>, CheckpointError> {
    let mut entries = Vec::new();
    let mut widths = Vec::new();
    for (i, layer) in decoder.layers.iter().enumerate() {
        let n_out = layer.bias.len();
        let n_in = layer.weight.len() / n_out.max(1);
        widths.push(n_in);
        let [weight, bias] = names(i);
        entries.push(Entry {
            name: weight,
            shape: vec![n_out, n_in],
            values: layer.weight.clone(),
        });
        entries.push(Entry { name: bias, shape: vec![n_out], values: layer.bias.clone() });
    }
    widths.extend(decoder.layers.last().map(|layer| layer.bias.len()));
    let Decoder { side_px, r2, .. } = *decoder;
    let header = Header { schema: SCHEMA.to_owned(), of: Of::card(card), side_px, r2, widths };
    let json = serde_json::to_string(&header).unwrap_or_default();
    checkpoint::write(json, &entries, Content::Weights)
}

/// A decoder from its file, if it is the open model's.
///
/// # Errors
/// A sentence about what is wrong with the file, or whose it is.
pub fn read(bytes: &[u8], card: &ModelCard, z_dim: usize) -> Result<Decoder, Refusal> {
    let refused = |why: String| Refusal::new(ProblemKind::Checkpoint, format!("decoder: {why}"));
    let no_file = |why| refused(format!("not a whole safetensors file ({why})"));
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(no_file)?;
    let json = metadata.metadata().as_ref().and_then(|all| all.get(METADATA_KEY));
    let header: Header = json
        .and_then(|json| serde_json::from_str(json).ok())
        .filter(|header: &Header| header.schema == SCHEMA)
        .ok_or_else(|| {
            refused(format!("expected a file of schema `{SCHEMA}`, that `seq-jepa decoder` made"))
        })?;
    let of = Of::card(card);
    if header.of != of {
        let whose = format!("it was fitted to {}, and the model that looks is {of}", header.of);
        return Err(refused(whose));
    }
    let Header { side_px, r2, widths, .. } = header;
    let n_out = side_px.saturating_mul(side_px).saturating_mul(3);
    let fits = side_px <= SIDE_PX_MAX
        && (2..=N_LAYERS_MAX).contains(&widths.len())
        && widths.first() == Some(&z_dim)
        && widths.last() == Some(&n_out);
    if !fits {
        let expected = format!("expected widths from {z_dim} to {n_out}, found {widths:?}");
        return Err(refused(expected));
    }
    let file = SafeTensors::deserialize(bytes).map_err(no_file)?;
    let layer = |(i, pair): (usize, &[usize])| {
        let [weight, bias] = names(i);
        Ok(Dense {
            weight: checkpoint::values(&file, &weight, &[pair[1], pair[0]])?,
            bias: checkpoint::values(&file, &bias, &[pair[1]])?,
        })
    };
    let layers: Result<Vec<Dense>, CheckpointError> =
        widths.windows(2).enumerate().map(layer).collect();
    Ok(Decoder { side_px, layers: layers?, r2 })
}

fn names(layer: usize) -> [String; 2] {
    ["weight", "bias"].map(|part| format!("decoder.{layer}.{part}"))
}
