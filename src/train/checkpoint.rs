//! The whole run as one safetensors file, and back.
//!
//! Tensors stand under `model.`, `target.`, `optim.first.`, `optim.second.` and `probe.`, by their
//! official names and in the official layout ([`crate::model::weights`]); everything else is JSON
//! under the metadata key `seq-jepa`. A file without `optim.` tensors holds weights only.

use super::config::RunConfig;
use super::flat::FlatLayout;
use super::learner::Learner;
use super::method::Method;
use super::optim::AdamW;
use super::trainer::State;
use crate::model::weights::{self, Slot};
use crate::model::{SeqJepa, read};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Version of the format; other versions are refused.
pub const SCHEMA: &str = "seq-jepa/1";

/// Key of the JSON in the file's metadata.
pub const METADATA_KEY: &str = "seq-jepa";

/// Largest file that is read: far above any preset's full state.
pub const FILE_BYTES_MAX: usize = 2 << 30;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// The run.
    pub config: RunConfig,
    /// Steps done.
    pub step: u64,
    /// The last measurement, as the probe made it.
    pub metrics: serde_json::Value,
    /// The command line that makes or continues this run.
    pub recipe: String,
}

/// Values fitted on frozen features, kept beside the weights for the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProbeTensors {
    /// Mean target latent over training views `[D]`; empty when not measured.
    pub latent_mean: Vec<f32>,
    /// Path heads of M = 1, 2, …, each `[A, E + A + 1]` row-major.
    pub path_heads: Vec<Vec<f32>>,
}

/// What a file is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Weights, moments and probes in `f32`: resuming gives the same run.
    FullState,
    /// Weights and probes in `f16`: half the size, enough to look.
    Weights,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointError(String);

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "checkpoint: {}", self.0)
    }
}

impl std::error::Error for CheckpointError {}

fn problem<T>(sentence: impl Into<String>) -> Result<T, CheckpointError> {
    Err(CheckpointError(sentence.into()))
}

/// The bytes of a checkpoint.
///
/// # Errors
/// When the device cannot be read or a value is not finite: such a file is never written.
pub async fn save<L: Learner>(
    header: &Header,
    state: &State<L>,
    probes: &ProbeTensors,
    content: Content,
) -> Result<Vec<u8>, CheckpointError> {
    let mut named = Named::default();
    named.add_module("model.", &state.online);
    named.add_module("target.", &state.target);
    if content == Content::FullState {
        let layout = FlatLayout::of(&state.online);
        named.add_flat("optim.first.", &layout, &state.optimizer.first);
        named.add_flat("optim.second.", &layout, &state.optimizer.second);
    }
    let mut files = named.read().await?;
    files.extend(probe_entries(header, probes));
    let json = serde_json::to_string(header).map_err(|why| CheckpointError(why.to_string()))?;
    write(json, &files, content)
}

/// What a file says of itself, without looking at its tensors.
///
/// # Errors
/// When it is not such a file or of another schema.
pub fn peek(bytes: &[u8]) -> Result<Header, CheckpointError> {
    if bytes.len() > FILE_BYTES_MAX {
        return problem(format!("{} bytes, expected at most {FILE_BYTES_MAX}", bytes.len()));
    }
    let metadata = match SafeTensors::read_metadata(bytes) {
        Ok((_, metadata)) => metadata,
        Err(why) => return problem(format!("not a whole safetensors file ({why})")),
    };
    let Some(json) = metadata.metadata().as_ref().and_then(|all| all.get(METADATA_KEY)) else {
        return problem(format!(
            "a safetensors file, but without `{METADATA_KEY}` metadata: expected one that \
             `seq-jepa train` or the page saved"
        ));
    };
    #[derive(Deserialize)]
    struct Schema {
        schema: String,
    }
    match serde_json::from_str::<Schema>(json) {
        Ok(found) if found.schema == SCHEMA => {}
        Ok(found) => {
            return problem(format!("schema: expected `{SCHEMA}`, found `{}`", found.schema));
        }
        Err(why) => return problem(format!("metadata is not readable ({why})")),
    }
    let header: Header = match serde_json::from_str(json) {
        Ok(header) => header,
        Err(why) => return problem(format!("metadata is not readable ({why})")),
    };
    header.config.validate().map_err(|why| CheckpointError(format!("metadata: {why}")))?;
    if header.step > header.config.steps {
        return problem(format!(
            "metadata: step: expected at most {}, found {}",
            header.config.steps, header.step
        ));
    }
    Ok(header)
}

/// One tensor of a file, without its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorLine {
    /// Its name.
    pub name: String,
    /// Its number format, for instance `F32`.
    pub dtype: String,
    /// Its shape in the official layout.
    pub shape: Vec<usize>,
}

