//! Path integration (paper appendix B.9): from z_AGG after M views and the upcoming action, decode
//! the action that leads from the first view straight to view M + 1.
//!
//! One head a length M. M = 1 is trivially 1, for there the answer is the input.

use super::equivariance::Task;
use super::exam::Lessons;
use super::features::{Frozen, Lesion};
use super::rows::Rows;
use crate::world::World;

/// What heads are fitted on and scored on at one length: training and held-out lessons with the
/// encodings `z` of their views.
///
/// # Errors
/// When the device fails.
pub async fn tasks(
    frozen: &Frozen,
    world: &dyn World,
    lessons: [&Lessons; 2],
    z: [&Rows; 2],
    n_observed: usize,
    lesion: Lesion,
) -> Result<[Task; 2], String> {
    let m = n_observed;
    let train = task(frozen, world, lessons[0], z[0], m, lesion).await?;
    Ok([train, task(frozen, world, lessons[1], z[1], m, lesion).await?])
}

/// Features (z_AGG, a_M) and targets of one length.
async fn task(
    frozen: &Frozen,
    world: &dyn World,
    lessons: &Lessons,
    z: &Rows,
    n_observed: usize,
    lesion: Lesion,
) -> Result<Task, String> {
    let m = n_observed;
    let windows = lessons.windows(m + 1, m + 1);
    let z_agg = frozen.aggregate(z, &lessons.episodes(&windows), m, lesion).await?;
    let dim = world.action_spec().dim();
    let silence = vec![0.0; dim];
    let mut x = Rows::new(z_agg.dim + dim);
    for (&window, z_agg) in windows.iter().zip(z_agg.iter()) {
        let action = match lesion {
            Lesion::NoAction => silence.as_slice(),
            Lesion::None | Lesion::NoVision => lessons.action(window, m - 1),
        };
        x.push(&[z_agg, action]);
    }
    Ok(Task { x, y: lessons.direct_actions(world, &windows, m), cluster: lessons.things(&windows) })
}

/// The null: what the upcoming action tells alone. Features are the last `dim` columns of `task`.
pub fn last_action_alone(task: &Task) -> Task {
    let dim = task.y.dim;
    let x = Rows::from_slices(dim, task.x.iter().map(|row| &row[row.len() - dim..]));
    Task { x, ..task.clone() }
}
