//! Sequences → tensors: the only meeting place of world and model in training.

use crate::model::input;
use crate::world::SequenceBatch;
use burn::tensor::{Device, Tensor, TensorData};

/// One step's data on a device.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Observed views `[B, M, P, P, 3]`.
    pub observed: Tensor<5>,
    /// Target views `[B, P, P, 3]`.
    pub next: Tensor<4>,
    /// Actions `[B, M, A]`, the last of which leads to the target view.
    pub actions: Tensor<3>,
}

impl Batch {
    /// Normalizes the views and hands everything to a device.
    pub fn upload(sequences: SequenceBatch, device: &Device) -> Self {
        let (b, m, p) = (sequences.n_sequences, sequences.n_observed, sequences.side_px);
        let action_dim = sequences.action_dim();
        let part = |is_wanted: fn(usize, usize) -> bool| {
            let views = sequences.rgb.chunks_exact(p * p * 3).enumerate();
            let wanted = views.filter(|(i, _)| is_wanted(i % (m + 1), m)).map(|(_, view)| view);
            input::normalized(wanted, p)
        };
        let observed = TensorData::new(part(|place, m| place < m), [b, m, p, p, 3]);
        let next = TensorData::new(part(|place, m| place == m), [b, p, p, 3]);
        let actions = TensorData::new(sequences.actions, [b, m, action_dim]);
        Self {
            observed: Tensor::from_data(observed, device),
            next: Tensor::from_data(next, device),
            actions: Tensor::from_data(actions, device),
        }
    }

    /// The same as the start of what gradients pass through.
    pub fn on_autodiff(self) -> Self {
        Self {
            observed: Tensor::from_inner(self.observed),
            next: Tensor::from_inner(self.next),
            actions: Tensor::from_inner(self.actions),
        }
    }
}
