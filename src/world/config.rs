//! What a world is made of: plain data that a checkpoint carries as JSON.

use serde::{Deserialize, Serialize};

#[cfg(feature = "bench")]
use super::AugmentWorld;
use super::{RotationWorld, SaccadeWorld, World, WorldError};

/// Which world, and its settings. Names are part of the checkpoint format: do not rename.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorldConfig {
    /// Fixations on pictures; the action is the saccade.
    Saccade(SaccadeConfig),
    /// One object in random poses; the action is the relative rotation.
    Rotation(RotationConfig),
    /// One picture augmented; the action is the change of crop, jitter and blur. Native only: the page
    /// has no stage for it.
    #[cfg(feature = "bench")]
    Augment(AugmentConfig),
}

impl WorldConfig {
    /// The default saccade world: procedural scenes whose places are readable.
    pub fn saccade() -> Self {
        Self::Saccade(SaccadeConfig::default())
    }

    /// The default rotation world: procedural objects whose pose is readable.
    pub fn rotation() -> Self {
        Self::Rotation(RotationConfig::default())
    }

    /// The default augmentation world: procedural scenes, crop, jitter and blur.
    #[cfg(feature = "bench")]
    pub fn augment() -> Self {
        Self::Augment(AugmentConfig::default())
    }

    /// The word that flags, recipes and file names use: `saccade`, `rotation` or `augment`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Saccade(_) => "saccade",
            Self::Rotation(_) => "rotation",
            #[cfg(feature = "bench")]
            Self::Augment(_) => "augment",
        }
    }

    /// The default world of that word.
    pub fn from_word(word: &str) -> Result<Self, WorldError> {
        match word {
            "saccade" => Ok(Self::saccade()),
            "rotation" => Ok(Self::rotation()),
            #[cfg(feature = "bench")]
            "augment" => Ok(Self::augment()),
            _ => Err(WorldError::Config(format!(
                "the world is `saccade` or `rotation`; found `{word}`"
            ))),
        }
    }

    /// Components of one action: 2 for a saccade, 4 for a relative quaternion, 9 for an augmentation.
    pub fn action_dim(&self) -> usize {
        match self {
            Self::Saccade(_) => 2,
            Self::Rotation(_) => 4,
            #[cfg(feature = "bench")]
            Self::Augment(_) => super::augmentation::NAMES.len(),
        }
    }

    /// Side of a view in pixels.
    pub fn view_side_px(&self) -> usize {
        match self {
            Self::Saccade(config) => config.view_side_px,
            Self::Rotation(config) => config.view_side_px,
            #[cfg(feature = "bench")]
            Self::Augment(config) => config.view_side_px,
        }
    }

    /// The same world with views of another size.
    pub fn with_view_side_px(mut self, side_px: usize) -> Self {
        match &mut self {
            Self::Saccade(config) => config.view_side_px = side_px,
            Self::Rotation(config) => config.view_side_px = side_px,
            #[cfg(feature = "bench")]
            Self::Augment(config) => config.view_side_px = side_px,
        }
        self
    }

    /// Tells the first field that is out of its range.
    pub fn validate(&self) -> Result<(), WorldError> {
        match self {
            Self::Saccade(config) => config.validate(),
            Self::Rotation(config) => config.validate(),
            #[cfg(feature = "bench")]
            Self::Augment(config) => config.validate(),
        }
    }

    /// The procedural world of this configuration. Pictures and objects are made on first use.
    pub fn build(&self) -> Result<Box<dyn World>, WorldError> {
        Ok(match self {
            Self::Saccade(config) => Box::new(SaccadeWorld::procedural(config.clone())?),
            Self::Rotation(config) => Box::new(RotationWorld::procedural(config.clone())?),
            #[cfg(feature = "bench")]
            Self::Augment(config) => Box::new(AugmentWorld::procedural(config.clone())?),
        })
    }
}

