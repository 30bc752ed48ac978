//! World 3: one picture augmented several times; an action is the change of crop, jitter and blur
//! (paper section 4, CIFAR-100 and Tiny ImageNet; spec 1.7 and 2A.2).
//!
//! An action is the difference of two views' parameters, each over its deviation under the law of
//! [`Augmentation::draw`]. The official code instead divides each parameter by its norm over the views
//! of the sequence, so that actions depend on views that are yet to come and on their number (spec
//! 7.2-6); [`Scale::Sequence`] does the same.

use super::augmentation::{Augmentation, NAMES};
use super::config::{AugmentConfig, Scale};
use super::rng::below;
use super::saccade::{paint_scene, scene_label};
use super::shelf::Shelf;
use super::{ActionSpec, LabeledPicture, Picture, Sequence, Split, Trial, World, WorldError, prop};
use rand_chacha::ChaCha8Rng;

/// Candidates of a trial.
const N_CANDIDATES: usize = 50;

/// Deviations of the parameters under their law, in the order of [`NAMES`]; a test measures them.
const DEVIATIONS: [f32; 9] =
    [0.1190, 0.1190, 0.1520, 0.1520, 0.2066, 0.2066, 0.1033, 0.0517, 0.5485];

/// A picture and its class.
#[derive(Debug)]
struct Exhibit {
    picture: Picture,
    label: usize,
}

/// Pictures, and the law of changing them.
#[derive(Debug)]
pub struct AugmentWorld {
    config: AugmentConfig,
    class_names: Vec<String>,
    train: Shelf<Exhibit>,
    val: Shelf<Exhibit>,
}

impl AugmentWorld {
    /// Procedural scenes, those of the saccade world.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn procedural(config: AugmentConfig) -> Result<Self, WorldError> {
        config.validate()?;
        let class_names = prop::CLASSES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let (train, val) = (Shelf::empty(config.n_train), Shelf::empty(config.n_val));
        Ok(Self { config, class_names, train, val })
    }

    /// Given pictures of any one side. Their numbers replace those in `config`.
    ///
    /// # Errors
    /// When there are none, or a picture has another side or a label without a name.
    pub fn from_pictures(
        mut config: AugmentConfig,
        train: Vec<LabeledPicture>,
        val: Vec<LabeledPicture>,
        class_names: Vec<String>,
    ) -> Result<Self, WorldError> {
        (config.n_train, config.n_val) = (train.len(), val.len());
        config.validate()?;
        for given in train.iter().chain(&val) {
            if given.picture.side_px != config.picture_side_px || given.label >= class_names.len() {
                return Err(WorldError::Data(format!(
                    "a picture has side {} and label {}: expected side {} and one of {} classes",
                    given.picture.side_px,
                    given.label,
                    config.picture_side_px,
                    class_names.len()
                )));
            }
        }
        let shelf = |given: Vec<LabeledPicture>| {
            let exhibit =
                |given: LabeledPicture| Exhibit { picture: given.picture, label: given.label };
            Shelf::full(given.into_iter().map(exhibit))
        };
        Ok(Self { config, class_names, train: shelf(train), val: shelf(val) })
    }

    /// Some augmentations of a random picture.
    fn look(&self, split: Split, n: usize, rng: &mut ChaCha8Rng) -> Sequence {
        let shelf = match split {
            Split::Train => &self.train,
            Split::Val => &self.val,
        };
        let thing = below(rng, shelf.len());
        let exhibit = shelf.get_or_make(thing, || Exhibit {
            picture: paint_scene(self.config.seed, split, thing, self.config.picture_side_px),
            label: scene_label(thing),
        });
        let drawn: Vec<Augmentation> = (0..n).map(|_| Augmentation::draw(rng)).collect();
        let states = self.states(&drawn);
        let view = |a: &Augmentation| a.view(&exhibit.picture, self.config.view_side_px);
        Sequence {
            views: drawn.iter().map(view).collect(),
            actions: states.windows(2).map(|w| self.action_between(&w[0], &w[1])).collect(),
            states,
            label: exhibit.label,
            thing,
        }
    }

    /// Parameters as actions count them.
    fn states(&self, augmentations: &[Augmentation]) -> Vec<Vec<f32>> {
        let plain: Vec<[f32; 9]> = augmentations.iter().map(Augmentation::parameters).collect();
        let scale: [f32; 9] = match self.config.scale {
            Scale::DataSet => DEVIATIONS,
            Scale::Sequence => core::array::from_fn(|k| {
                libm::sqrtf(plain.iter().map(|p| p[k] * p[k]).sum::<f32>()).max(1e-12)
            }),
        };
        plain.iter().map(|p| p.iter().zip(&scale).map(|(v, s)| v / s).collect()).collect()
    }
}

impl World for AugmentWorld {
    fn action_spec(&self) -> ActionSpec {
        // Beyond eight deviations lies nothing.
        ActionSpec { names: &NAMES, unit: "deviations", range: (-8.0, 8.0) }
    }

    fn view_side_px(&self) -> usize {
        self.config.view_side_px
    }

    fn class_names(&self) -> &[String] {
        &self.class_names
    }

    fn sequence(&self, split: Split, n_views: usize, rng: &mut ChaCha8Rng) -> Sequence {
        self.look(split, n_views, rng)
    }

