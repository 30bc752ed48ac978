//! World 1: fixations on a picture. A view is what lies round the fixation, an action the way to
//! the next one (paper Sec. 4, spec 2B).
//!
//! By default the pictures are procedural scenes whose places are readable (see [`super::scene`]):
//! where a view lies can be told from the view, so that a small model learns to predict across
//! saccades within minutes (regressed from 8 x 8 pixels of a view, R² of row and column is .87 and .71
//! at uniform places). Photos are the harder setting.

use std::sync::OnceLock;

use rand_chacha::ChaCha8Rng;

use super::config::SaccadeConfig;
use super::fixation::{Fixation, inhibition_radius_px, scanpath};
use super::rng::{below, stream};
use super::saliency::SaliencyMap;
use super::shelf::Shelf;
use super::{ActionSpec, Picture, Sequence, Split, Trial, View, World, WorldError, prop, scene};

/// Rows (and columns) of the grid of candidate places.
const GRID: usize = 9;

/// A labeled picture handed in from outside.
#[derive(Clone, Debug)]
pub struct LabeledPicture {
    /// The picture, of the configured side.
    pub picture: Picture,
    /// Index into the class names.
    pub label: usize,
    /// A ready saliency map; computed from the picture when absent.
    pub saliency: Option<SaliencyMap>,
}

/// One picture of the world with what is known about it.
#[derive(Debug)]
struct Exhibit {
    picture: Picture,
    label: usize,
    saliency: OnceLock<SaliencyMap>,
}

impl Exhibit {
    fn saliency(&self) -> &SaliencyMap {
        self.saliency.get_or_init(|| SaliencyMap::of(&self.picture))
    }
}

impl From<LabeledPicture> for Exhibit {
    fn from(given: LabeledPicture) -> Self {
        let saliency = given.saliency.map_or_else(OnceLock::new, OnceLock::from);
        Self { picture: given.picture, label: given.label, saliency }
    }
}

/// Pictures, and the law of looking at them.
#[derive(Debug)]
pub struct SaccadeWorld {
    config: SaccadeConfig,
    class_names: Vec<String>,
    train: Shelf<Exhibit>,
    val: Shelf<Exhibit>,
}

impl SaccadeWorld {
    /// Procedural scenes; each is painted when first looked at.
    pub fn procedural(config: SaccadeConfig) -> Result<Self, WorldError> {
        config.validate()?;
        let class_names = prop::CLASSES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let (train, val) = (Shelf::empty(config.n_train), Shelf::empty(config.n_val));
        Ok(Self { config, class_names, train, val })
    }

    /// Given pictures (a folder, dropped files). Their numbers replace those in `config`.
    pub fn from_pictures(
        mut config: SaccadeConfig,
        train: Vec<LabeledPicture>,
        val: Vec<LabeledPicture>,
        class_names: Vec<String>,
    ) -> Result<Self, WorldError> {
        (config.n_train, config.n_val) = (train.len(), val.len());
        config.validate()?;
        for (name, pictures) in [("training", &train), ("held-out", &val)] {
            for (index, given) in pictures.iter().enumerate() {
                check_given(&config, given, class_names.len())
                    .map_err(|what| WorldError::Data(format!("{name} picture {index}: {what}")))?;
            }
        }
        let (train, val) = (
            Shelf::full(train.into_iter().map(Exhibit::from)),
            Shelf::full(val.into_iter().map(Exhibit::from)),
        );
        Ok(Self { config, class_names, train, val })
    }

    /// The settings, with the true numbers of pictures.
    pub fn config(&self) -> &SaccadeConfig {
        &self.config
    }

    /// Number of pictures in a split.
    pub fn n_pictures(&self, split: Split) -> usize {
        self.shelf(split).len()
    }

    /// A picture of the split.
    ///
    /// # Panics
    /// When `index` is not below [`Self::n_pictures`].
    pub fn picture(&self, split: Split, index: usize) -> &Picture {
        &self.exhibit(split, index).picture
    }

    /// Class of a picture.
    pub fn label(&self, split: Split, index: usize) -> usize {
        self.exhibit(split, index).label
    }