/// Settings of the saccade world (paper Sec. 4, spec 2B).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SaccadeConfig {
    /// Seed of the pictures. Default 7.
    pub seed: u64,
    /// Side of a view in pixels, even. Default 32 (paper: 32).
    pub view_side_px: usize,
    /// Side of a picture in pixels. Default 96 (paper: 96).
    pub picture_side_px: usize,
    /// Number of training pictures. Default 4096 (paper: 100,000 photos).
    pub n_train: usize,
    /// Number of held-out pictures. Default 512.
    pub n_val: usize,
    /// Where fixations are drawn from. Default by saliency (paper: the same).
    pub gaze: Gaze,
    /// Whether places seen are avoided. Default square (reference code: the same).
    pub inhibition: Inhibition,
    /// Which fixations are allowed near the border. Default inside (reference code: zero padded).
    pub border: Border,
}

impl Default for SaccadeConfig {
    fn default() -> Self {
        Self {
            seed: 7,
            view_side_px: 32,
            picture_side_px: 96,
            n_train: 4096,
            n_val: 512,
            gaze: Gaze::Saliency,
            inhibition: Inhibition::Square,
            border: Border::Inside,
        }
    }
}

impl SaccadeConfig {
    /// Tells the first field that is out of its range.
    pub fn validate(&self) -> Result<(), WorldError> {
        check_side("view_side_px", self.view_side_px)?;
        if !self.view_side_px.is_multiple_of(2) {
            return Err(WorldError::Config(format!(
                "view_side_px must be even, so that a fixation is its middle; found {}",
                self.view_side_px
            )));
        }
        check_side("picture_side_px", self.picture_side_px)?;
        if self.picture_side_px < self.view_side_px + 8 {
            return Err(WorldError::Config(format!(
                "picture_side_px must exceed view_side_px by 8 or more; found {} and {}",
                self.picture_side_px, self.view_side_px
            )));
        }
        check_count("n_train", self.n_train)?;
        check_count("n_val", self.n_val)
    }
}

/// Law of a fixation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gaze {
    /// Proportional to the saliency of the place.
    Saliency,
    /// All places alike.
    Uniform,
}

/// Inhibition of return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inhibition {
    /// A square of half a view round each fixation is not fixated again.
    Square,
    /// Places may be fixated again.
    Off,
}

/// Fixations near the border of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// Only fixations whose view lies inside the picture.
    Inside,
    /// Any fixation; what lies outside the picture is black (reference code).
    ZeroPadded,
}

/// Settings of the rotation world (paper Sec. 4, spec 2A.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RotationConfig {
    /// Seed of the objects. Default 7.
    pub seed: u64,
    /// Side of a view in pixels. Default 32 (paper: 128).
    pub view_side_px: usize,
    /// Number of training objects of each class. Default 256.
    pub n_train_per_class: usize,
    /// Number of held-out objects of each class. Default 32.
    pub n_val_per_class: usize,
    /// How objects are colored. Default readable.
    pub surface: Surface,
    /// Each Euler angle is uniform in ± this. Default π/2 (paper: π/2).
    pub max_angle_rad: f32,
    /// How far floor and light vary from view to view, 0..=1. Default 0.25 (3DIEBench: 1).
    pub nuisance: f32,
}

impl Default for RotationConfig {
    fn default() -> Self {
        Self {
            seed: 7,
            view_side_px: 32,
            n_train_per_class: 256,
            n_val_per_class: 32,
            surface: Surface::Readable,
            max_angle_rad: core::f32::consts::FRAC_PI_2,
            nuisance: 0.25,
        }
    }
}

impl RotationConfig {
    /// Tells the first field that is out of its range.
    pub fn validate(&self) -> Result<(), WorldError> {
        check_side("view_side_px", self.view_side_px)?;
        check_count("n_train_per_class", self.n_train_per_class)?;
        check_count("n_val_per_class", self.n_val_per_class)?;
        check_range("max_angle_rad", self.max_angle_rad, 0.01, core::f32::consts::PI)?;
        check_range("nuisance", self.nuisance, 0.0, 1.0)
    }
}

