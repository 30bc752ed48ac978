//! Path integration (paper appendix B.9): from z_AGG after M views and the upcoming action, decode
//! the action that leads from the first view straight to view M + 1.
//!
//! One head a length M. M = 1 is trivially 1, for there the answer is the input.

use super::equivariance::Task;
use super::exam::{Lessons, Window};
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
    let windows = lessons.windows(n_observed + 1, n_observed + 1);
    let episodes = lessons.episodes(&windows);
    let z_agg = frozen.aggregate(z, &episodes, n_observed, lesion).await?;
    Ok(of_aggregates(world, lessons, (&windows, n_observed), &z_agg, lesion))
}

/// The task of windows of M + 1 views, given what stands for the first M of each.
fn of_aggregates(
    world: &dyn World,
    lessons: &Lessons,
    (windows, m): (&[Window], usize),
    z_agg: &Rows,
    lesion: Lesion,
) -> Task {
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
    Task { x, y: lessons.direct_actions(world, windows, m), cluster: lessons.things(windows) }
}

/// The null: what the upcoming action tells alone. Features are the last `dim` columns of `task`.
pub fn last_action_alone(task: &Task) -> Task {
    let dim = task.y.dim;
    let x = Rows::from_slices(dim, task.x.iter().map(|row| &row[row.len() - dim..]));
    Task { x, ..task.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::exam::EvalSettings;
    use crate::probe::linear::ridge;
    use crate::probe::metrics::ErrorSums;
    use crate::probe::toy::Toy;
    use crate::world::Split;
    use crate::world::rng::{normal, stream};

    const M: usize = 4;

    /// R² of the path from made-up aggregates of held-out sequences, heads fitted on training ones.
    fn told(aggregate: impl Fn(&Lessons, Window, usize) -> f32, lesion: Lesion) -> f64 {
        let world = Toy::new();
        let settings = EvalSettings { n_path: M, ..EvalSettings::online(M) };
        let task = |split| {
            let lessons = Lessons::draw(&world, split, 0..300, &settings);
            let windows = lessons.windows(M + 1, M + 1);
            let made =
                windows.iter().enumerate().map(|(i, window)| aggregate(&lessons, *window, i));
            let z_agg = Rows { dim: 1, values: made.collect() };
            of_aggregates(&world, &lessons, (&windows, M), &z_agg, lesion)
        };
        let (train, val) = (task(Split::Train), task(Split::Val));
        ErrorSums::of(&val.y, &ridge(&train.x, &train.y).apply(&val.x)).r2_mean()
    }

    fn walked(lessons: &Lessons, window: Window) -> f32 {
        (0..M - 1).map(|k| lessons.action(window, k)[0]).sum()
    }

    #[test]
    fn the_path_of_made_up_aggregates() {
        let whole = told(|lessons, window, _| walked(lessons, window), Lesion::None);
        assert!(whole > 0.999, "what was walked, and the last action: {whole}");
        let alone = told(|_, _, _| 1.0, Lesion::None);
        assert!(alone > 0.05 && alone < 0.9, "constant: what the last action tells, {alone}");
        let random = |index: usize| normal(&mut stream(1, "aggregate", index as u64));
        let noise = told(|_, _, index| random(index), Lesion::None);
        assert!((noise - alone).abs() < 0.05, "random: {noise}, constant {alone}");
        let others = |lessons: &Lessons, index: usize| {
            let sequence = (index + 7) % lessons.sequences.len();
            walked(lessons, Window { sequence, first: 0 })
        };
        let permuted = told(|lessons, _, index| others(lessons, index), Lesion::None);
        assert!((permuted - alone).abs() < 0.05, "another's: {permuted}, constant {alone}");
        let unheard = told(|_, _, _| 1.0, Lesion::NoAction);
        assert!(unheard.abs() < 0.05, "nothing at all: {unheard}");
    }
}
