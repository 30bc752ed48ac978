//! Equivariance: can the relative action be read off a pair of z, the state off one z?
//!
//! Heads are fitted on pairs of training instances and scored on pairs of held-out ones (spec 4).
//!
//! DIFFERS: pairs are all neighbors within a sequence; the paper takes its first two views.

use super::exam::{Lessons, Window};
use super::rows::Rows;
use crate::world::World;

/// Pairs or single views with what is to be told from them.
#[derive(Clone, Debug)]
pub struct Task {
    /// Features, one row an item.
    pub x: Rows,
    /// Targets, one row an item.
    pub y: Rows,
    /// Thing that each item shows: what is independent.
    pub cluster: Vec<usize>,
}

/// The relative action from z_t and z_t+1 side by side.
pub fn pairs(world: &dyn World, lessons: &Lessons, z: &Rows) -> Task {
    pairs_at(world, lessons, z, &lessons.windows(2, 1))
}

/// The same from the first two z of some windows only.
pub fn pairs_at(world: &dyn World, lessons: &Lessons, z: &Rows, windows: &[Window]) -> Task {
    let mut x = Rows::new(2 * z.dim);
    for &window in windows {
        let row = lessons.row(window);
        x.push(&[z.row(row), z.row(row + 1)]);
    }
    Task { x, y: lessons.direct_actions(world, windows, 1), cluster: lessons.things(windows) }
}

/// The absolute state from one z.
pub fn states(lessons: &Lessons, z: &Rows) -> Task {
    let windows = lessons.windows(1, 1);
    let dim = windows.first().map_or(0, |&window| lessons.state(window, 0).len());
    let y = Rows::from_slices(dim, windows.iter().map(|&window| lessons.state(window, 0)));
    Task { x: z.clone(), y, cluster: lessons.things(&windows) }
}
