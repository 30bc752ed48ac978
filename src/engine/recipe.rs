//! Between the recipe that a visitor or a flag states, a run's configuration, and the command line
//! that repeats it.

use crate::model::Conditioning;
use crate::protocol::Recipe;
use crate::train::config::RunConfig;
use crate::train::preset;
use crate::world::WorldConfig;
#[cfg(feature = "bench")]
use crate::world::config::Scale;
use crate::world::config::Surface;

/// The run that a recipe describes.
///
/// # Errors
/// A sentence that names the setting that cannot be used.
pub fn config_of(recipe: &Recipe) -> Result<RunConfig, String> {
    let world = WorldConfig::from_word(&recipe.world).map_err(|why| why.to_string())?;
    let mut config = preset::run(&recipe.preset, world)?;
    config.seed = recipe.seed;
    config.steps = recipe.steps.unwrap_or(config.steps);
    config.batch = recipe.batch.unwrap_or(config.batch);
    config.learning_rate = recipe.learning_rate.unwrap_or(config.learning_rate);
    config.model.conditioning = Conditioning::from_word(&recipe.conditioning)?;
    config.validate()?;
    Ok(config)
}

/// The recipe of a run, everything filled in.
pub fn recipe_of(config: &RunConfig) -> Recipe {
    Recipe {
        preset: config.preset.clone(),
        world: config.world.word().to_owned(),
        seed: config.seed,
        steps: Some(config.steps),
        batch: Some(config.batch),
        learning_rate: Some(config.learning_rate),
        conditioning: config.model.conditioning.word().to_owned(),
    }
}

/// The command line that repeats a run natively: the preset and every setting that differs from
/// it.
pub fn line_of(config: &RunConfig) -> String {
    let mut line = format!(
        "seq-jepa train --preset {} --world {} --seed {}",
        config.preset,
        config.world.word(),
        config.seed
    );
    let default = WorldConfig::from_word(config.world.word())
        .map_err(|why| why.to_string())
        .and_then(|world| preset::run(&config.preset, world));
    let mut flag = |name: &str, value: String, differs: bool| match value.contains(' ') {
        _ if !differs => {}
        true => line.push_str(&format!(" --{name} '{value}'")),
        false => line.push_str(&format!(" --{name} {value}")),
    };
    for (name, folder) in [("data", &config.data), ("saliency", &config.saliency)] {
        flag(name, folder.clone().unwrap_or_default(), folder.is_some());
    }
    let Ok(preset) = default else { return line };
    flag("steps", config.steps.to_string(), config.steps != preset.steps);
    flag("batch", config.batch.to_string(), config.batch != preset.batch);
    let views = config.n_observed_min.map_or_else(String::new, |fewest| format!("{fewest}-"));
    let differs = config.n_observed != preset.n_observed || config.n_observed_min.is_some();
    flag("views", format!("{views}{}", config.n_observed), differs);
    let rate = config.learning_rate;
    flag("lr", rate.to_string(), rate != preset.learning_rate);
    flag("tau", config.tau_start.to_string(), config.tau_start != preset.tau_start);
    let conditioning = config.model.conditioning;
    flag("conditioning", conditioning.word().to_owned(), conditioning != Conditioning::Both);
    if matches!(&config.world, WorldConfig::Rotation(world) if world.surface == Surface::Plain) {
        line.push_str(" --plain");
    }
    #[cfg(feature = "bench")]
    if matches!(&config.world, WorldConfig::Augment(world) if world.scale == Scale::Sequence) {
        line.push_str(" --sequence-scale");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_survives_its_run() {
        let recipe = Recipe {
            preset: "nano".to_owned(),
            world: "rotation".to_owned(),
            seed: 9,
            steps: Some(77),
            batch: Some(8),
            learning_rate: Some(1e-3),
            conditioning: "none".to_owned(),
        };
        let mut config = config_of(&recipe).expect("a valid recipe");
        assert_eq!(recipe_of(&config), recipe);
        assert_eq!(
            line_of(&config),
            "seq-jepa train --preset nano --world rotation --seed 9 --steps 77 --batch 8 \
             --lr 0.001 --conditioning none"
        );
        config.n_observed_min = Some(1);
        assert!(line_of(&config).contains(" --batch 8 --views 1-2 --lr"), "{}", line_of(&config));
    }

    #[test]
    fn a_line_names_the_folder_that_stood_in() {
        let world = WorldConfig::saccade();
        let mut config = preset::run("nano", world).expect("a preset");
        config.data = Some("my photos".to_owned());
        let line = line_of(&config);
        assert!(line.ends_with("--seed 1 --data 'my photos'"), "{line}");
    }

    #[test]
    fn a_bad_recipe_is_refused_with_a_sentence() {
        let recipe = Recipe {
            preset: "huge".to_owned(),
            world: "saccade".to_owned(),
            seed: 1,
            steps: None,
            batch: None,
            learning_rate: None,
            conditioning: "both".to_owned(),
        };
        let problem = config_of(&recipe).expect_err("no such preset");
        assert!(problem.contains("huge") && problem.contains("tiny"), "{problem}");
    }
}
