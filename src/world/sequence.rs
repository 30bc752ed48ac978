//! What a world hands out: views, actions, sequences and retrieval trials.

/// One view: a square RGB picture as the encoder will see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Side in pixels.
    pub side_px: usize,
    /// `side_px * side_px * 3` bytes, row-major, RGB interleaved (sRGB values).
    pub rgb: Vec<u8>,
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
}
