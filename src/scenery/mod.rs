//! What is looked at, and what looking at it means: the world of a model in the two forms that the
//! page shows. Pure; the page and `seq-jepa record` look with this one code, so that the recorded
//! first frame is what the live page finds.
//!
//! Everything is told in *states* as in [`crate::world::Sequence`]: row and column over the
//! picture's side, or the pose as a quaternion x, y, z, w. So looking, revealing and the path are
//! the same code for pictures and objects.

pub mod beat;
pub mod heat;
pub mod imagine;
pub mod lesion;
pub mod reveal;
pub mod surprise;

use std::sync::Arc;

use crate::world::{
    Fixation, Picture, Quaternion, RotationWorld, SaccadeWorld, SaliencyMap, Split, Stage, View,
    World, WorldConfig, fixation, raster, rng, saccade,
};

/// Random poses of an object among which the true next view has to be found.
pub const N_BANK_POSES: usize = 64;

/// Other objects among the candidates of the harder question.
const N_OTHER_OBJECTS: usize = 4;

/// Glances that a new picture begins with, so that there is something to predict from.
const N_FIRST_GLANCES: usize = 3;

/// Steps of a pose's parts in an address, to one.
const TOLD: f32 = 1e4;

/// Seed of the poses in a bank: the same for every visitor.
const BANK_SEED: u64 = 64;

/// The two worlds a visitor can be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Looking about in a picture.
    #[default]
    Saccade,
    /// Turning an object.
    Rotate,
}

impl Mode {
    /// Its name in recipes and checkpoints.
    pub fn world(self) -> &'static str {
        match self {
            Self::Saccade => "saccade",
            Self::Rotate => "rotation",
        }
    }
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Number of the picture or object among the held-out ones.
    pub index: usize,
    /// The visitor's own picture instead.
    pub own: Option<Arc<Picture>>,
}

/// A world that can be looked at.
#[derive(Debug)]
pub enum Scenery {
    /// Pictures.
    Saccade(Box<SaccadeWorld>),
    /// Objects.
    Rotate(Box<RotationWorld>),
}

impl Scenery {
    /// The default world of a mode, for the time before a model is there.
    pub fn of(mode: Mode) -> Result<Self, String> {
        Self::of_config(match mode {
            Mode::Saccade => WorldConfig::saccade(),
            Mode::Rotate => WorldConfig::rotation(),
        })
    }