/// Every tensor of a file by name.
///
/// # Errors
/// When it is not a whole safetensors file.
pub fn tensors(bytes: &[u8]) -> Result<Vec<TensorLine>, CheckpointError> {
    let file = match SafeTensors::deserialize(bytes) {
        Ok(file) => file,
        Err(why) => return problem(format!("not a whole safetensors file ({why})")),
    };
    let line = |(name, view): (&str, TensorView<'_>)| TensorLine {
        name: name.to_owned(),
        dtype: format!("{:?}", view.dtype()),
        shape: view.shape().to_vec(),
    };
    let mut lines: Vec<TensorLine> = file.iter().map(line).collect();
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(lines)
}

/// A file's contents on a device.
#[derive(Debug)]
pub struct Loaded<L: Learner = SeqJepa> {
    /// What it says of itself.
    pub header: Header,
    /// Online model on the autodiff device.
    pub online: L,
    /// Target encoder on the autodiff device.
    pub target: L::Follower,
    /// Moments; `None` in a file of weights.
    pub optimizer: Option<AdamW>,
    /// Probe values.
    pub probes: ProbeTensors,
}

impl<L: Learner> Loaded<L> {
    /// The state to go on from.
    ///
    /// # Errors
    /// When the file holds weights only.
    pub fn into_state(self) -> Result<(Header, State<L>), CheckpointError> {
        let Some(optimizer) = self.optimizer else {
            return problem(
                "holds weights only and cannot go on training: expected a file with the \
                 optimizer's moments",
            );
        };
        let step = self.header.step;
        Ok((self.header, State { online: self.online, target: self.target, optimizer, step }))
    }
}

/// Reads a whole file of seq-JEPA. Nothing is kept when anything in it is wrong.
///
/// # Errors
/// A sentence that names the tensor, what is expected and what was found.
pub fn load(bytes: &[u8], device: &Device) -> Result<Loaded, CheckpointError> {
    let method = peek(bytes)?.config.method;
    if method != Method::SeqJepa {
        return problem(format!(
            "holds a network of {}, a baseline of `seq-jepa bench`: expected one of seq-JEPA",
            method.title()
        ));
    }
    load_as(bytes, device)
}

/// Reads a whole file of any learner.
///
/// # Errors
/// As [`load`].
pub fn load_as<L: Learner>(bytes: &[u8], device: &Device) -> Result<Loaded<L>, CheckpointError> {
    let header = peek(bytes)?;
    let file = match SafeTensors::deserialize(bytes) {
        Ok(file) => file,
        Err(why) => return problem(format!("not a whole safetensors file ({why})")),
    };
    // A few bytes of settings may describe a network that no memory holds.
    let model = &header.config.model;
    let n_min = match header.config.method {
        Method::SeqJepa => model.n_weights_min(),
        _ => model.encoder.n_weights_min(),
    };
    let bytes_min = n_min.saturating_mul(2);
    if bytes_min > bytes.len() as u64 {
        return problem(format!(
            "metadata describes a network of {bytes_min} bytes or more: expected a file of that \
             size, found {} bytes",
            bytes.len()
        ));
    }
    let autodiff = device.clone().autodiff();
    let empty = L::new(&header.config, &autodiff);
    let target = empty.follower();
    let layout = FlatLayout::of(&empty);
    let from = |prefix: &'static str| {
        let file = &file;
        move |slot: &Slot| {
            let name = format!("{prefix}{}", slot.name.trim_start_matches("target_encoder."));
            values(file, &name, &slot.shape).map_err(|why| why.0)
        }
    };
    let online = weights::fill(empty, &autodiff, from("model.")).map_err(CheckpointError)?;
    let target = weights::fill(target, &autodiff, from("target.")).map_err(CheckpointError)?;
    let full = file.names().iter().any(|name| name.starts_with("optim."));
    let optimizer = if full {
        let flat = |prefix| {
            let value = from(prefix);
            layout.fill(device, |slot| value(slot).map(|values| slot.to_burn(values)))
        };
        let first = flat("optim.first.").map_err(CheckpointError)?;
        let second = flat("optim.second.").map_err(CheckpointError)?;
        Some(AdamW::from_moments(&layout, first, second, header.step, device))
    } else {
        None
    };
    let probes = probe_tensors(&file, &header)?;
    Ok(Loaded { header, online, target, optimizer, probes })
}

/// One tensor of a file as `f32` in the official order.
///
/// # Errors
/// When it is missing, of another shape or format, or not finite.
pub fn values(
    file: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
) -> Result<Vec<f32>, CheckpointError> {
    let Ok(view) = file.tensor(name) else {
        return problem(format!("tensor `{name}`: expected shape {shape:?}, found none"));
    };
    if view.shape() != shape {
        return problem(format!(
            "tensor `{name}`: expected shape {shape:?}, found {:?}",
            view.shape()
        ));
    }
    let values: Vec<f32> = match view.dtype() {
        Dtype::F32 => view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
        Dtype::F16 => view
            .data()
            .chunks_exact(2)
            .map(|b| half::f16::from_le_bytes([b[0], b[1]]).to_f32())
            .collect(),
        other => return problem(format!("tensor `{name}`: expected F32 or F16, found {other:?}")),
    };
    if let Some(place) = values.iter().position(|value| !value.is_finite()) {
        return problem(format!("tensor `{name}`: value {place} is not finite"));
    }
    // Their square roots are taken.
    let squares = name.ends_with("running_var") || name.starts_with("optim.second.");
    match values.iter().position(|value| squares && *value < 0.0) {
        Some(place) => problem(format!(
            "tensor `{name}`: value {place}: expected 0 or more, found {}",
            values[place]
        )),
        None => Ok(values),
    }
}

