//! What a suite's networks are and what they see, told from the run that all of them are made of.

use super::plan::{Budget, Suite};
use super::report::{Report, SuiteReport};
use crate::model::config::StageConfig;
use crate::train::config::RunConfig;
use crate::world::WorldConfig;

/// A paragraph for readers; empty when the report is of a size or suite that this version has not.
pub(super) fn told(suite: &SuiteReport, report: &Report) -> String {
    let known = Suite::from_word(&suite.suite).zip(Budget::from_word(&report.budget));
    let Some(config) = known.and_then(|(suite, budget)| budget.run(suite).ok()) else {
        return String::new();
    };
    let RunConfig { model, n_observed, batch, learning_rate, warmup_steps, .. } = &config;
    format!(
        "A view has {side} x {side} px. The encoder is a ResNet of basic blocks with {stem} channels after \
         its stem and {stages} in its stages, so that z has {z} numbers; the {a} numbers of an action are embedded \
         in {k}. seq-JEPA's aggregator has {layers} of {heads} heads, its predictor {hidden} hidden units. A step \
         is {batch} sequences: of seq-JEPA and Conv-JEPA {n_observed} observed views and the next one, of \
         VICRegTraj three views, of other baselines two. AdamW, rate {learning_rate} after \
         {warmup_steps} steps of warm-up and down along half a cosine, gradients clipped at norm {clip}, weight \
         decay {decay} (baselines none), the target encoder's average from {tau} on. {things}",
        side = config.world.view_side_px(),
        stem = model.encoder.stem_channels,
        stages = joined(&model.encoder.stages),
        z = model.encoder.z_dim(),
        a = model.action_dim,
        k = model.action_embed_dim,
        layers = match model.aggregator.n_layers {
            1 => "one layer".to_owned(),
            n => format!("{n} layers"),
        },
        heads = model.aggregator.n_heads,
        hidden = model.predictor_hidden_dim,
        clip = config.clip_norm,
        decay = config.weight_decay,
        tau = config.tau_start,
        things = things(&config.world, !report.data.is_empty()),
    )
}

fn joined(stages: &[StageConfig]) -> String {
    let channels: Vec<String> = stages.iter().map(|stage| stage.channels.to_string()).collect();
    channels.join(", ")
}

fn things(world: &WorldConfig, from_folder: bool) -> String {
    let law = match world {
        WorldConfig::Saccade(world) => format!(
            "Pictures have {0} x {0} px; an action is the way between two fixations over the picture's side.",
            world.picture_side_px
        ),
        WorldConfig::Rotation(world) => format!(
            "A pose has three Euler angles within ±{:.2} rad; an action is the unit quaternion between two.",
            world.max_angle_rad
        ),
        WorldConfig::Augment(_) => {
            "An action is the difference of two views' crop, jitter and blur.".to_owned()
        }
    };
    if from_folder {
        return law;
    }
    let (train, val, each) = match world {
        WorldConfig::Saccade(world) => (world.n_train, world.n_val, ""),
        WorldConfig::Augment(world) => (world.n_train, world.n_val, ""),
        WorldConfig::Rotation(world) => {
            (world.n_train_per_class, world.n_val_per_class, " of each class")
        }
    };
    format!("{law} {train} things{each} are for training, {val} held out.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::material::settings;

    #[test]
    fn every_suite_of_every_size_is_told() {
        for budget in Budget::ALL {
            for suite in Suite::ALL {
                let found = SuiteReport {
                    suite: suite.word().to_owned(),
                    preset: String::new(),
                    steps: 1,
                    n_observed: 2,
                    settings: settings(budget, 2),
                    rows: Vec::new(),
                };
                let report = Report::new(budget, Vec::new(), &[], |_| settings(budget, 2));
                let text = told(&found, &report);
                let side = budget.run(suite).expect("a preset").world.view_side_px();
                assert!(text.contains(&format!("{side} x {side} px")) && text.contains("held out"));
                let other = Report { budget: "forever".to_owned(), ..report };
                assert_eq!(told(&found, &other), "");
            }
        }
    }
}
