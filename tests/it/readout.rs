//! The page's predictor in plain f32.
//!
//! 1. It predicts what the model predicts, for every conditioning, with every batch normalization
//!    folded.
//! 2. Its centered cosine is the cosine after subtracting the mean latent.

use crate::toy::{self, A};
use burn::module::Module;
use seq_jepa::engine::readout;
use seq_jepa::model::{Conditioning, Mode, NormKind};
use seq_jepa::probe::features::Frozen;
use seq_jepa::readout::Readout;
use seq_jepa::train::checkpoint::ProbeTensors;

/// f32 with the scales folded into the matrices: other roundings in two layers, values of order 1.
const TOL_FOLDED: f32 = 1e-4;

/// f32 sums of 16 products against f64.
const TOL_COSINE: f64 = 1e-5;

/// Positions of the pointer.
const N: usize = 20;

fn check_predict(conditioning: Conditioning) {
    let config = toy::config(NormKind::Batch, conditioning);
    let (online, target) = toy::models(&config);
    let model = online.valid();
    let frozen = Frozen {
        model: model.clone(),
        target: target.valid(),
        device: toy::device(),
        view_side_px: toy::P,
        action_dim: A,
    };
    let readout =
        pollster::block_on(readout::of(&frozen, &ProbeTensors::default())).expect("flex reads");
    let e_dim = config.model.z_agg_dim();
    let d = config.model.encoder.z_dim();
    assert_eq!((readout.z_agg_dim, readout.z_dim, readout.action_dim), (e_dim, d, A));
    let z_agg = toy::normals("z_agg", N * e_dim);
    let actions = toy::normals("action", N * A);
    let e = model.embed(toy::tensor(actions.clone(), [N, 1, A]), Mode::Eval).map(|e| {
        let k = e.dims()[2];
        e.reshape([N, k])
    });
    let expected = model.predict(toy::tensor(z_agg.clone(), [N, e_dim]), e, Mode::Eval);
    let expected = toy::numbers::<2>(expected);
    let rows = z_agg.chunks_exact(e_dim).zip(actions.chunks_exact(A));
    for (index, (z_agg, action)) in rows.enumerate() {
        let found = readout.predict(z_agg, action);
        let change = toy::largest_difference(&found, &expected[index * d..(index + 1) * d]);
        assert!(change <= TOL_FOLDED, "{conditioning:?}, position {index}: {change:e}");
    }
    let first = readout.predict(&z_agg[..e_dim], &actions[..A]);
    let hears = first != readout.predict(&z_agg[..e_dim], &actions[A..2 * A]);
    assert_eq!(hears, conditioning.in_predictor(), "{conditioning:?} hears the upcoming action");
}

#[test]
fn the_page_predicts_what_a_conditioned_model_predicts() {
    check_predict(Conditioning::Both);
    check_predict(Conditioning::Predictor);
}

#[test]
fn the_page_predicts_what_a_model_without_the_upcoming_action_predicts() {
    check_predict(Conditioning::Token);
    check_predict(Conditioning::None);
}

#[test]
fn fitted_values_pass_into_the_readout_where_they_fit() {
    let (online, target) = toy::models(&toy::config(NormKind::Batch, Conditioning::Both));
    let frozen = Frozen {
        model: online.valid(),
        target: target.valid(),
        device: toy::device(),
        view_side_px: toy::P,
        action_dim: A,
    };
    let mean = toy::normals("mean", 16);
    let heads = vec![vec![0.5; A * (24 + A + 1)]];
    let probes = ProbeTensors { latent_mean: mean.clone(), path_heads: heads.clone() };
    let found = pollster::block_on(readout::of(&frozen, &probes)).expect("flex reads");
    assert_eq!((found.latent_mean, found.path_heads), (mean, heads));
    let none = ProbeTensors::default();
    let found = pollster::block_on(readout::of(&frozen, &none)).expect("flex reads");
    assert_eq!(found.latent_mean, vec![0.0; 16], "without a measurement nothing is subtracted");
}

#[test]
fn a_centered_cosine_is_the_cosine_of_differences_from_the_mean() {
    let d = 16;
    let mean = toy::normals("mean", d);
    let readout = Readout { z_dim: d, latent_mean: mean.clone(), ..Readout::default() };
    let guess = toy::normals("guess", d);
    let bank = toy::normals("bank", 9 * d);
    let centered = |z: &[f32]| -> Vec<f64> {
        z.iter().zip(&mean).map(|(z, mean)| f64::from(*z) - f64::from(*mean)).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let found = readout.centered_cosines(&guess, &bank);
    assert_eq!(found.len(), 9, "one score a row");
    for (row, found) in bank.chunks_exact(d).zip(found) {
        let (a, b) = (centered(&guess), centered(row));
        let expected = dot(&a, &b) / dot(&a, &a).sqrt() / dot(&b, &b).sqrt();
        assert!((f64::from(found) - expected).abs() < TOL_COSINE, "{found} for {expected}");
    }
}
