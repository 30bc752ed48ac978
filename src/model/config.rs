//! What a model is made of, as data: stored in checkpoints, chosen by presets.

use serde::{Deserialize, Serialize};

/// A whole seq-JEPA model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeqJepaConfig {
    /// The view encoder f.
    pub encoder: EncoderConfig,
    /// Components of one action, A (paper: 4 for rotations, 2 for saccades).
    pub action_dim: usize,
    /// Width K of the embedded action (paper: 128; 16 loses little, paper table 4).
    pub action_embed_dim: usize,
    /// Where actions enter.
    pub conditioning: Conditioning,
    /// The sequence aggregator g.
    pub aggregator: AggregatorConfig,
    /// Hidden units of the predictor h (paper: 1024).
    pub predictor_hidden_dim: usize,
}

/// A residual network of basic blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// What comes before the stages.
    pub stem: Stem,
    /// Channels after the stem.
    pub stem_channels: usize,
    /// The stages in order; the last one's channels are D.
    pub stages: Vec<StageConfig>,
    /// Kind of normalization.
    pub norm: NormKind,
}

/// One stage of basic blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageConfig {
    /// Channels of every block.
    pub channels: usize,
    /// Number of blocks.
    pub blocks: usize,
    /// Stride of the first block.
    pub stride: usize,
}

/// First layers of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stem {
    /// 7×7 convolution of stride 2, then 3×3 max pooling of stride 2 (128² and 64² views).
    Standard,
    /// 3×3 convolution of stride 1, no pooling (32² views in the paper).
    Cifar,
    /// 3×3 convolution of stride 2, no pooling: a quarter of the CIFAR stem's cost, for the small
    /// presets; not in the paper.
    Strided,
}

/// Normalization inside the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormKind {
    /// Batch normalization, as in the paper.
    Batch,
    /// Group normalization with 8 groups: independent of the batch.
    Group,
}

/// Where the model is told actions (paper table 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditioning {
    /// Tokens and predictor: the paper's model.
    Both,
    /// Only the aggregator's tokens.
    Token,
    /// Only the predictor.
    Predictor,
    /// Nowhere: the twin trained without actions.
    None,
}

impl Conditioning {
    /// All four, in the order of the paper's table 4.
    pub const ALL: [Self; 4] = [Self::Both, Self::Token, Self::Predictor, Self::None];

    /// The word that flags, recipes and files use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Token => "token",
            Self::Predictor => "predictor",
            Self::None => "none",
        }
    }

    /// The inverse of [`Self::word`].
    ///
    /// # Errors
    /// When the word is none of the four.
    pub fn from_word(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|c| c.word() == word).ok_or_else(|| {
            format!("conditioning `{word}`: expected both, token, predictor or none")
        })
    }

    /// Whether the aggregator's tokens carry actions.
    pub fn in_tokens(self) -> bool {
        matches!(self, Self::Both | Self::Token)
    }

    /// Whether the predictor is told the upcoming action.
    pub fn in_predictor(self) -> bool {
        matches!(self, Self::Both | Self::Predictor)
    }
}

/// The transformer that aggregates the sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AggregatorConfig {
    /// Post-norm encoder layers (paper: 3).
    pub n_layers: usize,
    /// Attention heads (paper: 4).
    pub n_heads: usize,
    /// Width of the feed-forward part over that of the tokens (paper: 4).
    pub ff_ratio: usize,
    /// Dropout in training (official code: 0.1, PyTorch's default).
    pub dropout: f64,
}

impl EncoderConfig {
    /// ResNet-18 with every width times `width` / 64 (paper: 64).
    pub fn resnet18(stem: Stem, width: usize) -> Self {
        let stage = |channels, stride| StageConfig { channels, blocks: 2, stride };
        Self {
            stem,
            stem_channels: width,
            stages: vec![
                stage(width, 1),
                stage(2 * width, 2),
                stage(4 * width, 2),
                stage(8 * width, 2),
            ],
            norm: NormKind::Batch,
        }
    }

    /// Width D of z.
    pub fn z_dim(&self) -> usize {
        self.stages.last().map_or(self.stem_channels, |stage| stage.channels)
    }

