//! Every tensor of a module under its official PyTorch name, in both directions.
//!
//! Names and layouts in files are those of the official code (linear weights `[out, in]`), so that
//! its checkpoints, our files and the parity fixture speak of the same thing; modules keep linear
//! weights as `[in, out]` and convolutions as `[k, k, in, out]`. Slots come in one fixed order, that of
//! the module's fields.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// One tensor of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Official name, for instance `encoder.layer1.0.conv1.weight`.
    pub name: String,
    /// Shape in the official layout.
    pub shape: Vec<usize>,
    /// Parameter or buffer.
    pub kind: Kind,
    /// How the module keeps it.
    layout: Layout,
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Trained by gradients.
    Parameter,
    /// Running statistics.
    Buffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Same,
    /// `[in, out]` here, `[out, in]` there.
    Linear,
    /// `[k, k, in, out]` here, `[out, in, k, k]` there.
    Convolution,
}

impl Slot {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it holds no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values from burn's order to the official one.
    pub fn to_official(&self, values: Vec<f32>) -> Vec<f32> {
        match self.layout {
            Layout::Same => values,
            Layout::Linear => transpose(&values, self.shape[1], self.shape[0]),
            Layout::Convolution => {
                // [k², in, out] is [k² · in, out]: to [out, k² · in], then each [k², in] to [in, k²].
                let (n_in, taps) = (self.shape[1], self.shape[2] * self.shape[3]);
                let rows = transpose(&values, taps * n_in, self.shape[0]);
                rows.chunks(taps * n_in).flat_map(|row| transpose(row, taps, n_in)).collect()
            }
        }
    }

    /// Values from the official order to burn's.
    pub fn to_burn(&self, values: Vec<f32>) -> Vec<f32> {
        match self.layout {
            Layout::Same => values,
            Layout::Linear => transpose(&values, self.shape[0], self.shape[1]),
            Layout::Convolution => {
                let (n_in, taps) = (self.shape[1], self.shape[2] * self.shape[3]);
                let rows: Vec<f32> =
                    values.chunks(taps * n_in).flat_map(|row| transpose(row, n_in, taps)).collect();
                transpose(&rows, self.shape[0], taps * n_in)
            }
        }
    }
}

/// The slots of a module, in order.
pub fn slots<M: Module>(module: &M) -> Vec<Slot> {
    tensors(module).into_iter().map(|(slot, _)| slot).collect()
}

/// The tensors of a module in the order of [`slots`], flattened in burn's order and detached.
pub fn flats<M: Module>(module: &M) -> Vec<Tensor<1>> {
    let mut visitor = Visitor { path: None, slots: Vec::new(), flats: Vec::new() };
    module.visit(&mut visitor);
    visitor.flats
}

/// The slots of a module with their tensors, as [`flats`] has them.
pub fn tensors<M: Module>(module: &M) -> Vec<(Slot, Tensor<1>)> {
    let mut visitor = Visitor { path: Some(Vec::new()), slots: Vec::new(), flats: Vec::new() };
    module.visit(&mut visitor);
    visitor.slots.into_iter().zip(visitor.flats).collect()
}

/// Replaces the tensors for whose place in [`slots`] `value` has one (flat, in burn's order, not
/// tracked); training settings of parameters stay.
pub fn replace<M: Module>(module: M, value: impl FnMut(usize) -> Option<Tensor<1>>) -> M {
    module.map(&mut Mapper { index: 0, value })
}

/// Fills every tensor with host values in the official order.
///
/// # Errors
/// The first error of `value`, or a sentence when it has the wrong number of values; then the
/// module is left as it was.
pub fn fill<M: Module>(
    module: M,
    device: &Device,
    mut value: impl FnMut(&Slot) -> Result<Vec<f32>, String>,
) -> Result<M, String> {
    let mut ready = Vec::new();
    for slot in slots(&module) {
        let values = value(&slot)?;
        if values.len() != slot.len() {
            return Err(format!(
                "tensor `{}`: expected {} values for shape {:?}, found {}",
                slot.name,
                slot.len(),
                slot.shape,
                values.len()
            ));
        }
        let n = values.len();
        ready.push(Tensor::from_data(TensorData::new(slot.to_burn(values), [n]), device));
    }
    let mut ready = ready.into_iter();
    Ok(replace(module, |_| ready.next()))
}