    /// Saliency map of a picture.
    pub fn saliency(&self, split: Split, index: usize) -> &SaliencyMap {
        self.exhibit(split, index).saliency()
    }

    /// Fixations on one picture by the configured law.
    pub fn scanpath(
        &self,
        split: Split,
        index: usize,
        n: usize,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Fixation> {
        scanpath(&self.config, self.saliency(split, index), n, rng)
    }

    /// One sequence on a chosen picture. [`World::sequence`] draws the picture, then calls this.
    ///
    /// # Panics
    /// When `index` is not below [`Self::n_pictures`].
    pub fn sequence_on(
        &self,
        split: Split,
        index: usize,
        n_views: usize,
        rng: &mut ChaCha8Rng,
    ) -> Sequence {
        let exhibit = self.exhibit(split, index);
        let path = scanpath(&self.config, exhibit.saliency(), n_views, rng);
        let states: Vec<Vec<f32>> = path.iter().map(|&at| self.state(at)).collect();
        Sequence {
            views: path.iter().map(|&at| self.view(&exhibit.picture, at)).collect(),
            actions: states.windows(2).map(|w| self.action_between(&w[0], &w[1])).collect(),
            states,
            label: exhibit.label,
            thing: index,
        }
    }

    /// One trial on a chosen picture along a given way: all fixations but the last are observed, the last
    /// stands in the grid's nearest place.
    ///
    /// # Panics
    /// When `index` is not below [`Self::n_pictures`] or `path` has fewer than two fixations.
    pub fn trial_along(&self, split: Split, index: usize, path: &[Fixation]) -> Trial {
        let (&last, seen) = path.split_last().expect("a way has two fixations or more");
        let mut places = self.candidate_places();
        let away =
            |at: &Fixation| at.row.abs_diff(last.row).pow(2) + at.col.abs_diff(last.col).pow(2);
        let nearest = (0..places.len()).min_by_key(|&i| away(&places[i])).unwrap_or(0);
        places[nearest] = last;
        self.trial_among(split, index, seen, &places, nearest)
    }

    /// A trial whose truth is one of `places`.
    fn trial_among(
        &self,
        split: Split,
        index: usize,
        path: &[Fixation],
        places: &[Fixation],
        truth: usize,
    ) -> Trial {
        let exhibit = self.exhibit(split, index);
        let mut states: Vec<Vec<f32>> = path.iter().map(|&at| self.state(at)).collect();
        let candidate_states: Vec<Vec<f32>> = places.iter().map(|&at| self.state(at)).collect();
        states.push(candidate_states[truth].clone());
        let actions = states.windows(2).map(|w| self.action_between(&w[0], &w[1])).collect();
        states.pop();
        Trial {
            observed: path.iter().map(|&at| self.view(&exhibit.picture, at)).collect(),
            observed_states: states,
            actions,
            candidates: places.iter().map(|&at| self.view(&exhibit.picture, at)).collect(),
            candidate_states,
            truth,
            label: exhibit.label,
            thing: index,
        }
    }

    /// The 9 x 9 grid of places that predictions are compared with, row by row.
    pub fn candidate_places(&self) -> Vec<Fixation> {
        let half = self.config.view_side_px / 2;
        let room = self.config.picture_side_px - self.config.view_side_px;
        let step = |i: usize| half + i * room / (GRID - 1);
        (0..GRID * GRID).map(|i| Fixation { row: step(i / GRID), col: step(i % GRID) }).collect()
    }

    fn shelf(&self, split: Split) -> &Shelf<Exhibit> {
        match split {
            Split::Train => &self.train,
            Split::Val => &self.val,
        }
    }

    fn exhibit(&self, split: Split, index: usize) -> &Exhibit {
        self.shelf(split).get_or_make(index, || {
            let picture = paint_scene(self.config.seed, split, index, self.config.picture_side_px);
            Exhibit { picture, label: scene_label(index), saliency: OnceLock::new() }
        })
    }

    fn view(&self, picture: &Picture, at: Fixation) -> View {
        view_at(picture, at, self.config.view_side_px)
    }

    fn state(&self, at: Fixation) -> Vec<f32> {
        at.state(self.config.picture_side_px)
    }
}

/// The procedural picture `index` of a split, at any side: the same scene, sharper when larger.
pub fn paint_scene(world_seed: u64, split: Split, index: usize, side_px: usize) -> Picture {
    let purpose = match split {
        Split::Train => "scene/train",
        Split::Val => "scene/val",
    };
    let mut rng = stream(world_seed, purpose, index as u64);
    Picture { side_px, rgb: scene::paint(side_px, scene_label(index), &mut rng).to_bytes() }
}

/// Class of the procedural picture `index`: all classes in turn.
pub(super) fn scene_label(index: usize) -> usize {
    index % prop::CLASSES.len()
}

/// What is seen from a fixation: an upright crop, black outside the picture (spec 2B.4).
///
/// DIFFERS: the reference code swaps row and column of the crop; here they are kept straight.
pub fn view_at(picture: &Picture, at: Fixation, view_side_px: usize) -> View {
    let corner = |v: usize| v as isize - (view_side_px / 2) as isize;
    picture.crop(corner(at.row), corner(at.col), view_side_px)
}

fn check_given(
    config: &SaccadeConfig,
    given: &LabeledPicture,
    n_classes: usize,
) -> Result<(), String> {
    let side_px = config.picture_side_px;
    if given.picture.side_px != side_px || given.picture.rgb.len() != side_px * side_px * 3 {
        return Err(format!(
            "the side must be picture_side_px = {side_px}; found {} (use Picture::from_rgb)",
            given.picture.side_px
        ));
    }
    if given.label >= n_classes {
        return Err(format!("label {} has no name among {n_classes} classes", given.label));
    }
    match &given.saliency {
        Some(map) if map.side_px != side_px => {
            Err(format!("its saliency map must have side {side_px}; found {}", map.side_px))
        }
        _ => Ok(()),
    }
}

impl World for SaccadeWorld {
    fn action_spec(&self) -> ActionSpec {
        ActionSpec { names: &["row", "col"], unit: "picture sides", range: (-1.0, 1.0) }
    }