    /// A lower bound of the number of weights, convolutions alone, without building anything.
    pub fn n_weights_min(&self) -> u64 {
        let mut n_in = self.stem_channels as u64;
        let mut n = 27 * n_in;
        for stage in &self.stages {
            let (channels, blocks) = (stage.channels as u64, stage.blocks as u64);
            n += 9 * channels * (n_in + (2 * blocks).saturating_sub(1) * channels);
            n_in = channels;
        }
        n
    }
}

impl SeqJepaConfig {
    /// The paper's model round an encoder: K = 128, three layers, hidden 1024.
    pub fn paper(encoder: EncoderConfig, action_dim: usize) -> Self {
        Self {
            encoder,
            action_dim,
            action_embed_dim: 128,
            conditioning: Conditioning::Both,
            aggregator: AggregatorConfig { n_layers: 3, n_heads: 4, ff_ratio: 4, dropout: 0.1 },
            predictor_hidden_dim: 1024,
        }
    }

    /// Width of the aggregator's tokens and of z_AGG: D, and K more when tokens carry actions.
    pub fn z_agg_dim(&self) -> usize {
        let action = if self.conditioning.in_tokens() { self.action_embed_dim } else { 0 };
        self.encoder.z_dim() + action
    }

    /// Width of the predictor's input.
    pub fn predictor_input_dim(&self) -> usize {
        let action = if self.conditioning.in_predictor() { self.action_embed_dim } else { 0 };
        self.z_agg_dim() + action
    }

    /// A lower bound of the number of weights, convolutions and matrices alone, without building
    /// anything.
    pub fn n_weights_min(&self) -> u64 {
        let (e, ff) = (self.z_agg_dim() as u64, self.aggregator.ff_ratio as u64);
        let aggregator = self.aggregator.n_layers as u64 * (4 + 2 * ff) * e * e;
        let width = self.predictor_input_dim() as u64 + self.encoder.z_dim() as u64;
        self.encoder.n_weights_min() + aggregator + self.predictor_hidden_dim as u64 * width
    }

    /// Refuses what cannot be built or would be absurdly large.
    ///
    /// # Errors
    /// A sentence that names the field, what is expected and what was found.
    pub fn validate(&self) -> Result<(), String> {
        let within = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(format!("model {name}: expected {low} to {high}, found {value}"))
        };
        within("encoder.stages", self.encoder.stages.len(), 1, 8)?;
        within("encoder.stem_channels", self.encoder.stem_channels, 1, 4096)?;
        for stage in &self.encoder.stages {
            within("encoder.stages.channels", stage.channels, 1, 4096)?;
            within("encoder.stages.blocks", stage.blocks, 1, 64)?;
            within("encoder.stages.stride", stage.stride, 1, 4)?;
        }
        within("action_dim", self.action_dim, 1, 64)?;
        within("action_embed_dim", self.action_embed_dim, 1, 4096)?;
        within("aggregator.n_layers", self.aggregator.n_layers, 1, 48)?;
        within("aggregator.n_heads", self.aggregator.n_heads, 1, 64)?;
        within("aggregator.ff_ratio", self.aggregator.ff_ratio, 1, 16)?;
        within("predictor_hidden_dim", self.predictor_hidden_dim, 1, 65_536)?;
        if !(0.0..1.0).contains(&self.aggregator.dropout) {
            return Err(format!(
                "model aggregator.dropout: expected 0 up to 1, found {}",
                self.aggregator.dropout
            ));
        }
        self.validate_divisions()
    }

    fn validate_divisions(&self) -> Result<(), String> {
        let heads = self.aggregator.n_heads;
        if !self.z_agg_dim().is_multiple_of(heads) {
            return Err(format!(
                "model: tokens of width {} cannot be split over {heads} heads",
                self.z_agg_dim()
            ));
        }
        let widths = self.encoder.stages.iter().map(|stage| stage.channels);
        let grouped = self.encoder.norm == NormKind::Group;
        match std::iter::once(self.encoder.stem_channels).chain(widths).find(|w| w % 8 != 0) {
            Some(width) if grouped => {
                Err(format!("model: group normalization needs channels in eights, found {width}"))
            }
            _ => Ok(()),
        }
    }
}