struct Visitor {
    /// Where it is, if names are asked for: a training step does without.
    path: Option<Vec<String>>,
    slots: Vec<Slot>,
    flats: Vec<Tensor<1>>,
}

impl ModuleVisitor for Visitor {
    fn enter_module(&mut self, name: &str, _container: &str) {
        if let Some(path) = &mut self.path {
            path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.as_mut().map(Vec::pop);
    }

    fn visit_float<const R: usize>(&mut self, param: &Param<Tensor<R>>) {
        let tensor = param.val().detach();
        let dims = tensor.dims();
        self.slots.extend(self.path.as_ref().map(|path| slot_of(path, &dims)));
        self.flats.push(tensor.reshape([dims.iter().product::<usize>()]));
    }
}

struct Mapper<F> {
    index: usize,
    value: F,
}

impl<F: FnMut(usize) -> Option<Tensor<1>>> ModuleMapper for Mapper<F> {
    fn map_float<const R: usize>(&mut self, param: Param<Tensor<R>>) -> Param<Tensor<R>> {
        let index = self.index;
        self.index += 1;
        let Some(flat) = (self.value)(index) else {
            return param;
        };
        let (dims, tracked) = (param.val().dims(), param.val().is_require_grad());
        param.map(|_| flat.reshape(dims).detach().set_require_grad(tracked))
    }
}

/// Translates a burn path and shape.
fn slot_of(path: &[String], burn_shape: &[usize]) -> Slot {
    let parts: Vec<&str> = path
        .iter()
        .map(String::as_str)
        .filter(|part| !matches!(*part, "Batch" | "Group"))
        .collect();
    let name = official_name(&parts.join("."));
    let (shape, layout) = match *burn_shape {
        [n_in, n_out] => (vec![n_out, n_in], Layout::Linear),
        [height, width, n_in, n_out] => (vec![n_out, n_in, height, width], Layout::Convolution),
        _ => (burn_shape.to_vec(), Layout::Same),
    };
    let buffer = name.ends_with("running_mean") || name.ends_with("running_var");
    Slot { name, shape, kind: if buffer { Kind::Buffer } else { Kind::Parameter }, layout }
}

/// Pieces of our paths and what the official code calls them, applied in order.
const RENAMES: [(&str, &str); 11] = [
    ("downsample.conv", "downsample.0"),
    ("downsample.norm", "downsample.1"),
    ("action_embedding.linear", "action_proj.0"),
    ("action_embedding.norm", "action_proj.1"),
    ("aggregator.layers", "transformer_encoder.transformer_encoder.layers"),
    ("aggregator.norm", "transformer_encoder.norm"),
    ("self_attn.in_proj.", "self_attn.in_proj_"),
    ("predictor.linear1", "predictor.0"),
    ("predictor.norm", "predictor.1"),
    ("predictor.linear2", "predictor.3"),
    (".gamma", ".weight"),
];

fn official_name(path: &str) -> String {
    let renamed =
        RENAMES.iter().fold(path.to_owned(), |name, (ours, theirs)| name.replace(ours, theirs));
    let renamed = renamed.replace(".beta", ".bias");
    // `encoder.layers.0.1.…` counts stages from 0, `encoder.layer1.1.…` from 1.
    let Some((head, tail)) = renamed.split_once("encoder.layers.") else {
        return renamed;
    };
    if head.contains("transformer") {
        return renamed;
    }
    let Some((stage, rest)) = tail.split_once('.') else { return renamed };
    match stage.parse::<usize>() {
        Ok(stage) => format!("{head}encoder.layer{}.{rest}", stage + 1),
        Err(_) => renamed,
    }
}

/// `[rows, columns]` row-major to `[columns, rows]`.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|c| (0..rows).map(move |r| values[r * columns + c])).collect()
}
