//! What every network of a suite is asked: drawn once, from the suite's own world.
//!
//! The same held-out views for all variants, also for those that were trained on another law of
//! looking: they differ by their weights alone.

use super::gallery::Gallery;
use super::plan::Budget;
use crate::probe::exam::{EvalSettings, Exam, Heads, Lessons};
use crate::world::rng::{below, range, stream};
use crate::world::{Quaternion, RotationWorld, Split, World};
use core::f32::consts::{FRAC_PI_2, PI};
use std::sync::Arc;

/// Largest number of views behind a class.
pub const N_VIEWS_MAX: usize = 8;

/// Held-out objects of which all [`N_POSES`] views are asked.
const N_OBJECTS: usize = 60;

/// Views of an object that predictions choose among (spec section 4).
const N_POSES: usize = 50;

/// Trials on pictures, one question each.
const N_TRIALS: usize = 400;

/// Views observed before a prediction, the most that an ablation is trained with (M_tr = 4) or more.
/// Each network is shown as many of the last ones as it was trained with.
const N_SHOWN: usize = 4;

/// A suite's questions.
pub struct Material {
    /// Where they come from.
    pub world: Arc<dyn World>,
    /// Sequences of [`N_VIEWS_MAX`] views.
    pub exam: Exam,
    /// Things whose views are to be predicted.
    pub galleries: Vec<Gallery>,
    /// Held-out sequences outside the range of training, where there is such a range.
    pub outside: Option<Lessons>,
    /// Sequences of other pictures.
    pub transfer: Option<Transfer>,
    /// Pictures with recorded and with sampled fixations.
    pub human: Option<[Vec<Gallery>; 2]>,
}

/// Sequences of other pictures than those of training.
pub struct Transfer {
    /// Of pictures that heads are fitted on.
    pub train: Lessons,
    /// Of held-out ones.
    pub val: Lessons,
    /// Number of classes.
    pub n_classes: usize,
}

impl Material {
    /// Draws a suite's questions. `n_observed` is the M of its own run.
    ///
    /// # Errors
    /// When the world cannot be asked so.
    pub fn draw(world: Arc<dyn World>, budget: Budget, n_observed: usize) -> Result<Self, String> {
        let mut material = Self::of_lessons(world, budget, n_observed)?;
        let (world, settings) = (&material.world, &material.exam.settings);
        let n_shown = n_observed.max(N_SHOWN);
        material.galleries = if crate::probe::exam::is_quaternion(&world.action_spec()) {
            let draw = |index| {
                let mut rng = stream(settings.seed, "gallery", index);
                Gallery::of_poses(world.as_ref(), N_POSES, n_shown, &mut rng)
            };
            (0..N_OBJECTS as u64).map(draw).collect()
        } else {
            let draw = |index| {
                let mut rng = stream(settings.seed, "probe trial", index);
                Gallery::of_trial(world.as_ref(), world.trial(Split::Val, n_shown, &mut rng))
            };
            (0..N_TRIALS as u64).map(draw).collect()
        };
        Ok(material)
    }

    /// Sequences for the class and the action only.
    ///
    /// # Errors
    /// When the world cannot be asked so.
    pub fn of_lessons(
        world: Arc<dyn World>,
        budget: Budget,
        n_observed: usize,
    ) -> Result<Self, String> {
        let exam = Exam::draw(world.as_ref(), &settings(budget, n_observed))?;
        let galleries = Vec::new();
        Ok(Self { world, exam, galleries, outside: None, transfer: None, human: None })
    }

    /// Adds held-out objects in poses outside those of training: one Euler angle, whichever, lies in
    /// ±\[π/2, π\], the other two within ±π/2. These are all rotations that are not among those of
    /// training, for every rotation has a second form:
    /// Rz(c) Ry(b) Rx(a) = Rz(c ± π) Ry(±π − b) Rx(a ± π).
    ///
    /// DIFFERS: the paper (appendix B.3) has all three angles in ±\[π/2, π\]. By that identity such
    /// rotations are those with all three within ±π/2: the poses of training, with quaternions of the
    /// other sign half of the time.
    pub fn with_outside(mut self, world: &RotationWorld) -> Self {
        let settings = &self.exam.settings;
        let sequence = |index| {
            let mut rng = stream(settings.seed, "outside", index);
            world.sequence_posed(Split::Val, settings.n_views(), &mut rng, &mut |rng| {
                let mut angles = [(); 3].map(|()| range(rng, -FRAC_PI_2, FRAC_PI_2));
                let angle = range(rng, FRAC_PI_2, PI);
                let sign = if below(rng, 2) == 0 { -1.0 } else { 1.0 };
                angles[below(rng, 3)] = sign * angle;
                Quaternion::from_euler_xyz(angles)
            })
        };
        let sequences = (0..settings.n_val_sequences as u64).map(sequence).collect();
        self.outside = Some(Lessons { sequences });
        self
    }

