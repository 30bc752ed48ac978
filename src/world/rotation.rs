//! World 2: one object in random poses. An action is the rotation, in the object's own frame, from
//! one pose to the next (paper Sec. 4, spec 1.7 and 2A.1).
//!
//! By default the objects are procedural and their surfaces readable (see [`super::object`]); plain
//! surfaces and real meshes are the harder settings.

use rand_chacha::ChaCha8Rng;

use super::config::RotationConfig;
use super::quaternion::Quaternion;
use super::rng::{below, range, stream};
use super::shelf::Shelf;
use super::stage::Stage;
use super::template::TEMPLATES;
use super::{ActionSpec, Mesh, Sequence, Split, Trial, View, World, WorldError, object, raster};

/// Poses of the object in a retrieval trial, observed ones included (3DIEBench: 50 renders).
pub const N_TRIAL_POSES: usize = 50;

/// A labeled mesh handed in from outside.
#[derive(Clone, Debug)]
pub struct LabeledMesh {
    /// The mesh, of radius 1 about the origin.
    pub mesh: Mesh,
    /// Index into the class names.
    pub label: usize,
}

/// Objects, and the law of turning them.
#[derive(Debug)]
pub struct RotationWorld {
    config: RotationConfig,
    class_names: Vec<String>,
    train: Shelf<LabeledMesh>,
    val: Shelf<LabeledMesh>,
}

impl RotationWorld {
    /// Procedural objects; each is made when first looked at.
    pub fn procedural(config: RotationConfig) -> Result<Self, WorldError> {
        config.validate()?;
        let n = TEMPLATES.len();
        Ok(Self {
            class_names: TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect(),
            train: Shelf::empty(n * config.n_train_per_class),
            val: Shelf::empty(n * config.n_val_per_class),
            config,
        })
    }

    /// Given meshes (a folder). Their numbers and colors stand in for those of `config`.
    pub fn from_meshes(
        config: RotationConfig,
        train: Vec<LabeledMesh>,
        val: Vec<LabeledMesh>,
        class_names: Vec<String>,
    ) -> Result<Self, WorldError> {
        config.validate()?;
        for (name, meshes) in [("training", &train), ("held-out", &val)] {
            if meshes.is_empty() {
                return Err(WorldError::Data(format!(
                    "there are no {name} meshes; give one or more"
                )));
            }
            if let Some(at) = meshes.iter().position(|m| m.label >= class_names.len()) {
                let (label, n) = (meshes[at].label, class_names.len());
                return Err(WorldError::Data(format!(
                    "{name} mesh {at}: label {label} has no name among {n} classes"
                )));
            }
        }
        Ok(Self { config, class_names, train: Shelf::full(train), val: Shelf::full(val) })
    }

    /// The settings.
    pub fn config(&self) -> &RotationConfig {
        &self.config
    }

    /// Number of objects in a split.
    pub fn n_objects(&self, split: Split) -> usize {
        self.shelf(split).len()
    }

    /// An object of the split.
    ///
    /// # Panics
    /// When `index` is not below [`Self::n_objects`].
    pub fn object(&self, split: Split, index: usize) -> &Mesh {
        &self.labeled(split, index).mesh
    }

    /// Class of an object.
    pub fn label(&self, split: Split, index: usize) -> usize {
        self.labeled(split, index).label
    }

    /// A random pose: each Euler angle uniform within the configured range.
    pub fn random_pose(&self, rng: &mut ChaCha8Rng) -> Quaternion {
        let max = self.config.max_angle_rad;
        Quaternion::from_euler_xyz([(); 3].map(|()| range(rng, -max, max)))
    }

    /// A random stage of the configured nuisance.
    pub fn random_stage(&self, rng: &mut ChaCha8Rng) -> Stage {
        Stage::sample(self.config.nuisance, rng)
    }

    fn shelf(&self, split: Split) -> &Shelf<LabeledMesh> {
        match split {
            Split::Train => &self.train,
            Split::Val => &self.val,
        }
    }

    fn labeled(&self, split: Split, index: usize) -> &LabeledMesh {
        let purpose = match split {
            Split::Train => "object/train",
            Split::Val => "object/val",
        };
        self.shelf(split).get_or_make(index, || {
            let label = index % TEMPLATES.len();
            let mut rng = stream(self.config.seed, purpose, index as u64);
            LabeledMesh { mesh: object::make(label, self.config.surface, &mut rng), label }
        })
    }

    /// As [`World::sequence`], in poses by another law.
    pub fn sequence_posed(
        &self,
        split: Split,
        n_views: usize,
        rng: &mut ChaCha8Rng,
        pose: &mut dyn FnMut(&mut ChaCha8Rng) -> Quaternion,
    ) -> Sequence {
        let thing = below(rng, self.n_objects(split));
        let object = self.labeled(split, thing);
        let (views, states) = self.look_from(&object.mesh, n_views, rng, pose);
        let actions = states.windows(2).map(|w| self.action_between(&w[0], &w[1])).collect();
        Sequence { views, actions, states, label: object.label, thing }
    }

