//! The ways of learning that a run may go.

use serde::{Deserialize, Serialize};

/// seq-JEPA, or one of the baselines of the paper's tables 1 to 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The paper's model.
    #[default]
    SeqJepa,
    /// Contrast of two views.
    Simclr,
    /// Prediction of the averaged network's projection.
    Byol,
    /// The same, told the action.
    ConditionalByol,
    /// Variance, invariance, covariance.
    Vicreg,
    /// The same, with straight trajectories.
    VicregTraj,
    /// Contrast of a transformed projection, told the action.
    Sen,
    /// Invariant contrast beside an equivariant one.
    Equimod,
    /// Split invariant and equivariant halves, a hypernetwork between the latter.
    Sie,
    /// Each observed patch predicts the target, told the action.
    ConvJepa,
}

impl Method {
    /// All of them, seq-JEPA first.
    pub const ALL: [Self; 10] = [
        Self::SeqJepa,
        Self::Simclr,
        Self::Byol,
        Self::ConditionalByol,
        Self::Vicreg,
        Self::VicregTraj,
        Self::Sen,
        Self::Equimod,
        Self::Sie,
        Self::ConvJepa,
    ];

    /// All but seq-JEPA.
    pub fn baselines() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().skip(1)
    }

    /// The word that flags, files and folders use.
    pub fn word(self) -> &'static str {
        match self {
            Self::SeqJepa => "seq-jepa",
            Self::Simclr => "simclr",
            Self::Byol => "byol",
            Self::ConditionalByol => "conditional-byol",
            Self::Vicreg => "vicreg",
            Self::VicregTraj => "vicreg-traj",
            Self::Sen => "sen",
            Self::Equimod => "equimod",
            Self::Sie => "sie",
            Self::ConvJepa => "conv-jepa",
        }
    }

    /// As the paper writes it.
    pub fn title(self) -> &'static str {
        match self {
            Self::SeqJepa => "seq-JEPA",
            Self::Simclr => "SimCLR",
            Self::Byol => "BYOL",
            Self::ConditionalByol => "Conditional BYOL",
            Self::Vicreg => "VICReg",
            Self::VicregTraj => "VICRegTraj",
            Self::Sen => "SEN",
            Self::Equimod => "EquiMod",
            Self::Sie => "SIE",
            Self::ConvJepa => "Conv-JEPA",
        }
    }

    /// For serde: whether a file need not say it.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::SeqJepa
    }
}
