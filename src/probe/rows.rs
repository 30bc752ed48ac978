//! A matrix on the host: one row of numbers for each item. Not a tensor.

/// Rows of equal width.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Width of a row.
    pub dim: usize,
    /// `n · dim` values, row-major.
    pub values: Vec<f32>,
}

impl Rows {
    /// No rows yet, of width `dim`.
    pub fn new(dim: usize) -> Self {
        Self { dim, values: Vec::new() }
    }

    /// Rows from slices of width `dim`.
    pub fn from_slices<'a>(dim: usize, rows: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut all = Self::new(dim);
        rows.into_iter().for_each(|row| all.push(&[row]));
        all
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.values.len().checked_div(self.dim).unwrap_or(0)
    }

    /// Row `index`.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dim..(index + 1) * self.dim]
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.dim.max(1))
    }

    /// Appends one row, given in parts.
    ///
    /// # Panics
    /// When the parts together have another width than `dim`.
    pub fn push(&mut self, parts: &[&[f32]]) {
        let width: usize = parts.iter().map(|part| part.len()).sum();
        assert_eq!(width, self.dim, "a row has the width of its matrix");
        parts.iter().for_each(|part| self.values.extend_from_slice(part));
    }

    /// Mean of all rows; zeros when there are none.
    pub fn mean(&self) -> Vec<f32> {
        let mut sum = vec![0.0_f64; self.dim];
        for row in self.iter() {
            sum.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v));
        }
        let n = self.n_rows().max(1) as f64;
        sum.iter().map(|s| (s / n) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_were_pushed() {
        let mut rows = Rows::new(3);
        rows.push(&[&[1.0], &[2.0, 3.0]]);
        rows.push(&[&[3.0, 4.0, 5.0]]);
        assert_eq!((rows.n_rows(), rows.row(1)), (2, [3.0, 4.0, 5.0].as_slice()));
        assert_eq!(rows.mean(), vec![2.0, 3.0, 4.0]);
        assert_eq!(Rows::new(0).n_rows(), 0);
    }
}