    /// Adds sequences of another world of pictures.
    pub fn with_transfer(mut self, world: &dyn World) -> Self {
        let settings = &self.exam.settings;
        let of = |split, n| Lessons::draw(world, split, 0..n, settings);
        self.transfer = Some(Transfer {
            train: of(Split::Train, settings.n_train_sequences),
            val: of(Split::Val, settings.n_val_sequences),
            n_classes: world.class_names().len(),
        });
        self
    }
}

/// Sequences long enough for every M, and the paper's kinds of heads; at the paper's size, its MLPs with
/// its epochs.
pub fn settings(budget: Budget, n_observed: usize) -> EvalSettings {
    let n = budget.n_sequences();
    EvalSettings {
        n_trials: 2, // the galleries have their own
        n_train_sequences: n,
        n_val_sequences: n.div_ceil(3),
        n_path: N_VIEWS_MAX - 1,
        heads: if budget == Budget::Full { Heads::Published } else { Heads::Paper },
        ..EvalSettings::online(n_observed)
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::world::RotationConfig;
    use crate::world::config::WorldConfig;

    #[test]
    fn outside_poses_are_of_held_out_objects_and_lie_beyond_the_range() {
        let config =
            RotationConfig { n_train_per_class: 2, n_val_per_class: 2, ..Default::default() };
        let world = Arc::new(RotationWorld::procedural(config).expect("valid settings"));
        let mut material =
            Material::draw(world.clone(), Budget::Short, 2).expect("it can be asked");
        assert_eq!(material.galleries.len(), N_OBJECTS);
        let gallery = &material.galleries[0];
        assert_eq!((gallery.asked.len(), gallery.candidates.len()), (N_POSES, N_POSES));
        assert_eq!(gallery.observed[..], gallery.candidates[..N_SHOWN]);
        material.exam.settings.n_val_sequences = 30;
        let outside = material.with_outside(&world).outside.expect("just added");
        assert_eq!((outside.sequences.len(), outside.n_views()), (30, N_VIEWS_MAX));
        let states = |sequences: &[crate::world::Sequence]| -> Vec<[f32; 4]> {
            let states = sequences.iter().flat_map(|sequence| &sequence.states);
            states.map(|q| [q[0], q[1], q[2], q[3]]).collect()
        };
        let outside = states(&outside.sequences);
        assert!(outside.len() == 240 && !outside.iter().any(|&q| is_of_training(q)));
        let inside = WorldConfig::rotation().build().expect("valid settings");
        let inside = inside.sequence(Split::Val, 200, &mut stream(1, "inside", 0));
        assert!(states(&[inside]).into_iter().all(is_of_training));
    }

    /// Whether a rotation has Euler angles a, b, c within ±π/2: in that of its two forms whose b is.
    fn is_of_training([x, y, z, w]: [f32; 4]) -> bool {
        // R = Rz(c) Ry(b) Rx(a): its first column and last row.
        let (m00, m10) = (1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + z * w));
        let (m21, m22) = (2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y));
        [m21.atan2(m22), m10.atan2(m00)].iter().all(|angle| angle.abs() <= FRAC_PI_2 + 1e-3)
    }

    #[test]
    fn all_three_angles_outside_are_poses_of_training() {
        let mut rng = stream(1, "all three", 0);
        for _ in 0..200 {
            let angles = [(); 3].map(|()| {
                let angle = range(&mut rng, FRAC_PI_2, PI);
                if below(&mut rng, 2) == 0 { -angle } else { angle }
            });
            assert!(is_of_training(Quaternion::from_euler_xyz(angles).to_array()), "{angles:?}");
        }
    }
}