    /// The world that a checkpoint was trained in.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn of_config(config: WorldConfig) -> Result<Self, String> {
        let told = |why: crate::world::WorldError| why.to_string();
        Ok(match config {
            WorldConfig::Saccade(c) => {
                Self::Saccade(Box::new(SaccadeWorld::procedural(c).map_err(told)?))
            }
            WorldConfig::Rotation(c) => {
                Self::Rotate(Box::new(RotationWorld::procedural(c).map_err(told)?))
            }
            #[cfg(feature = "bench")]
            WorldConfig::Augment(_) => return Err("there is no stage for this world".to_owned()),
        })
    }

    /// Pictures or objects.
    pub fn mode(&self) -> Mode {
        match self {
            Self::Saccade(_) => Mode::Saccade,
            Self::Rotate(_) => Mode::Rotate,
        }
    }

    fn world(&self) -> &dyn World {
        match self {
            Self::Saccade(world) => world.as_ref(),
            Self::Rotate(world) => world.as_ref(),
        }
    }

    /// Side of a view in pixels.
    pub fn view_side_px(&self) -> usize {
        self.world().view_side_px()
    }

    /// Side of a picture in pixels; of a view when there are no pictures.
    pub fn picture_side_px(&self) -> usize {
        match self {
            Self::Saccade(world) => world.config().picture_side_px,
            Self::Rotate(world) => world.config().view_side_px,
        }
    }

    /// Name of the subject's class; empty for a visitor's own picture.
    pub fn class_name(&self, subject: &Subject) -> String {
        let label = match self {
            _ if subject.own.is_some() => return String::new(),
            Self::Saccade(world) => world.label(Split::Val, self.wrapped(subject)),
            Self::Rotate(world) => world.label(Split::Val, self.wrapped(subject)),
        };
        self.world().class_names().get(label).cloned().unwrap_or_default()
    }

    /// Names of all classes.
    pub fn class_names(&self) -> &[String] {
        self.world().class_names()
    }

    fn wrapped(&self, subject: &Subject) -> usize {
        let n = match self {
            Self::Saccade(world) => world.n_pictures(Split::Val),
            Self::Rotate(world) => world.n_objects(Split::Val),
        };
        subject.index % n.max(1)
    }

    /// The picture on the stage; `None` for objects.
    pub fn picture<'a>(&'a self, subject: &'a Subject) -> Option<&'a Picture> {
        match (self, &subject.own) {
            (Self::Saccade(_), Some(own)) => Some(own),
            (Self::Saccade(world), None) => Some(world.picture(Split::Val, self.wrapped(subject))),
            (Self::Rotate(_), _) => None,
        }
    }

    /// What the model sees of the subject in a state.
    pub fn view(&self, subject: &Subject, state: &[f32]) -> View {
        let side_px = self.view_side_px();
        match self.picture(subject) {
            Some(picture) => {
                saccade::view_at(picture, fixation_at(picture.side_px, state), side_px)
            }
            None => self.render(subject, state, side_px),
        }
    }

    /// The bytes of the views in some states, one view after the other.
    pub fn views_rgb<'a>(
        &self,
        subject: &Subject,
        states: impl IntoIterator<Item = &'a [f32]>,
    ) -> Vec<u8> {
        states.into_iter().flat_map(|state| self.view(subject, state).rgb).collect()
    }

    /// The object in a pose at any size; black when this is no world of objects.
    pub fn render(&self, subject: &Subject, state: &[f32], side_px: usize) -> View {
        let Self::Rotate(world) = self else {
            return View { side_px, rgb: vec![0; side_px * side_px * 3] };
        };
        // A fifth part names another object, counted from this one.
        let index = subject.index + state.get(4).map_or(0, |offset| *offset as usize);
        let mesh = world.object(Split::Val, self.wrapped(&Subject { index, own: None }));
        raster::render(mesh, Quaternion::from_slice(own(state)), &Stage::NEUTRAL, side_px)
    }

    /// The states among which the next view has to be found.
    pub fn candidates(&self) -> Vec<Vec<f32>> {
        match self {
            Self::Saccade(world) => {
                let side_px = world.config().picture_side_px;
                world.candidate_places().into_iter().map(|at| at.state(side_px)).collect()
            }
            Self::Rotate(world) => {
                let mut chance = rng::stream(BANK_SEED, "page/bank", 0);
                let pose = |_| world.random_pose(&mut chance).to_array().to_vec();
                (0..N_BANK_POSES).map(pose).collect()
            }
        }
    }

    /// The same for a harder question: other objects in random poses are among them. A picture's places
    /// have no such others.
    pub fn hard_candidates(&self) -> Vec<Vec<f32>> {
        let mut states = self.candidates();
        if self.mode() == Mode::Rotate {
            let others = (0..N_BANK_POSES).map(|i| {
                let offset = (1 + i % N_OTHER_OBJECTS) as f32;
                [states[i].as_slice(), &[offset]].concat()
            });
            let others: Vec<Vec<f32>> = others.collect();
            states.extend(others);
        }
        states
    }

    /// The action from one state to another.
    pub fn action(&self, from: &[f32], to: &[f32]) -> Vec<f32> {
        self.world().action_between(own(from), own(to))
    }

    /// The state that a decoded action leads to from the first one.
    pub fn decoded(&self, first: &[f32], action: &[f32]) -> Vec<f32> {
        match self {
            Self::Saccade(_) => first.iter().zip(action).map(|(a, b)| a + b).collect(),
            Self::Rotate(_) => {
                let turn = Quaternion::from_slice(action).normalized();
                (Quaternion::from_slice(first) * turn).to_array().to_vec()
            }
        }
    }

    /// How far two states are apart: pixels of the picture, or radians.
    pub fn distance(&self, a: &[f32], b: &[f32]) -> f32 {
        match self {
            Self::Saccade(world) => {
                let square: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
                square.sqrt() * world.config().picture_side_px as f32
            }
            Self::Rotate(_) => Quaternion::from_slice(a).angle_to(Quaternion::from_slice(b)),
        }
    }

    /// Which way a state lies, in turns from 0 to 1: from the middle of the picture clockwise from
    /// right, or where the object's front faces, seen from above.
    pub fn heading(&self, state: &[f32]) -> f32 {
        let (y, x) = match self {
            Self::Saccade(_) => (state[0] - 0.5, state[1] - 0.5),
            Self::Rotate(_) => {
                let front = Quaternion::from_slice(state).rotate([0.0, 0.0, 1.0]);
                (front[2], front[0])
            }
        };
        (libm::atan2f(y, x) / core::f32::consts::TAU).rem_euclid(1.0)
    }

    /// States that a new subject is glanced at in before the visitor does anything.
    pub fn glances(&self, subject: &Subject) -> Vec<Vec<f32>> {
        if self.mode() == Mode::Rotate {
            return vec![Quaternion::IDENTITY.to_array().to_vec()];
        }
        let mut states: Vec<Vec<f32>> = Vec::new();
        for draw in 0..N_FIRST_GLANCES {
            let seen: Vec<&[f32]> = states.iter().map(Vec::as_slice).collect();
            let to = self.wander(subject, &seen, draw as u64);
            states.push(self.snapped(&to));
        }
        states
    }

    /// The state that a look at `aim` goes to: pictures have a grid of places, poses are free as far
    /// as an address can tell them apart.
    pub fn snapped(&self, aim: &[f32]) -> Vec<f32> {
        if self.mode() == Mode::Rotate {
            return self.of_told(&self.told(aim)).unwrap_or_else(|| aim.to_vec());
        }
        let places = self.candidates();
        places.get(nearest(&places, aim)).cloned().unwrap_or_else(|| aim.to_vec())
    }

    /// A state as an address tells it: row and column in pixels, or the imaginary part of the pose
    /// with a real part that is not negative, to four decimals.
    pub fn told(&self, state: &[f32]) -> Vec<f32> {
        match self {
            Self::Saccade(world) => {
                let side_px = world.config().picture_side_px as f32;
                state.iter().map(|v| (v * side_px).round()).collect()
            }
            Self::Rotate(_) => {
                let q = Quaternion::from_slice(state).normalized();
                let sign = if q.w < 0.0 { -1.0 } else { 1.0 };
                [q.x, q.y, q.z].map(|v| (v * sign * TOLD).round() / TOLD).to_vec()
            }
        }
    }

    /// The state that an address tells, brought to one that can be looked at; `None` when it tells one
    /// of the other world.
    pub fn of_told(&self, told: &[f32]) -> Option<Vec<f32>> {
        match (self, told) {
            (Self::Saccade(world), &[row, col]) => {
                let side_px = world.config().picture_side_px as f32;
                Some(self.snapped(&[row / side_px, col / side_px]))
            }
            (Self::Rotate(_), &[x, y, z]) => {
                let [x, y, z] = [x, y, z].map(|v| v.clamp(-1.0, 1.0));
                let square = x * x + y * y + z * z;
                let scale = if square > 1.0 { square.sqrt().recip() } else { 1.0 };
                Some(vec![x * scale, y * scale, z * scale, (1.0 - square).max(0.0).sqrt()])
            }
            _ => None,
        }
    }

    /// The state that the next look of its own goes to, after those in `seen`.
    pub fn next_of_its_own(&self, subject: &Subject, seen: &[&[f32]]) -> Vec<f32> {
        self.snapped(&self.wander(subject, seen, (subject.index * 1000 + seen.len()) as u64))
    }

    /// The state a look of its own goes to: saliency with inhibition of return, or a random pose.
    fn wander(&self, subject: &Subject, seen: &[&[f32]], draw: u64) -> Vec<f32> {
        let mut chance = rng::stream(BANK_SEED, "page/wander", draw);
        match (self, self.picture(subject)) {
            (Self::Saccade(world), Some(picture)) => {
                let map = SaliencyMap::of(picture);
                let side_px = picture.side_px;
                let radius_px = fixation::inhibition_radius_px(world.config());
                let been: Vec<Fixation> = seen.iter().map(|s| fixation_at(side_px, s)).collect();
                let fresh = |at: &Fixation| !been.iter().any(|b| b.inhibits(*at, radius_px));
                let drawn = fixation::scanpath(world.config(), &map, 24, &mut chance);
                let at = drawn.iter().find(|at| fresh(at)).or(drawn.first());
                at.map_or_else(|| vec![0.5, 0.5], |at| at.state(side_px))
            }
            (Self::Rotate(world), _) => world.random_pose(&mut chance).to_array().to_vec(),
            (Self::Saccade(_), None) => vec![0.5, 0.5],
        }
    }
}

