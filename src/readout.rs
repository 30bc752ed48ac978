//! What the page computes itself for every position of the pointer: the predictor, the path heads
//! and centered cosines in plain `f32`.
//!
//! z_AGG stands still between two saccades, so a hover costs one small matrix product on the
//! thread that draws, and nothing is read back from a device. Not the model: the weights arrive
//! with [`crate::protocol::Event::Opened`], and a parity test holds this file to
//! `model::predictor`.

use serde::{Deserialize, Serialize};

/// Everything after z_AGG, with every BatchNorm folded into a scale and a shift.
///
/// Matrices are row-major, one row per output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Readout {
    /// Components of one action.
    pub action_dim: usize,
    /// Width K of the embedded action; 0 when the predictor is not told the action.
    pub embed_dim: usize,
    /// Width E of z_AGG.
    pub z_agg_dim: usize,
    /// Hidden width of the predictor.
    pub hidden_dim: usize,
    /// Width D of a latent.
    pub z_dim: usize,
    /// Action embedding `[K, action_dim]`.
    pub embed: Vec<f32>,
    /// `[K]`: shift after the embedding (its scale is folded into `embed`).
    pub embed_shift: Vec<f32>,
    /// First layer of the predictor `[hidden, E + K]`.
    pub fc1: Vec<f32>,
    /// `[hidden]`: shift before the ReLU (the scale is folded into `fc1`).
    pub fc1_shift: Vec<f32>,
    /// Second layer `[D, hidden]`.
    pub fc2: Vec<f32>,
    /// `[D]`.
    pub fc2_bias: Vec<f32>,
    /// Mean target latent over training views `[D]`: what centering subtracts.
    pub latent_mean: Vec<f32>,
    /// One linear head a number of observed views M = 1, 2, …: `[action_dim, E + action_dim + 1]`
    /// on (z_AGG, a_M, 1), decoding the action that leads from the first view straight to view
    /// M + 1. Empty when the checkpoint has no path probe.
    pub path_heads: Vec<Vec<f32>>,
}

impl Readout {
    /// The predicted latent ẑ `[D]` from z_AGG `[E]` and the upcoming action.
    ///
    /// # Panics
    /// When a slice has another length than this readout states.
    pub fn predict(&self, z_agg: &[f32], action: &[f32]) -> Vec<f32> {
        assert_eq!(z_agg.len(), self.z_agg_dim, "z_AGG has the width of this readout");
        assert_eq!(action.len(), self.action_dim, "an action has the width of this readout");
        let mut input = z_agg.to_vec();
        input.extend(affine(&self.embed, &self.embed_shift, action));
        let mut hidden = affine(&self.fc1, &self.fc1_shift, &input);
        hidden.iter_mut().for_each(|h| *h = h.max(0.0));
        affine(&self.fc2, &self.fc2_bias, &hidden)
    }

    /// The decoded action from the first view straight to view M + 1, or `None` when there is no
    /// head for M = `n_observed` views.
    pub fn path(&self, n_observed: usize, z_agg: &[f32], action: &[f32]) -> Option<Vec<f32>> {
        let head = self.path_heads.get(n_observed.checked_sub(1)?)?;
        let mut input = z_agg.to_vec();
        input.extend_from_slice(action);
        input.push(1.0);
        Some(head.chunks_exact(input.len()).map(|row| dot(row, &input)).collect())
    }

    /// Centered cosine of `z_hat` `[D]` with every row of `bank` `[N, D]`, in [-1, 1].
    pub fn centered_cosines(&self, z_hat: &[f32], bank: &[f32]) -> Vec<f32> {
        let guess = self.centered(z_hat);
        bank.chunks_exact(self.z_dim)
            .map(|row| {
                let row = self.centered(row);
                let norms = (dot(&guess, &guess) * dot(&row, &row)).sqrt();
                if norms > 0.0 { dot(&guess, &row) / norms } else { 0.0 }
            })
            .collect()
    }

    /// How far `seen` `[D]` is from what was `expected` `[D]`: 1 − centered cosine, in 0..=2.
    pub fn surprise(&self, expected: &[f32], seen: &[f32]) -> f32 {
        1.0 - self.centered_cosines(expected, seen).first().copied().unwrap_or(0.0)
    }

    fn centered(&self, latent: &[f32]) -> Vec<f32> {
        latent.iter().zip(&self.latent_mean).map(|(z, mean)| z - mean).collect()
    }
}

/// One layer in plain numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// `[out, in]` row-major.
    pub weight: Vec<f32>,
    /// `[out]`.
    pub bias: Vec<f32>,
}

/// Layers one after the other, a ReLU between two.
pub fn dense(layers: &[Dense], input: Vec<f32>) -> Vec<f32> {
    layers.iter().enumerate().fold(input, |mut x, (i, layer)| {
        if i > 0 {
            x.iter_mut().for_each(|v| *v = v.max(0.0));
        }
        affine(&layer.weight, &layer.bias, &x)
    })
}

/// From a target latent back to a picture: fitted afterwards, not part of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decoder {
    /// Side of what it draws, in pixels.
    pub side_px: usize,
    /// From a latent of length 1 to RGB, each from 0 to 1.
    pub layers: Vec<Dense>,
    /// Share of the variance of held-out pixels that it explains from true latents; null 0.
    pub r2: f32,
}

