//! From the core's types to the protocol's; nothing else.

use super::{recipe, run};
use crate::probe::report::EvalReport;
use crate::protocol::{ModelCard, ProbeReport, Recipe};
use crate::train::checkpoint::Loaded;
use crate::train::flat::FlatLayout;

/// What a checkpoint says of itself.
pub fn card(loaded: &Loaded) -> ModelCard {
    let config = &loaded.header.config;
    let Recipe { preset, world, seed, conditioning, .. } = recipe::recipe_of(config);
    let probe = run::measured(&loaded.header).map(|(step, report)| probe(step, &report));
    ModelCard {
        preset,
        world,
        world_config: config.world.clone(),
        conditioning,
        step: loaded.header.step,
        seed,
        n_parameters: FlatLayout::of(&loaded.online).n_parameters(),
        view_side_px: config.world.view_side_px(),
        n_observed: config.n_observed,
        probe,
        resumable: loaded.optimizer.is_some(),
        recipe_line: loaded.header.recipe.clone(),
    }
}

/// An evaluation as the charts show it.
pub fn probe(step: u64, report: &EvalReport) -> ProbeReport {
    ProbeReport {
        step,
        equivariance_r2: report.equivariance_r2.value as f32,
        accuracy_z_agg: report.accuracy.z_agg as f32,
        accuracy_z: report.accuracy.z as f32,
        accuracy_chance: report.accuracy.chance as f32,
        rank_median: report.rank.median as f32,
        rank_copy_last: report.rank.copy_last as f32,
        rank_shuffled: report.rank.shuffled as f32,
        mrr: report.mrr.value as f32,
        n_candidates: report.rank.n_candidates,
        n_trials: report.rank.n,
        effective_rank: report.health.effective_rank as f32,
        deviation: report.health.deviation as f32,
        path_r2: report.path_r2.iter().map(|path| path.value as f32).collect(),
    }
}
