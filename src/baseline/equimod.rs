//! EquiMod (Devillers, Lefort 2023), over SimCLR: one projector is contrasted as it is, another after
//! the action took it on.
//!
//! L = NT-Xent(g(f(x)), g(f(y)), 0.1) + NT-Xent(BN(linear(\[A(a), g′(f(x))\])), g′(f(y)), 0.1); both
//! projectors D–2D–2D–D/4 (paper: 1024–1024–128).
//!
//! DIFFERS from the original method, as the paper's code does: the action is the relative one from view
//! x, not that from the picture before its augmentation.

use super::contrast::nt_xent;
use super::head::{Ending, Projector, Transition};
use super::pair::{Pair, by_thing, halves};
use super::{Baseline, scaled};
use crate::model::encoder::Encoder;
use crate::model::{Mode, TargetEncoder};
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::learner::{Learned, Learner};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Temperature (paper; the official code's default is 0.5).
const TEMPERATURE: f64 = 0.1;

/// The method's network.
#[derive(Module, Debug)]
pub struct Equimod {
    encoder: Encoder,
    invariant: Projector,
    equivariant: Projector,
    transition: Transition,
}

/// Both terms `[1]`, equally weighted. Pairs are (first view, second view) of the invariant projection
/// and (transformed first view, second view) of the equivariant one, each `[B, E]`.
pub fn equimod(
    invariant: (Tensor<2>, Tensor<2>),
    equivariant: (Tensor<2>, Tensor<2>),
) -> Tensor<1> {
    nt_xent(invariant.0, invariant.1, TEMPERATURE)
        + nt_xent(equivariant.0, equivariant.1, TEMPERATURE)
}

impl Learner for Equimod {
    type Follower = TargetEncoder;

    fn new(config: &RunConfig, device: &Device) -> Self {
        let d = config.model.encoder.z_dim();
        let (wide, narrow) = (scaled(1024, config), scaled(128, config));
        let (a, k) = (config.model.action_dim, config.model.action_embed_dim);
        let projector = || Projector::new(&[d, wide, wide, narrow], Ending::Normalized, device);
        Self {
            encoder: Encoder::new(&config.model.encoder, device),
            invariant: projector(),
            equivariant: projector(),
            transition: Transition::new(a, k, narrow, device),
        }
    }

    fn follower(&self) -> TargetEncoder {
        TargetEncoder::copy_of(&self.encoder)
    }

    fn learn(&self, _: &TargetEncoder, batch: Batch) -> Learned {
        let Pair { views, action } = Pair::of(batch);
        let z = self.encoder.forward(views, Mode::Train);
        let invariant = halves(self.invariant.forward(z.clone(), Mode::Train));
        let (x, y) = halves(self.equivariant.forward(z.clone(), Mode::Train));
        let moved = self.transition.forward(x, action, Mode::Train);
        Learned { z: by_thing(z), loss: equimod(invariant, (moved, y)) }
    }
}

impl Baseline for Equimod {
    const FORESEES: bool = true;

    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        self.encoder.forward(views, mode)
    }

    fn foresee(&self, z: Tensor<2>, actions: Tensor<2>) -> Tensor<2> {
        self.transition.forward(self.equivariant.forward(z, Mode::Eval), actions, Mode::Eval)
    }

    fn embed(&self, _: &TargetEncoder, views: Tensor<4>) -> Tensor<2> {
        self.equivariant.forward(self.encoder.forward(views, Mode::Eval), Mode::Eval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{self, rows, value};

    /// Each thing alike in both views and at right angles to the other: partners at 10, others at 0.
    #[test]
    fn both_terms_by_hand() {
        let pair = || (rows([[1.0, 0.0], [0.0, 1.0]]), rows([[1.0, 0.0], [0.0, 1.0]]));
        let one = (10.0_f64.exp() + 2.0).ln() - 10.0;
        assert!((f64::from(value(equimod(pair(), pair()))) - 2.0 * one).abs() < 1e-5);
        let other = (rows([[0.0, 1.0], [1.0, 0.0]]), pair().1);
        // Partners at 0, and at 10 the other thing's second view.
        let crossed = (10.0_f64.exp() + 2.0).ln();
        assert!((f64::from(value(equimod(pair(), other))) - one - crossed).abs() < 1e-3);
    }

    #[test]
    fn its_loss_by_hand() {
        let (model, follower, batch) = toy::fresh::<Equimod>(1);
        let Pair { views, action } = Pair::of(batch.clone());
        let z = model.encode(views, Mode::Train);
        let invariant = model.invariant.forward(z.clone(), Mode::Train);
        let equivariant = model.equivariant.forward(z, Mode::Train);
        let moved = model.transition.forward(toy::view(&equivariant, 0), action, Mode::Train);
        let expected =
            toy::contrast_by_hand(&toy::view(&invariant, 0), &toy::view(&invariant, 1), 0.1)
                + toy::contrast_by_hand(&moved, &toy::view(&equivariant, 1), 0.1);
        let found = value(model.learn(&follower, batch).loss);
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }

    #[test]
    fn it_learns() {
        toy::learns::<Equimod>(1);
    }
}
