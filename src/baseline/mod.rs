//! The methods that seq-JEPA is compared with, on the same encoder, batches and steps (paper tables 1
//! to 3; spec section 6).
//!
//! Each is one file: its loss as a function of plain tensors, and the network round it, a
//! [`Learner`] that the same trainer drives. Their parts are small:
//! [`head`] has the projectors, [`pair`] the two views of one thing, [`contrast`] the contrastive loss
//! that three of them share.
//!
//! | method | file | told the action | follows by an average |
//! |---|---|---|---|
//! | SimCLR | [`simclr`] | no | – |
//! | BYOL | [`byol`] | no | encoder, projector |
//! | Conditional BYOL | [`conditional_byol`] | yes | encoder, projector |
//! | VICReg | [`vicreg`] | no | – |
//! | VICRegTraj | [`vicreg_traj`] | no | – |
//! | SEN | [`sen`] | yes | – |
//! | EquiMod | [`equimod`] | yes | – |
//! | SIE | [`sie`] | yes | – |
//! | Conv-JEPA | [`conv_jepa`] | yes | encoder, projector |
//!
//! Widths are the paper's times D / 512, for encoders narrower than its own: a projector of 2048
//! becomes 4 D. Hyper-parameters are the paper's, not the official code's defaults, where they differ.
//!
//! DIFFERS: both views pass the encoder in one call and are normalized together; the official code
//! makes two calls. Its heads for baselines' actions take 512 numbers and are given 1024, which ends in
//! an error, and its weaker augmentations of target views reach the second view of two (spec section
//! 7.2): here probes are those of seq-JEPA, and both views are augmented alike.

pub mod byol;
pub mod conditional_byol;
pub mod contrast;
pub mod conv_jepa;
pub mod equimod;
pub mod follower;
pub mod head;
pub mod pair;
pub mod sen;
pub mod sie;
pub mod simclr;
#[cfg(test)]
mod toy;
pub mod vicreg;
pub mod vicreg_traj;

use crate::model::Mode;
use crate::train::config::RunConfig;
use crate::train::learner::Learner;
use burn::tensor::Tensor;

/// What probes ask of a baseline.
pub trait Baseline: Learner {
    /// Whether it is told the action and predicts.
    const FORESEES: bool = false;

    /// z `[N, D]` of views `[N, P, P, 3]`.
    fn encode(&self, views: Tensor<4>, mode: Mode) -> Tensor<2>;

    /// What it expects where actions `[N, A]` lead from views encoded as z `[N, D]`; methods that are not
    /// told the action expect no change. Evaluation mode.
    fn foresee(&self, z: Tensor<2>, actions: Tensor<2>) -> Tensor<2> {
        let _ = actions;
        z
    }

    /// What [`Self::foresee`] is to be compared with, of views `[N, P, P, 3]`. Evaluation mode.
    fn embed(&self, follower: &Self::Follower, views: Tensor<4>) -> Tensor<2> {
        let _ = follower;
        self.encode(views, Mode::Eval)
    }
}

/// The paper's width at D = 512, for this run's D.
fn scaled(paper_width: usize, config: &RunConfig) -> usize {
    (paper_width * config.model.encoder.z_dim() / 512).max(1)
}

/// Runs `$run` with the learner of a baseline's method as the type `$learner`, `$own` for seq-JEPA.
macro_rules! with_baseline {
    ($method:expr, $learner:ident => $run:expr, seq_jepa => $own:expr) => {
        $crate::baseline::with_baseline!(@match $method, $own, $learner, $run,
            Simclr => simclr::Simclr,
            Byol => byol::Byol,
            ConditionalByol => conditional_byol::ConditionalByol,
            Vicreg => vicreg::Vicreg,
            VicregTraj => vicreg_traj::VicregTraj,
            Sen => sen::Sen,
            Equimod => equimod::Equimod,
            Sie => sie::Sie,
            ConvJepa => conv_jepa::ConvJepa)
    };
    (@match $method:expr, $own:expr, $learner:ident, $run:expr,
        $($name:ident => $room:ident::$network:ident),+) => {
        match $method {
            $crate::train::method::Method::SeqJepa => $own,
            $($crate::train::method::Method::$name => {
                type $learner = $crate::baseline::$room::$network;
                $run
            })+
        }
    };
}
pub(crate) use with_baseline;