/// One tensor of a file to be.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

impl Entry {
    /// As the file holds it. Half precision ends at 65,504, which a running variance may pass: such
    /// a tensor stays in `f32`.
    fn bytes(&self, content: Content) -> (Dtype, Vec<u8>) {
        let fits = self.values.iter().all(|value| half::f16::from_f32(*value).is_finite());
        if content == Content::Weights && fits {
            let halves = self.values.iter().map(|value| half::f16::from_f32(*value));
            (Dtype::F16, halves.flat_map(half::f16::to_le_bytes).collect())
        } else {
            (Dtype::F32, self.values.iter().flat_map(|value| value.to_le_bytes()).collect())
        }
    }
}

/// Tensors on the device with their places in the file.
#[derive(Default)]
struct Named {
    places: Vec<(String, Slot)>,
    tensors: Vec<Tensor<1>>,
}

impl Named {
    fn add_module<M: Module>(&mut self, prefix: &str, module: &M) {
        for (slot, tensor) in weights::tensors(module) {
            let name = format!("{prefix}{}", slot.name.trim_start_matches("target_encoder."));
            self.places.push((name, slot));
            self.tensors.push(tensor.inner());
        }
    }

    fn add_flat(&mut self, prefix: &str, layout: &FlatLayout, flat: &Tensor<1>) {
        for (place, slot) in layout.places() {
            self.places.push((format!("{prefix}{}", slot.name), slot.clone()));
            self.tensors.push(flat.clone().slice(place));
        }
    }

    async fn read(self) -> Result<Vec<Entry>, CheckpointError> {
        let read = read::flats(self.tensors).await.map_err(CheckpointError)?;
        let entries = self.places.into_iter().zip(read).map(|((name, slot), values)| Entry {
            name,
            values: slot.to_official(values),
            shape: slot.shape,
        });
        Ok(entries.collect())
    }
}

fn probe_entries(header: &Header, probes: &ProbeTensors) -> Vec<Entry> {
    let action_dim = header.config.model.action_dim;
    let entry = |name: String, rows: usize, values: &Vec<f32>| Entry {
        name,
        shape: vec![rows, values.len() / rows.max(1)],
        values: values.clone(),
    };
    let heads = probes.path_heads.iter().enumerate();
    let heads =
        heads.map(|(index, head)| entry(format!("probe.path.{}", index + 1), action_dim, head));
    let mean = &probes.latent_mean;
    let mean = (!mean.is_empty()).then(|| entry("probe.latent_mean".to_owned(), 1, mean));
    heads.chain(mean).collect()
}

fn probe_tensors(file: &SafeTensors<'_>, header: &Header) -> Result<ProbeTensors, CheckpointError> {
    let model = &header.config.model;
    let has = |name: &str| file.names().contains(&name);
    let mut probes = ProbeTensors::default();
    if has("probe.latent_mean") {
        probes.latent_mean = values(file, "probe.latent_mean", &[1, model.encoder.z_dim()])?;
    }
    let width = model.z_agg_dim() + model.action_dim + 1;
    for n_observed in 1.. {
        let name = format!("probe.path.{n_observed}");
        if !has(&name) {
            break;
        }
        probes.path_heads.push(values(file, &name, &[model.action_dim, width])?);
    }
    Ok(probes)
}

/// The bytes of a safetensors file with `json` as its metadata.
///
/// # Errors
/// When a value is not finite or does not fill its shape.
pub fn write(
    json: String,
    entries: &[Entry],
    content: Content,
) -> Result<Vec<u8>, CheckpointError> {
    let mut parts = Vec::new();
    for entry in entries {
        if let Some(place) = entry.values.iter().position(|value| !value.is_finite()) {
            return problem(format!(
                "tensor `{}`: value {place} is not finite, so nothing was written",
                entry.name
            ));
        }
        parts.push(entry.bytes(content));
    }
    let mut views = Vec::new();
    for (entry, (dtype, bytes)) in entries.iter().zip(&parts) {
        match TensorView::new(*dtype, entry.shape.clone(), bytes) {
            Ok(view) => views.push((entry.name.as_str(), view)),
            Err(why) => return problem(format!("tensor `{}`: {why}", entry.name)),
        }
    }
    let metadata = [(METADATA_KEY.to_owned(), json)].into_iter().collect();
    safetensors::serialize(views, Some(metadata)).map_err(|why| CheckpointError(why.to_string()))
}