    fn view_side_px(&self) -> usize {
        self.config.view_side_px
    }

    fn class_names(&self) -> &[String] {
        &self.class_names
    }

    fn sequence(&self, split: Split, n_views: usize, rng: &mut ChaCha8Rng) -> Sequence {
        let index = below(rng, self.n_pictures(split));
        self.sequence_on(split, index, n_views, rng)
    }

    fn trial(&self, split: Split, n_observed: usize, rng: &mut ChaCha8Rng) -> Trial {
        let index = below(rng, self.n_pictures(split));
        let exhibit = self.exhibit(split, index);
        let path = scanpath(&self.config, exhibit.saliency(), n_observed, rng);
        let places = self.candidate_places();
        let radius_px = inhibition_radius_px(&self.config);
        let fresh: Vec<usize> = (0..places.len())
            .filter(|&i| path.iter().all(|seen| !seen.inhibits(places[i], radius_px)))
            .collect();
        let truth = match fresh.len() {
            0 => below(rng, places.len()),
            n => fresh[below(rng, n)],
        };
        self.trial_among(split, index, &path, &places, truth)
    }

    fn action_between(&self, from: &[f32], to: &[f32]) -> Vec<f32> {
        from.iter().zip(to).map(|(a, b)| b - a).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::Border;

    fn small() -> SaccadeWorld {
        let config = SaccadeConfig { n_train: 24, n_val: 16, ..SaccadeConfig::default() };
        SaccadeWorld::procedural(config).expect("a valid configuration")
    }

    #[test]
    fn a_sequence_is_its_seed() {
        let draw = |index| small().sequence(Split::Train, 4, &mut stream(1, "s", index));
        assert_eq!(draw(0), draw(0));
        assert_ne!(draw(0), draw(1));
        assert_eq!(draw(0).views.len(), 4);
        assert_eq!(draw(0).actions.len(), 3);
    }

    #[test]
    fn actions_lead_from_state_to_state_and_are_never_small() {
        let world = small();
        for index in 0..200 {
            let s = world.sequence(Split::Val, 4, &mut stream(1, "s", index));
            for (i, action) in s.actions.iter().enumerate() {
                assert_eq!(action, &world.action_between(&s.states[i], &s.states[i + 1]));
                let longest = action[0].abs().max(action[1].abs());
                // Beyond half a view (inhibition), within the room for views.
                assert!(longest > 16.0 / 96.0 && longest < 64.5 / 96.0, "{action:?}");
            }
        }
    }

    #[test]
    fn zero_padded_views_have_black_corners() {
        let config =
            SaccadeConfig { n_train: 8, border: Border::ZeroPadded, ..SaccadeConfig::default() };
        let world = SaccadeWorld::procedural(config).expect("valid");
        let view = view_at(world.picture(Split::Train, 0), Fixation { row: 0, col: 0 }, 32);
        assert!(view.rgb[..16 * 32 * 3].iter().all(|&b| b == 0));
        assert!(view.rgb[16 * 32 * 3..].iter().any(|&b| b > 0));
    }

    #[test]
    fn a_trial_hides_a_fresh_place_among_81() {
        let world = small();
        let trial = world.trial(Split::Val, 3, &mut stream(1, "t", 0));
        assert_eq!((trial.observed.len(), trial.actions.len(), trial.candidates.len()), (3, 3, 81));
        let (last, truth) = (&trial.observed_states[2], &trial.candidate_states[trial.truth]);
        assert_eq!(trial.actions[2], world.action_between(last, truth));
        assert!((0..2).any(|k| (last[k] - truth[k]).abs() > 16.0 / 96.0));
        let grid = world.candidate_places();
        assert_eq!((grid[0].row, grid[0].col, grid[1].col, grid[80].row), (16, 16, 24, 80));
        assert!(world.trial(Split::Val, 10, &mut stream(1, "t", 0)).truth < 81);
    }

    #[test]
    fn a_trial_along_a_way_ends_where_the_way_does() {
        let world = small();
        let path = [(20, 20), (60, 40), (37, 71)].map(|(row, col)| Fixation { row, col });
        let trial = world.trial_along(Split::Val, 1, &path);
        assert_eq!((trial.observed.len(), trial.actions.len(), trial.candidates.len()), (2, 2, 81));
        assert_eq!(trial.candidate_states[trial.truth], path[2].state(96));
        // It took the place (40, 72), that is row 3, column 7 of the grid.
        assert_eq!(trial.truth, 3 * 9 + 7);
        let seen = view_at(world.picture(Split::Val, 1), path[2], 32);
        assert_eq!(trial.candidates[trial.truth], seen);
    }

    #[test]
    fn splits_share_no_picture_and_classes_are_balanced() {
        let world = small();
        for index in 0..16 {
            assert_ne!(world.picture(Split::Train, index), world.picture(Split::Val, index));
            assert_eq!(world.label(Split::Train, index), index % 8);
        }
    }

    #[test]
    fn a_scene_is_the_same_at_every_side() {
        let large = paint_scene(7, Split::Val, 3, 192);
        let small = paint_scene(7, Split::Val, 3, 96);
        let shrunk = Picture::from_rgb(192, 192, &large.rgb, 96).expect("a good picture");
        let differences = small.rgb.iter().zip(&shrunk.rgb).map(|(a, b)| u32::from(a.abs_diff(*b)));
        let mean = differences.sum::<u32>() as f32 / small.rgb.len() as f32;
        assert!(mean < 6.0, "mean difference {mean} of 255");
    }

    #[test]
    fn given_pictures_are_checked_and_used() {
        let given = |side_px: usize, label| LabeledPicture {
            picture: Picture { side_px, rgb: vec![9; side_px * side_px * 3] },
            label,
            saliency: None,
        };
        let names = vec!["gray".to_owned()];
        let build = |train| {
            let config = SaccadeConfig::default();
            SaccadeWorld::from_pictures(config, train, vec![given(96, 0)], names.clone())
        };
        assert_eq!(build(vec![given(96, 0)]).expect("good").n_pictures(Split::Train), 1);
        let text = |train| build(train).expect_err("bad").to_string();
        assert!(text(vec![given(96, 0), given(90, 0)]).contains("training picture 1"));
        assert!(text(vec![given(96, 3)]).contains("label 3"));
        assert!(text(vec![]).contains("n_train"));
    }
}