impl Decoder {
    /// The picture `side_px² · 3` of a latent. Only its direction counts, as in training.
    pub fn decode(&self, latent: &[f32]) -> Vec<u8> {
        let pixels = dense(&self.layers, unit(latent));
        pixels.iter().map(|v| (v * 255.0).round().clamp(0.0, 255.0) as u8).collect()
    }
}

/// The same direction with length 1; zeros stay.
pub fn unit(latent: &[f32]) -> Vec<f32> {
    let norm = dot(latent, latent).sqrt();
    let scale = if norm > 0.0 { norm.recip() } else { 0.0 };
    latent.iter().map(|v| v * scale).collect()
}

/// 1-based rank of candidate `truth`: one more than the number of candidates that score higher,
/// ties shared by counting half of them, so that a constant score gets the rank of chance.
pub fn rank_of(scores: &[f32], truth: usize) -> f32 {
    let best = scores[truth];
    let higher = scores.iter().filter(|&&score| score > best).count() as f32;
    let ties = scores.iter().filter(|&&score| score == best).count() as f32 - 1.0;
    1.0 + higher + ties / 2.0
}

/// The chance that a swapped look surprises more than a true one (area under the ROC curve); ties count
/// half, and there is no answer without one of each.
pub fn auroc(truths: &[f32], swapped: &[f32]) -> Option<f32> {
    let n_pairs = truths.len() * swapped.len();
    let won = |truth: f32, swap: f32| {
        if swap > truth {
            1.0
        } else if swap < truth {
            0.0
        } else {
            0.5
        }
    };
    let wins: f32 = swapped.iter().flat_map(|&s| truths.iter().map(move |&t| won(t, s))).sum();
    (n_pairs > 0).then(|| wins / n_pairs as f32)
}

fn affine(matrix: &[f32], shift: &[f32], input: &[f32]) -> Vec<f32> {
    if shift.is_empty() {
        return Vec::new();
    }
    matrix.chunks_exact(input.len()).zip(shift).map(|(row, b)| dot(row, input) + b).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_score_ranks_at_chance() {
        assert_eq!(rank_of(&[0.5; 81], 3), 41.0);
        assert_eq!(rank_of(&[0.1, 0.9, 0.3], 1), 1.0);
        assert_eq!(rank_of(&[0.1, 0.9, 0.3], 0), 3.0);
    }

    #[test]
    fn auroc_is_the_share_of_pairs_in_order() {
        assert_eq!(auroc(&[0.1, 0.2], &[0.3, 0.9]), Some(1.0));
        assert_eq!(auroc(&[0.1, 0.5], &[0.3, 0.5]), Some(0.625));
        assert_eq!(auroc(&[0.4; 3], &[0.4; 5]), Some(0.5));
        assert_eq!(auroc(&[], &[0.3]), None);
    }

    #[test]
    fn predict_is_two_affine_maps_with_a_relu_between() {
        let readout = Readout {
            action_dim: 1,
            embed_dim: 1,
            z_agg_dim: 1,
            hidden_dim: 2,
            z_dim: 1,
            embed: vec![2.0],
            embed_shift: vec![-1.0],
            fc1: vec![1.0, 1.0, -1.0, -1.0],
            fc1_shift: vec![0.0, 0.5],
            fc2: vec![3.0, 10.0],
            fc2_bias: vec![0.25],
            ..Readout::default()
        };
        // e = 2·2 − 1 = 3; hidden = [1 + 3, relu(−4 + .5)] = [4, 0]; ẑ = 12.25.
        assert_eq!(readout.predict(&[1.0], &[2.0]), vec![12.25]);
    }

    #[test]
    fn a_decoder_sees_directions_and_keeps_to_bytes() {
        let layer =
            |weight: &[f32], bias: &[f32]| Dense { weight: weight.to_vec(), bias: bias.to_vec() };
        let layers = vec![
            layer(&[1.0, 0.0, 0.0, -1.0], &[0.0, 0.0]),
            layer(&[0.5, 0.0, 0.0, 1.0, 9.0, 9.0], &[0.0, 0.25, -20.0]),
        ];
        let decoder = Decoder { side_px: 1, layers, r2: 0.0 };
        // (0.6, 0.8): the second is cut off by the ReLU; 0.3, 0.25, below 0.
        assert_eq!(decoder.decode(&[3.0, 4.0]), vec![77, 64, 0]);
        assert_eq!(decoder.decode(&[0.6, 0.8]), decoder.decode(&[3.0, 4.0]));
        assert_eq!(decoder.decode(&[0.0, 0.0]), vec![0, 64, 0]);
    }

    #[test]
    fn a_latent_is_most_like_itself() {
        let readout = Readout { z_dim: 2, latent_mean: vec![1.0, 1.0], ..Readout::default() };
        let scores = readout.centered_cosines(&[2.0, 1.5], &[2.0, 1.5, 0.0, 0.5, 1.0, 1.0]);
        assert!((scores[0] - 1.0).abs() < 1e-6 && (scores[1] + 1.0).abs() < 1e-6);
        assert_eq!(scores[2], 0.0);
    }
}
