//! Invariance: the class from z_AGG of M views, from one z, and from the plain mean of the same M
//! z (what averaging alone would give).
//!
//! Heads are fitted on training instances and scored on held-out ones. Windows of M views do not
//! overlap; the paper takes the first M views of each sequence.

use super::exam::{Exam, Heads, Lessons, Window};
use super::features::{Frozen, Lesion};
use super::linear::{Linear, ridge};
use super::metrics::argmax;
use super::rows::Rows;
#[cfg(feature = "paper-heads")]
use super::softmax::softmax;

/// A representation of both splits, with classes.
#[derive(Clone, Debug)]
pub struct ClassTask {
    /// Features and labels of training instances.
    pub train: (Rows, Vec<usize>),
    /// Features and labels of held-out instances.
    pub val: (Rows, Vec<usize>),
    /// Thing of each held-out item.
    pub cluster: Vec<usize>,
}

impl ClassTask {
    /// For each held-out item 1 when the head names its class, else 0.
    #[cfg_attr(
        not(feature = "paper-heads"),
        expect(unused_variables, reason = "ridge is the only head of this build")
    )]
    pub fn hits(&self, heads: Heads, n_classes: usize) -> Vec<f64> {
        let (x, labels) = &self.train;
        #[cfg(feature = "paper-heads")]
        if heads.are_papers() {
            return self.hits_of(&softmax(x, labels, n_classes, heads));
        }
        self.hits_of(&ridge(x, &one_hot(labels, n_classes)))
    }

    fn hits_of(&self, head: &Linear) -> Vec<f64> {
        let named = argmax(&head.apply(&self.val.0));
        named.iter().zip(&self.val.1).map(|(a, b)| if a == b { 1.0 } else { 0.0 }).collect()
    }
}

/// One view: every view of every sequence.
pub fn of_z(exam: &Exam, z_train: &Rows, z_val: &Rows) -> ClassTask {
    let side = |lessons: &Lessons, z: &Rows| (z.clone(), lessons.labels(&lessons.windows(1, 1)));
    let cluster = exam.val.things(&exam.val.windows(1, 1));
    ClassTask { train: side(&exam.train, z_train), val: side(&exam.val, z_val), cluster }
}

/// z_AGG of `n_observed` views.
///
/// # Errors
/// When the device fails.
pub async fn of_z_agg(
    frozen: &Frozen,
    exam: &Exam,
    z_train: &Rows,
    z_val: &Rows,
    n_observed: usize,
) -> Result<ClassTask, String> {
    let m = n_observed;
    let mut sides = Vec::new();
    for (lessons, z) in [(&exam.train, z_train), (&exam.val, z_val)] {
        let windows = lessons.windows(m, m);
        let z_agg = frozen.aggregate(z, &lessons.episodes(&windows), m, Lesion::None).await?;
        sides.push((z_agg, lessons.labels(&windows)));
    }
    let cluster = exam.val.things(&exam.val.windows(m, m));
    let val = sides.pop().unwrap_or_default();
    Ok(ClassTask { train: sides.pop().unwrap_or_default(), val, cluster })
}

/// The mean of `n_observed` z: the control for z_AGG.
pub fn of_mean_z(exam: &Exam, z_train: &Rows, z_val: &Rows, n_observed: usize) -> ClassTask {
    let m = n_observed;
    let side = |lessons: &Lessons, z: &Rows| {
        let windows = lessons.windows(m, m);
        (mean_z(lessons, z, &windows, m), lessons.labels(&windows))
    };
    let cluster = exam.val.things(&exam.val.windows(m, m));
    ClassTask { train: side(&exam.train, z_train), val: side(&exam.val, z_val), cluster }
}

/// For each window the mean of its `n_observed` encodings.
pub fn mean_z(lessons: &Lessons, z: &Rows, windows: &[Window], n_observed: usize) -> Rows {
    let mut means = Rows::new(z.dim);
    for &window in windows {
        let row = lessons.row(window);
        let values = z.values[row * z.dim..(row + n_observed) * z.dim].to_vec();
        means.push(&[&Rows { dim: z.dim, values }.mean()]);
    }
    means
}

/// A one in the column of each label.
pub fn one_hot(labels: &[usize], n_classes: usize) -> Rows {
    let mut rows = Rows { dim: n_classes, values: vec![0.0; labels.len() * n_classes] };
    labels.iter().enumerate().for_each(|(i, &label)| rows.values[i * n_classes + label] = 1.0);
    rows
}