    /// Random poses of a mesh, each seen on its own stage.
    fn look(&self, mesh: &Mesh, n: usize, rng: &mut ChaCha8Rng) -> (Vec<View>, Vec<Vec<f32>>) {
        self.look_from(mesh, n, rng, &mut |rng| self.random_pose(rng))
    }

    fn look_from(
        &self,
        mesh: &Mesh,
        n: usize,
        rng: &mut ChaCha8Rng,
        pose: &mut dyn FnMut(&mut ChaCha8Rng) -> Quaternion,
    ) -> (Vec<View>, Vec<Vec<f32>>) {
        (0..n)
            .map(|_| {
                let (pose, stage) = (pose(rng), self.random_stage(rng));
                let view = raster::render(mesh, pose, &stage, self.config.view_side_px);
                (view, pose.to_array().to_vec())
            })
            .unzip()
    }
}

impl World for RotationWorld {
    fn action_spec(&self) -> ActionSpec {
        ActionSpec { names: &["x", "y", "z", "w"], unit: "unit quaternion", range: (-1.0, 1.0) }
    }

    fn view_side_px(&self) -> usize {
        self.config.view_side_px
    }

    fn class_names(&self) -> &[String] {
        &self.class_names
    }

    fn sequence(&self, split: Split, n_views: usize, rng: &mut ChaCha8Rng) -> Sequence {
        self.sequence_posed(split, n_views, rng, &mut |rng| self.random_pose(rng))
    }

    fn trial(&self, split: Split, n_observed: usize, rng: &mut ChaCha8Rng) -> Trial {
        assert!(
            n_observed < N_TRIAL_POSES,
            "a trial has {N_TRIAL_POSES} poses, so {n_observed} cannot all be observed"
        );
        let thing = below(rng, self.n_objects(split));
        let object = self.labeled(split, thing);
        let (mut observed, mut observed_states) = self.look(&object.mesh, N_TRIAL_POSES, rng);
        let candidates = observed.split_off(n_observed);
        let candidate_states = observed_states.split_off(n_observed);
        let truth = below(rng, candidates.len());
        let path = || observed_states.iter().chain([&candidate_states[truth]]);
        let actions = path().zip(path().skip(1)).map(|(a, b)| self.action_between(a, b)).collect();
        let label = object.label;
        Trial {
            observed,
            observed_states,
            actions,
            candidates,
            candidate_states,
            truth,
            label,
            thing,
        }
    }

    fn action_between(&self, from: &[f32], to: &[f32]) -> Vec<f32> {
        let (from, to) = (Quaternion::from_slice(from), Quaternion::from_slice(to));
        from.relative_to(to).to_array().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> RotationWorld {
        let config = RotationConfig {
            n_train_per_class: 2,
            n_val_per_class: 2,
            ..RotationConfig::default()
        };
        RotationWorld::procedural(config).expect("a valid configuration")
    }

    #[test]
    fn a_sequence_is_its_seed_and_actions_compose() {
        let draw = |index| small().sequence(Split::Train, 4, &mut stream(1, "s", index));
        let s = draw(0);
        assert_eq!(s, draw(0));
        assert_ne!(s, draw(1));
        let start = Quaternion::from_slice(&s.states[0]);
        let end = s.actions.iter().fold(start, |q, a| q * Quaternion::from_slice(a));
        assert!(end.angle_to(Quaternion::from_slice(&s.states[3])) < 1e-3);
    }

    #[test]
    fn a_trial_hides_the_truth_among_the_unseen_poses() {
        let world = small();
        let trial = world.trial(Split::Val, 3, &mut stream(1, "t", 0));
        assert_eq!((trial.observed.len(), trial.actions.len(), trial.candidates.len()), (3, 3, 47));
        let expected =
            world.action_between(&trial.observed_states[2], &trial.candidate_states[trial.truth]);
        assert_eq!(trial.actions[2], expected);
    }

    #[test]
    fn splits_share_no_object() {
        let world = small();
        for index in 0..world.n_objects(Split::Val) {
            assert_ne!(world.object(Split::Train, index), world.object(Split::Val, index));
            assert_eq!(world.label(Split::Val, index), index % TEMPLATES.len());
        }
    }

    #[test]
    fn given_meshes_are_checked() {
        let given = |label| LabeledMesh { mesh: small().object(Split::Val, 0).clone(), label };
        let build = |train| {
            let names = vec!["thing".to_owned()];
            RotationWorld::from_meshes(RotationConfig::default(), train, vec![given(0)], names)
        };
        assert!(build(vec![given(0)]).is_ok());
        let text = |train| build(train).expect_err("bad").to_string();
        assert!(text(vec![given(0), given(1)]).contains("training mesh 1"));
        assert!(text(vec![]).contains("no training meshes"));
    }
}