    fn trial(&self, split: Split, n_observed: usize, rng: &mut ChaCha8Rng) -> Trial {
        let mut all = self.look(split, n_observed + N_CANDIDATES, rng);
        let candidates = all.views.split_off(n_observed);
        let candidate_states = all.states.split_off(n_observed);
        let truth = below(rng, N_CANDIDATES);
        all.actions.truncate(n_observed - 1);
        let last = &all.states[n_observed - 1];
        all.actions.push(self.action_between(last, &candidate_states[truth]));
        Trial {
            observed: all.views,
            observed_states: all.states,
            actions: all.actions,
            candidates,
            candidate_states,
            truth,
            label: all.label,
            thing: all.thing,
        }
    }

    fn action_between(&self, from: &[f32], to: &[f32]) -> Vec<f32> {
        to.iter().zip(from).map(|(to, from)| to - from).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::stream;

    fn world(scale: Scale) -> AugmentWorld {
        let config = AugmentConfig { n_train: 20, n_val: 5, scale, ..AugmentConfig::default() };
        AugmentWorld::procedural(config).expect("valid settings")
    }

    #[test]
    fn deviations_are_those_of_the_law() {
        let n = 40_000;
        let mut sums = [[0.0_f64; 2]; 9];
        for index in 0..n {
            let drawn = Augmentation::draw(&mut stream(1, "deviations", index)).parameters();
            for (sum, value) in sums.iter_mut().zip(drawn) {
                let value = f64::from(value);
                *sum = [sum[0] + value, sum[1] + value * value];
            }
        }
        let n = n as f64;
        let found = sums.map(|[s, ss]| (ss / n - (s / n).powi(2)).sqrt());
        // A deviation of n draws errs by about 1 / √(2 n), here .35 %; five times that.
        let near =
            |(found, expected): (&f64, f32)| (found / f64::from(expected) - 1.0).abs() < 0.018;
        assert!(found.iter().zip(DEVIATIONS).all(near), "{found:.4?}");
    }

    #[test]
    fn actions_lead_from_view_to_view() {
        for scale in [Scale::DataSet, Scale::Sequence] {
            let all = world(scale).sequence(Split::Train, 5, &mut stream(2, "sequence", 0));
            assert_eq!((all.views.len(), all.actions.len(), all.actions[0].len()), (5, 4, 9));
            for (i, action) in all.actions.iter().enumerate() {
                for (k, a) in action.iter().enumerate() {
                    assert_eq!(*a, all.states[i + 1][k] - all.states[i][k]);
                }
            }
        }
    }

    #[test]
    fn only_the_references_scale_knows_the_future() {
        let first = |scale, n| {
            let all = world(scale).sequence(Split::Train, n, &mut stream(2, "sequence", 0));
            all.actions[0].clone()
        };
        assert_eq!(first(Scale::DataSet, 3), first(Scale::DataSet, 5));
        assert_ne!(first(Scale::Sequence, 3), first(Scale::Sequence, 5));
        // Each parameter has norm 1 over the views.
        let all = world(Scale::Sequence).sequence(Split::Train, 4, &mut stream(2, "sequence", 1));
        for k in 0..9 {
            let norm: f32 = all.states.iter().map(|state| state[k] * state[k]).sum();
            assert!((norm - 1.0).abs() < 1e-4 || norm < 1e-6, "{k}: {norm}");
        }
    }

    #[test]
    fn given_pictures_are_checked_and_used() {
        let config = AugmentConfig::default();
        let side = config.picture_side_px;
        let given = |side_px: usize, label| LabeledPicture {
            picture: Picture { side_px, rgb: [200, 40, 90].repeat(side_px * side_px) },
            label,
            saliency: None,
        };
        let build = |train| {
            let names = vec!["one".to_owned(), "other".to_owned()];
            AugmentWorld::from_pictures(config.clone(), train, vec![given(side, 1)], names)
        };
        let world = build(vec![given(side, 0)]).expect("good");
        for (split, label) in [(Split::Train, 0), (Split::Val, 1)] {
            let all = world.sequence(split, 6, &mut stream(4, "given", 0));
            assert_eq!((all.label, all.thing), (label, 0));
            // Of a picture of one color every crop, jittered and blurred, is of one color.
            for view in &all.views {
                let alike = |pixel: &[u8]| (0..3).all(|c| pixel[c].abs_diff(view.rgb[c]) <= 1);
                assert!(view.rgb.chunks(3).all(alike));
            }
        }
        let text = |train| build(train).expect_err("bad").to_string();
        assert!(text(vec![given(side / 2, 0)]).contains(&format!("expected side {side}")));
        assert!(text(vec![given(side, 2)]).contains("one of 2 classes"));
        assert!(text(vec![]).contains("n_train"));
    }

    #[test]
    fn a_trial_has_its_truth_where_its_action_leads() {
        let world = world(Scale::DataSet);
        let trial = world.trial(Split::Val, 3, &mut stream(3, "trial", 0));
        assert_eq!((trial.observed.len(), trial.candidates.len()), (3, N_CANDIDATES));
        let to = &trial.candidate_states[trial.truth];
        assert_eq!(trial.actions[2], world.action_between(&trial.observed_states[2], to));
    }
}
