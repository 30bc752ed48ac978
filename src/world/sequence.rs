//! What a world hands out: views, actions, sequences and retrieval trials.

/// One view: a square RGB picture as the encoder will see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Side in pixels.
    pub side_px: usize,
    /// `side_px * side_px * 3` bytes, row-major, RGB interleaved (sRGB values).
    pub rgb: Vec<u8>,
}

impl View {
    /// The same smaller: each pixel the mean of those it stands for. `side_px` must not be larger than
    /// the view's.
    pub fn shrunk(&self, side_px: usize) -> Self {
        let side = self.side_px;
        let mut sums = vec![[0_u32; 2]; side_px * side_px * 3];
        for (i, value) in self.rgb.iter().enumerate() {
            let (row, col, channel) = (i / 3 / side, i / 3 % side, i % 3);
            let at = (row * side_px / side) * side_px + col * side_px / side;
            let [sum, n] = &mut sums[at * 3 + channel];
            (*sum, *n) = (*sum + u32::from(*value), *n + 1);
        }
        let mean = |[sum, n]: [u32; 2]| ((sum + n / 2) / n.max(1)) as u8;
        Self { side_px, rgb: sums.into_iter().map(mean).collect() }
    }
}

/// Which instances a sequence is drawn from. Splits never share a picture or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Instances for training the model and fitting probes.
    Train,
    /// Held-out instances.
    Val,
}

/// One component of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionSpec {
    /// Component names in order, for instance `["row", "col"]`.
    pub names: &'static [&'static str],
    /// Unit of all components, for instance `"picture sides"`.
    pub unit: &'static str,
    /// Smallest and largest value that a component takes.
    pub range: (f32, f32),
}

impl ActionSpec {
    /// Number of components of one action.
    pub fn dim(&self) -> usize {
        self.names.len()
    }
}

/// A short sequence of views of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The views in order; the last is the target view.
    pub views: Vec<View>,
    /// `views.len() - 1` actions; action `i` leads from view `i` to view `i + 1`.
    pub actions: Vec<Vec<f32>>,
    /// Absolute state of each view (saccade: row and column over the picture's side; rotation:
    /// unit quaternion x, y, z, w). Only probes look at it.
    pub states: Vec<Vec<f32>>,
    /// Class of the thing, an index into [`super::World::class_names`].
    pub label: usize,
    /// Which thing of its split it is: sequences of one thing are not independent.
    pub thing: usize,
}

/// One retrieval trial: which of the candidates does the action lead to?
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The M observed views.
    pub observed: Vec<View>,
    /// Absolute states of the observed views.
    pub observed_states: Vec<Vec<f32>>,
    /// M actions: those between the observed views, then the one that leads to the truth.
    pub actions: Vec<Vec<f32>>,
    /// Candidate views of the same thing. Rotation: the poses that were not observed. Saccade: the
    /// whole grid of places, of which the true one lies outside what the observed views inhibit.
    pub candidates: Vec<View>,
    /// Absolute states of the candidates.
    pub candidate_states: Vec<Vec<f32>>,
    /// Index of the true next view among the candidates.
    pub truth: usize,
    /// Class of the thing.
    pub label: usize,
    /// Which thing of its split it is: trials on one thing are not independent.
    pub thing: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_view_has_the_means_of_the_larger() {
        // Left half black, right half white; one black pixel in the last corner.
        let mut rgb: Vec<u8> =
            (0..16).flat_map(|i| if i % 4 < 2 { [0; 3] } else { [255; 3] }).collect();
        rgb[45..].fill(0);
        let view = View { side_px: 4, rgb };
        assert_eq!(view.shrunk(2).rgb[..6], [0, 0, 0, 255, 255, 255]);
        assert_eq!(view.shrunk(2).rgb[9..], [191, 191, 191]);
        assert_eq!(view.shrunk(4), view);
        assert_eq!(view.shrunk(3).rgb.len(), 27);
    }
}
