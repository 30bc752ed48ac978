//! From a frozen model to the page's [`Readout`]: every batch normalization folded.

use crate::model::{read, weights};
use crate::probe::features::Frozen;
use crate::readout::Readout;
use crate::train::checkpoint::ProbeTensors;
use std::collections::BTreeMap;

/// Added to variances, as in `model::norm`.
const EPSILON: f32 = 1e-5;

/// The readout of a frozen model with its fitted values.
///
/// # Errors
/// When the device fails.
pub async fn of(frozen: &Frozen, probes: &ProbeTensors) -> Result<Readout, String> {
    let named = named(frozen).await?;
    let none = Vec::new();
    let get = |name: &str| named.get(name).unwrap_or(&none);
    let hidden_dim = get("predictor.1.weight").len();
    let z_dim = get("predictor.3.bias").len();
    let z_agg_dim = get("agg_token").len();
    let input_dim = get("predictor.0.weight").len() / hidden_dim.max(1);
    let embed_dim = input_dim - z_agg_dim;
    let (mut embed, mut embed_shift) = (Vec::new(), Vec::new());
    if embed_dim > 0 {
        let ones = vec![1.0; embed_dim];
        let zeros = vec![0.0; embed_dim];
        let (mean, var) = (get("action_proj.1.running_mean"), get("action_proj.1.running_var"));
        (embed, embed_shift) = folded(get("action_proj.0.weight"), &ones, &zeros, mean, var);
    }
    let (mean, var) = (get("predictor.1.running_mean"), get("predictor.1.running_var"));
    let (scale, shift) = (get("predictor.1.weight"), get("predictor.1.bias"));
    let (fc1, fc1_shift) = folded(get("predictor.0.weight"), scale, shift, mean, var);
    let latent_mean = match probes.latent_mean.len() == z_dim {
        true => probes.latent_mean.clone(),
        false => vec![0.0; z_dim],
    };
    Ok(Readout {
        action_dim: frozen.action_dim,
        embed_dim,
        z_agg_dim,
        hidden_dim,
        z_dim,
        embed,
        embed_shift,
        fc1,
        fc1_shift,
        fc2: get("predictor.3.weight").clone(),
        fc2_bias: get("predictor.3.bias").clone(),
        latent_mean,
        path_heads: probes.path_heads.clone(),
    })
}

/// A linear map followed by a normalization with running statistics, as one affine map.
fn folded(
    matrix: &[f32],
    gamma: &[f32],
    beta: &[f32],
    mean: &[f32],
    var: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let width = matrix.len() / gamma.len().max(1);
    let scales = gamma.iter().zip(var).map(|(gamma, var)| gamma / (var + EPSILON).sqrt());
    let scales: Vec<f32> = scales.collect();
    let rows = matrix.chunks_exact(width.max(1)).zip(&scales);
    let scaled = rows.flat_map(|(row, scale)| row.iter().map(move |w| w * scale)).collect();
    let shifts =
        beta.iter().zip(mean).zip(&scales).map(|((beta, mean), scale)| beta - mean * scale);
    (scaled, shifts.collect())
}

/// The tensors after the encoder by their official names.
async fn named(frozen: &Frozen) -> Result<BTreeMap<String, Vec<f32>>, String> {
    let (slots, tensors): (Vec<_>, Vec<_>) = weights::tensors(&frozen.model)
        .into_iter()
        .filter(|(slot, _)| !slot.name.starts_with("encoder."))
        .unzip();
    let read = read::flats(tensors).await?;
    let pairs = slots.into_iter().zip(read);
    Ok(pairs.map(|(slot, values)| (slot.name.clone(), slot.to_official(values))).collect())
}