/// Whether a state names another object than the subject.
fn is_another(state: &[f32]) -> bool {
    state.len() > own(state).len()
}

/// A state without the part that names another object.
fn own(state: &[f32]) -> &[f32] {
    &state[..state.len().min(4)]
}

/// Index of the state nearest to `target`; 0 when there is none.
pub fn nearest(states: &[Vec<f32>], target: &[f32]) -> usize {
    let distance = |s: &[f32]| s.iter().zip(target).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let far = |a: &&(usize, f32), b: &&(usize, f32)| a.1.total_cmp(&b.1);
    let all: Vec<(usize, f32)> = states.iter().map(|s| distance(s)).enumerate().collect();
    all.iter().min_by(far).map_or(0, |(idx, _)| *idx)
}

/// The fixation of a state.
fn fixation_at(side_px: usize, state: &[f32]) -> Fixation {
    let px = |k: usize| {
        let v = state.get(k).copied().unwrap_or(0.5);
        (v.clamp(0.0, 1.0) * side_px as f32).round() as usize
    };
    Fixation { row: px(0), col: px(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoded_action_leads_where_the_action_leads() {
        for mode in [Mode::Saccade, Mode::Rotate] {
            let scenery = Scenery::of(mode).expect("a default world");
            let states = scenery.candidates();
            let action = scenery.action(&states[3], &states[11]);
            let there = scenery.decoded(&states[3], &action);
            assert!(scenery.distance(&there, &states[11]) < 1e-2, "{mode:?}");
        }
    }

    #[test]
    fn a_state_survives_being_told_in_an_address() {
        for mode in [Mode::Saccade, Mode::Rotate] {
            let scenery = Scenery::of(mode).expect("a default world");
            for state in scenery.candidates() {
                let snapped = scenery.snapped(&state);
                let again = scenery.of_told(&scenery.told(&snapped)).expect("one of this world");
                assert_eq!(again, snapped, "exactly, so that a link finds the same ranks");
                assert!(scenery.distance(&state, &snapped) < 1e-3);
            }
            assert_eq!(scenery.of_told(&[1.0]), None);
        }
        let objects = Scenery::of(Mode::Rotate).expect("a default world");
        let beyond = objects.of_told(&[3.0, 0.0, 0.0]).expect("a pose");
        assert_eq!(beyond, [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn banks_have_the_announced_size_and_views_their_side() {
        let pictures = Scenery::of(Mode::Saccade).expect("a default world");
        assert_eq!(pictures.candidates().len(), 81);
        let objects = Scenery::of(Mode::Rotate).expect("a default world");
        assert_eq!(objects.candidates().len(), N_BANK_POSES);
        let view = objects.view(&Subject::default(), &objects.candidates()[0]);
        assert_eq!(view.side_px, objects.view_side_px());
    }

    #[test]
    fn headings_go_round_once() {
        let pictures = Scenery::of(Mode::Saccade).expect("a default world");
        let places = [[0.5, 0.9], [0.9, 0.5], [0.5, 0.1], [0.1, 0.5]];
        for (quarter, place) in places.iter().enumerate() {
            assert!((pictures.heading(place) - quarter as f32 / 4.0).abs() < 1e-6);
        }
        let objects = Scenery::of(Mode::Rotate).expect("a default world");
        let half = Quaternion::from_axis_angle([0.0, 1.0, 0.0], core::f32::consts::PI);
        let [before, after] = [Quaternion::IDENTITY, half].map(|q| objects.heading(&q.to_array()));
        assert!(((before - after).abs() - 0.5).abs() < 1e-3, "{before} {after}");
    }

    #[test]
    fn other_objects_join_the_candidates_of_the_harder_question() {
        let objects = Scenery::of(Mode::Rotate).expect("a default world");
        let states = objects.hard_candidates();
        assert_eq!(states.len(), 2 * N_BANK_POSES);
        let [own, other] = [0, N_BANK_POSES].map(|i| objects.view(&Subject::default(), &states[i]));
        assert_ne!(own, other, "another object in the same pose");
        let next = Subject { index: 1, own: None };
        assert_eq!(other, objects.view(&next, &states[0]), "the next one");
        let pictures = Scenery::of(Mode::Saccade).expect("a default world");
        assert_eq!(pictures.hard_candidates(), pictures.candidates());
    }

    #[test]
    fn the_nearest_state_is_found() {
        let states = vec![vec![0.0, 0.0], vec![0.5, 0.5], vec![1.0, 0.0]];
        assert_eq!(nearest(&states, &[0.9, 0.2]), 2);
        assert_eq!(nearest(&[], &[0.9, 0.2]), 0);
    }
}
