//! All parameters of a module as one vector.
//!
//! The optimizer, the clipping and the moving average then cost a few operations in all instead of
//! a dozen a tensor. Every parameter begins at a multiple of [`ALIGN`] values, so that on a GPU the
//! module's own tensors are views of the vector and cost no copy; the gaps hold zeros.

use crate::fused::{self, ALIGN};
use crate::model::weights::{self, Kind, Slot};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use std::convert::Infallible;
use std::ops::Range;

/// The order and the places of a module's parameters in its flat vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatLayout {
    /// Parameters (no buffers) in the module's order.
    pub slots: Vec<Slot>,
    /// What each of the module's tensors is, buffers and all.
    kinds: Vec<Kind>,
}

impl FlatLayout {
    /// The layout of a module.
    pub fn of<M: Module>(module: &M) -> Self {
        let slots = weights::slots(module);
        let kinds = slots.iter().map(|slot| slot.kind).collect();
        let slots = slots.into_iter().filter(|slot| slot.kind == Kind::Parameter).collect();
        Self { slots, kinds }
    }

    /// Number of values N of the vector, gaps and all.
    pub fn len(&self) -> usize {
        self.slots.iter().map(|slot| slot.len().next_multiple_of(ALIGN)).sum()
    }

    /// Number of parameters.
    pub fn n_parameters(&self) -> usize {
        self.slots.iter().map(Slot::len).sum()
    }

    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The slots with their places in the vector.
    pub fn places(&self) -> impl Iterator<Item = (Range<usize>, &Slot)> {
        self.slots.iter().scan(0, |start, slot| {
            let place = *start..*start + slot.len();
            *start += slot.len().next_multiple_of(ALIGN);
            Some((place, slot))
        })
    }

    /// A vector `[N]` of host values, slot by slot in the module's order; zeros in the gaps.
    ///
    /// # Errors
    /// The first of `value`.
    pub fn fill<E>(
        &self,
        device: &Device,
        mut value: impl FnMut(&Slot) -> Result<Vec<f32>, E>,
    ) -> Result<Tensor<1>, E> {
        let n = self.len();
        let mut all = vec![0.0; n];
        for (place, slot) in self.places() {
            all[place].copy_from_slice(&value(slot)?);
        }
        Ok(Tensor::from_data(TensorData::new(all, [n]), device))
    }

    /// 1 where weight decay applies, tensors with more than one dimension, and 0 elsewhere
    /// (official code, `main_pls.py`) `[N]`.
    pub fn decay_mask(&self, device: &Device) -> Tensor<1> {
        let decays = |slot: &Slot| if slot.shape.len() > 1 { 1.0 } else { 0.0 };
        let Ok(mask) =
            self.fill(device, |slot| Ok::<_, Infallible>(vec![decays(slot); slot.len()]));
        mask
    }

    /// The module's parameters `[N]`, on the device without autodiff.
    pub fn gather<M: Module>(&self, module: &M) -> Tensor<1> {
        let parameters = self.tensors(module, Kind::Parameter);
        fused::gather(parameters.map(Tensor::inner).collect(), ALIGN)
    }

    /// The module's buffers, in order.
    pub fn buffers<M: Module>(&self, module: &M) -> Vec<Tensor<1>> {
        self.tensors(module, Kind::Buffer).collect()
    }

    fn tensors<M: Module>(&self, module: &M, kind: Kind) -> impl Iterator<Item = Tensor<1>> {
        let kinds = self.kinds.iter().zip(weights::flats(module));
        kinds.filter(move |(found, _)| **found == kind).map(|(_, tensor)| tensor)
    }

    /// The module with `values` in place of its buffers.
    pub fn with_buffers<M: Module>(&self, module: M, values: &[Tensor<1>]) -> M {
        let mut values = values.iter();
        weights::replace(module, |index| match self.kinds[index] {
            Kind::Buffer => values.next().cloned(),
            Kind::Parameter => None,
        })
    }

    /// The module with the parameters of `flat` `[N]` (a tensor without autodiff) in place of its
    /// own.
    pub fn scatter<M: Module>(&self, module: M, flat: &Tensor<1>) -> M {
        let mut places = self.places();
        weights::replace(module, |index| {
            if self.kinds[index] == Kind::Buffer {
                return None;
            }
            let (place, _) = places.next()?;
            Some(Tensor::from_inner(fused::view(flat.clone(), place.start, place.len())))
        })
    }

    /// The gradients of the module's parameters `[N]`; zero where a parameter has none.
    pub fn gradients<M: Module>(&self, module: &M, gradients: &Gradients) -> Tensor<1> {
        let mut visitor = GradientVisitor { gradients, found: Vec::new() };
        module.visit(&mut visitor);
        fused::gather(visitor.found, ALIGN)
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