/// Coloring of procedural objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Hue tells the direction, value the height of a surface point in the object's frame, so that
    /// one view tells the pose.
    Readable,
    /// Each part has its own color. Much harder to learn from.
    Plain,
}

/// Settings of the augmentation world (paper section 4, spec 2A.2).
#[cfg(feature = "bench")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// Seed of the pictures. Default 7.
    pub seed: u64,
    /// Side of a view in pixels. Default 32 (paper: 32, 64).
    pub view_side_px: usize,
    /// Side of a picture in pixels. Default 96 (paper: that of a view).
    pub picture_side_px: usize,
    /// Number of training pictures. Default 4096 (paper: 50,000, 100,000).
    pub n_train: usize,
    /// Number of held-out pictures. Default 512.
    pub n_val: usize,
    /// What parameters are divided by. Default by the data set.
    pub scale: Scale,
}

/// What the parameters of an augmentation are divided by before actions are taken.
#[cfg(feature = "bench")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Their deviation under the law that they are drawn from.
    DataSet,
    /// Their norm over the views of the sequence (official code).
    Sequence,
}

#[cfg(feature = "bench")]
impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            seed: 7,
            view_side_px: 32,
            picture_side_px: 96,
            n_train: 4096,
            n_val: 512,
            scale: Scale::DataSet,
        }
    }
}

#[cfg(feature = "bench")]
impl AugmentConfig {
    /// Tells the first field that is out of its range.
    ///
    /// # Errors
    /// A sentence that names it.
    pub fn validate(&self) -> Result<(), WorldError> {
        check_side("view_side_px", self.view_side_px)?;
        check_side("picture_side_px", self.picture_side_px)?;
        check_count("n_train", self.n_train)?;
        check_count("n_val", self.n_val)
    }
}

fn check_side(name: &str, side_px: usize) -> Result<(), WorldError> {
    if (8..=1024).contains(&side_px) {
        return Ok(());
    }
    Err(WorldError::Config(format!("{name} must be between 8 and 1024; found {side_px}")))
}

fn check_count(name: &str, n: usize) -> Result<(), WorldError> {
    if (1..=1_000_000).contains(&n) {
        return Ok(());
    }
    Err(WorldError::Config(format!("{name} must be between 1 and 1000000; found {n}")))
}

fn check_range(name: &str, value: f32, low: f32, high: f32) -> Result<(), WorldError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(WorldError::Config(format!("{name} must be between {low} and {high}; found {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_survive_the_wire() {
        for config in [WorldConfig::saccade(), WorldConfig::rotation()] {
            config.validate().expect("a valid default");
            let bytes = postcard::to_stdvec(&config).expect("plain data");
            assert_eq!(postcard::from_bytes::<WorldConfig>(&bytes).expect("same type"), config);
        }
    }

    #[test]
    fn an_error_names_the_field() {
        let check = |config: WorldConfig, name: &str| {
            let text = config.validate().expect_err(name).to_string();
            assert!(text.contains(name), "{text:?} does not name {name}");
        };
        let s = SaccadeConfig::default;
        let r = RotationConfig::default;
        check(WorldConfig::Saccade(SaccadeConfig { view_side_px: 33, ..s() }), "view_side_px");
        check(
            WorldConfig::Saccade(SaccadeConfig { picture_side_px: 34, ..s() }),
            "picture_side_px",
        );
        check(WorldConfig::Saccade(SaccadeConfig { n_val: 0, ..s() }), "n_val");
        check(WorldConfig::Rotation(RotationConfig { nuisance: 1.5, ..r() }), "nuisance");
        check(
            WorldConfig::Rotation(RotationConfig { max_angle_rad: f32::NAN, ..r() }),
            "max_angle_rad",
        );
    }
}
