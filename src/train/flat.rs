//! All parameters of a module as one vector.
//!
//! The optimizer, the clipping and the moving average then cost a dozen operations in all instead
//! of a dozen a tensor, which is most of what a small model's step costs on a GPU.

use crate::model::weights::{self, Kind, Slot};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// The order and the places of a module's parameters in its flat vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatLayout {
    /// Parameters (no buffers) in the module's order.
    pub slots: Vec<Slot>,
}

impl FlatLayout {
    /// The layout of a module.
    pub fn of<M: Module>(module: &M) -> Self {
        let slots = weights::slots(module);
        Self { slots: slots.into_iter().filter(|slot| slot.kind == Kind::Parameter).collect() }
    }

    /// Number of values N.
    pub fn len(&self) -> usize {
        self.slots.iter().map(Slot::len).sum()
    }

    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// 1 where weight decay applies, tensors with more than one dimension, and 0 elsewhere
    /// (official code, `main_pls.py`) `[N]`.
    pub fn decay_mask(&self, device: &Device) -> Tensor<1> {
        let values: Vec<f32> = self
            .slots
            .iter()
            .flat_map(|slot| {
                let decays = if slot.shape.len() > 1 { 1.0 } else { 0.0 };
                std::iter::repeat_n(decays, slot.len())
            })
            .collect();
        let n = values.len();
        Tensor::from_data(TensorData::new(values, [n]), device)
    }

    /// The module's parameters `[N]`, on the device without autodiff.
    pub fn gather<M: Module>(&self, module: &M) -> Tensor<1> {
        let parameters = weights::tensors(module).into_iter();
        let flats = parameters
            .filter(|(slot, _)| slot.kind == Kind::Parameter)
            .map(|(_, tensor)| tensor.inner())
            .collect();
        Tensor::cat(flats, 0)
    }

    /// The module with the parameters of `flat` `[N]` (a tensor without autodiff) in place of its
    /// own.
    pub fn scatter<M: Module>(&self, module: M, flat: &Tensor<1>) -> M {
        let mut start = 0;
        weights::replace(module, |slot| {
            if slot.kind == Kind::Buffer {
                return None;
            }
            let range = start..start + slot.len();
            start = range.end;
            Some(Tensor::from_inner(flat.clone().slice(range)))
        })
    }

    /// The gradients of the module's parameters `[N]`; zero where a parameter has none.
    pub fn gradients<M: Module>(&self, module: &M, gradients: &Gradients) -> Tensor<1> {
        let mut visitor = GradientVisitor { gradients, found: Vec::new() };
        module.visit(&mut visitor);
        Tensor::cat(visitor.found, 0)
    }
}

struct GradientVisitor<'a> {
    gradients: &'a Gradients,
    found: Vec<Tensor<1>>,
}

impl ModuleVisitor for GradientVisitor<'_> {
    fn visit_float<const R: usize>(&mut self, param: &Param<Tensor<R>>) {
        let value = param.val();
        if !value.is_require_grad() {
            return; // Running statistics.
        }
        let n = value.shape().num_elements();
        self.found.push(match value.grad(self.gradients) {
            Some(gradient) => gradient.reshape([n]),
            None => Tensor::zeros([n], &value.device().inner()),
        });
    }
}
