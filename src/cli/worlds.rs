//! Worlds from configurations, and from folders on disk.

use super::args::DataArgs;
use super::folder::{Item, Listing, last_name, read_text};
use crate::train::config::RunConfig;
use crate::world::config::{Scale, Surface};
use crate::world::{
    AugmentWorld, LabeledMesh, LabeledPicture, Picture, RotationWorld, SaccadeWorld, SaliencyMap,
    Split, World, WorldConfig, parse,
};
use image::{DynamicImage, ImageDecoder as _, ImageReader};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::sync::Arc;

/// How much the proportions of a saliency map may differ from its picture's.
const PROPORTION_TOLERANCE: f64 = 0.02;

/// A world, before it is known only as such.
#[derive(Clone)]
pub(super) enum Built {
    /// Pictures.
    Saccade(Arc<SaccadeWorld>),
    /// Objects.
    Rotation(Arc<RotationWorld>),
    /// Pictures that are augmented.
    Augment(Arc<AugmentWorld>),
}

impl Built {
    /// The world, for whoever does not care which.
    pub(super) fn shared(self) -> Arc<dyn World> {
        match self {
            Self::Saccade(world) => world,
            Self::Rotation(world) => world,
            Self::Augment(world) => world,
        }
    }
}

/// The procedural world, or the same protocol over the pictures or meshes of a folder.
///
/// # Errors
/// When the configuration or the folder cannot be used. A file that cannot be decoded is an error,
/// not left out.
pub(super) fn build(config: &WorldConfig, data: &DataArgs) -> Result<Built, String> {
    let told = |why: crate::world::WorldError| why.to_string();
    match (config, &data.data) {
        (WorldConfig::Rotation(_) | WorldConfig::Augment(_), _) if data.saliency.is_some() => {
            Err("--saliency: only for fixations, that is for the saccade world".to_owned())
        }
        (WorldConfig::Saccade(config), None) => {
            Ok(Built::Saccade(Arc::new(SaccadeWorld::procedural(config.clone()).map_err(told)?)))
        }
        (WorldConfig::Rotation(config), None) => {
            Ok(Built::Rotation(Arc::new(RotationWorld::procedural(config.clone()).map_err(told)?)))
        }
        (WorldConfig::Augment(config), None) => {
            Ok(Built::Augment(Arc::new(AugmentWorld::procedural(config.clone()).map_err(told)?)))
        }
        (WorldConfig::Augment(config), Some(folder)) => {
            let (train, val, names) = pictures(folder, None, config.picture_side_px)?;
            let world = AugmentWorld::from_pictures(config.clone(), train, val, names);
            Ok(Built::Augment(Arc::new(world.map_err(told)?)))
        }
        (WorldConfig::Saccade(config), Some(folder)) => {
            let maps = data.saliency.as_deref();
            let (train, val, names) = pictures(folder, maps, config.picture_side_px)?;
            let world = SaccadeWorld::from_pictures(config.clone(), train, val, names);
            Ok(Built::Saccade(Arc::new(world.map_err(told)?)))
        }
        (WorldConfig::Rotation(config), Some(folder)) => {
            let listing = Listing::of_meshes(folder)?;
            let (train, val) = load(folder, &listing, |item| {
                Ok(LabeledMesh { mesh: read_mesh(&folder.join(&item.path))?, label: item.label })
            })?;
            let names = listing.class_names;
            let world = RotationWorld::from_meshes(config.clone(), train, val, names);
            Ok(Built::Rotation(Arc::new(world.map_err(told)?)))
        }
    }
}

/// Training pictures, held-out ones, names of classes.
type Pictures = (Vec<LabeledPicture>, Vec<LabeledPicture>, Vec<String>);

/// The pictures of a folder.
fn pictures(folder: &Path, maps: Option<&Path>, side_px: usize) -> Result<Pictures, String> {
    let listing = Listing::of_pictures(folder)?;
    let (train, val) = load(folder, &listing, |item| {
        let (picture, saliency) = read_picture(folder, maps, item, side_px)?;
        Ok(LabeledPicture { picture, label: item.label, saliency })
    })?;
    Ok((train, val, listing.class_names))
}

/// Sets the official code's scale of augmentations.
///
/// # Errors
/// When the world has none.
pub(super) fn scale_by_sequence(config: &mut WorldConfig, on: bool) -> Result<(), String> {
    match config {
        WorldConfig::Augment(world) if on => world.scale = Scale::Sequence,
        _ if on => {
            return Err("--sequence-scale: only for the augmentation world".to_owned());
        }
        _ => {}
    }
    Ok(())
}

/// Takes the readable surfaces away.
///
/// # Errors
/// When the world has none.
pub(super) fn make_plain(config: &mut WorldConfig, plain: bool) -> Result<(), String> {
    match config {
        WorldConfig::Rotation(world) if plain => world.surface = Surface::Plain,
        WorldConfig::Saccade(_) | WorldConfig::Augment(_) if plain => {
            return Err("--plain: only for objects, that is for the rotation world".to_owned());
        }
        _ => {}
    }
    Ok(())
}

/// The world that a run goes on in: what was trained on a folder needs one of the same name.
///
/// # Errors
/// As [`build`], and when flags and run disagree.
pub(super) fn rebuild(config: &RunConfig, data: &DataArgs) -> Result<Built, String> {
    needs_folders(config, data)?;
    let (found, saliency) = notes(data)?;
    let agree =
        |flag: &str, expected: &Option<String>, found: &Option<String>| match (expected, found) {
            (None, Some(_)) => Err(format!("this run was begun without --{flag}: leave it out")),
            (Some(expected), Some(found)) if expected != found => Err(format!(
                "this run learns from the folder `{expected}`, found `--{flag}` with `{found}`"
            )),
            _ => Ok(()),
        };
    agree("data", &config.data, &found)?;
    agree("saliency", &config.saliency, &saliency)?;
    build(&config.world, data)
}

/// Refuses a run that was trained on a folder without being given one.
///
/// # Errors
/// A sentence that names the flag to pass.
pub(super) fn needs_folders(config: &RunConfig, data: &DataArgs) -> Result<(), String> {
    let flags =
        [("data", &config.data, &data.data), ("saliency", &config.saliency, &data.saliency)];
    // An evaluation on other pictures may well have computed maps.
    let own = data.data.as_deref().is_none_or(|folder| name(folder).ok() == config.data);
    for (flag, expected, found) in flags {
        if let (true, Some(expected), None) = (own, expected, found) {
            return Err(format!(
                "this run was trained on the folder `{expected}`: name it with `--{flag} \
                 …/{expected}`"
            ));
        }
    }
    Ok(())
}

/// The names by which a run remembers its folders.
///
/// # Errors
/// When a folder cannot be found.
pub(super) fn notes(data: &DataArgs) -> Result<(Option<String>, Option<String>), String> {
    let note = |folder: &Option<std::path::PathBuf>| folder.as_deref().map(name).transpose();
    Ok((note(&data.data)?, note(&data.saliency)?))
}

/// The name by which a folder is remembered.
///
/// # Errors
/// When it cannot be found.
pub(super) fn name(folder: &Path) -> Result<String, String> {
    let found = std::fs::canonicalize(folder)
        .map_err(|why| format!("cannot read the folder ({why}): {}", folder.display()))?;
    Ok(last_name(&found))
}

/// Reads every file of a listing: training ones, held-out ones.
fn load<T>(
    folder: &Path,
    listing: &Listing,
    read: impl Fn(&Item) -> Result<T, String>,
) -> Result<(Vec<T>, Vec<T>), String> {
    let bar = ProgressBar::new(listing.items.len() as u64);
    let template = "{bar:24} {pos}/{len} · reading {msg}";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()));
    bar.set_message(folder.display().to_string());
    let (mut train, mut val) = (Vec::new(), Vec::new());
    for item in &listing.items {
        match item.split {
            Split::Train => train.push(read(item)?),
            Split::Val => val.push(read(item)?),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    eprintln!(
        "{}: {} files of {} classes for training, {} held out",
        folder.display(),
        listing.count(Split::Train),
        listing.class_names.len(),
        listing.count(Split::Val)
    );
    Ok((train, val))
}

fn read_picture(
    folder: &Path,
    maps: Option<&Path>,
    item: &Item,
    side_px: usize,
) -> Result<(Picture, Option<SaliencyMap>), String> {
    let path = folder.join(&item.path);
    let decoded = decode(&path)?;
    let picture = square(&decoded, side_px).map_err(|why| format!("{why}: {}", path.display()))?;
    let Some(maps) = maps else { return Ok((picture, None)) };
    let path = maps.join(&item.path).with_extension("png");
    let map = decode(&path)?;
    let proportion = |of: &DynamicImage| f64::from(of.width()) / f64::from(of.height());
    if (proportion(&map) / proportion(&decoded) - 1.0).abs() > PROPORTION_TOLERANCE {
        return Err(format!(
            "the saliency map of a {}x{} picture has its proportions, found {}x{}: {}",
            decoded.width(),
            decoded.height(),
            map.width(),
            map.height(),
            path.display()
        ));
    }
    let told = |why: crate::world::WorldError| format!("{why}: {}", path.display());
    let gray = square(&DynamicImage::ImageLuma8(map.to_luma8()), side_px).map_err(told)?;
    let weights: Vec<f32> = gray.rgb.chunks_exact(3).map(|pixel| f32::from(pixel[0])).collect();
    Ok((picture, Some(SaliencyMap::from_weights(side_px, &weights).map_err(told)?)))
}

/// A decoded picture the way up that its camera says.
///
/// # Errors
/// When it cannot be read, with its path.
pub(super) fn decode(path: &Path) -> Result<DynamicImage, String> {
    let failed = |why: image::ImageError| format!("cannot decode ({why}): {}", path.display());
    let open = || ImageReader::open(path)?.with_guessed_format();
    let reader = open().map_err(|why| format!("cannot read ({why}): {}", path.display()))?;
    let mut decoder = reader.into_decoder().map_err(failed)?;
    let orientation = decoder.orientation().map_err(failed)?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(failed)?;
    decoded.apply_orientation(orientation);
    Ok(decoded)
}

/// Its middle square at another size.
///
/// # Errors
/// When it has no pixel.
pub(super) fn square(
    decoded: &DynamicImage,
    side_px: usize,
) -> Result<Picture, crate::world::WorldError> {
    let rgb = decoded.to_rgb8();
    let (width_px, height_px) = (rgb.width() as usize, rgb.height() as usize);
    Picture::from_rgb(width_px, height_px, rgb.as_raw(), side_px)
}

fn read_mesh(path: &Path) -> Result<crate::world::Mesh, String> {
    let text = read_text(path)?;
    let off = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("off"));
    let parsed = if off { parse::parse_off(&text) } else { parse::parse_obj(&text) };
    parsed.map_err(|why| format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SaccadeConfig;
    use image::{GrayImage, Luma, Rgb, RgbImage};
    use std::path::PathBuf;

    /// Six pictures of one class, red where their maps are bright; gone when dropped.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let name = format!("seq-jepa-worlds-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            for index in 0..6 {
                for part in ["pictures/a", "maps/a"] {
                    std::fs::create_dir_all(folder.join(part)).expect("writable");
                }
                let right = |x: u32| if x >= 80 { 255 } else { 0 };
                RgbImage::from_fn(160, 120, |x, _| Rgb([right(x), 0, 40]))
                    .save(folder.join(format!("pictures/a/{index}.jpg")))
                    .expect("writable");
                GrayImage::from_fn(80, 60, |x, _| Luma([right(2 * x)]))
                    .save(folder.join(format!("maps/a/{index}.png")))
                    .expect("writable");
            }
            Self(folder)
        }

        fn args(&self, saliency: bool) -> DataArgs {
            DataArgs {
                data: Some(self.0.join("pictures")),
                saliency: saliency.then(|| self.0.join("maps")),
            }
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }

    fn built(data: &DataArgs) -> Result<Arc<SaccadeWorld>, String> {
        match build(&WorldConfig::Saccade(SaccadeConfig::default()), data)? {
            Built::Saccade(world) => Ok(world),
            Built::Rotation(_) | Built::Augment(_) => Err("another world".to_owned()),
        }
    }

    #[test]
    fn ready_maps_replace_computed_ones() {
        let scratch = Scratch::new("maps");
        let sums = |saliency| {
            let world = built(&scratch.args(saliency)).expect("a good folder");
            assert_eq!((world.n_pictures(Split::Train), world.n_pictures(Split::Val)), (5, 1));
            let map = world.saliency(Split::Train, 0);
            let half = |left: bool| {
                let at = |i: &usize| (i % 96 < 48) == left;
                (0..96 * 96).filter(at).map(|i| u64::from(map.weight[i])).sum::<u64>()
            };
            (half(true), half(false))
        };
        // All the light lies on the right, and the smallest weight is 1.
        assert_eq!(sums(true).0, 96 * 48);
        assert!(sums(true).1 > 100 * 96 * 48);
        assert!(sums(false).0 > 2 * 96 * 48);
    }

    #[test]
    fn a_file_that_does_not_fit_is_named() {
        let scratch = Scratch::new("bad");
        let told = |path: &str, saliency| {
            let text = built(&scratch.args(saliency)).err().unwrap_or_default();
            assert!(text.contains(path), "{text:?} does not name {path}");
        };
        let map = scratch.0.join("maps/a/3.png");
        GrayImage::new(60, 60).save(&map).expect("writable");
        told("maps/a/3.png", true);
        std::fs::remove_file(&map).expect("there");
        told("maps/a/3.png", true);
        std::fs::write(scratch.0.join("pictures/a/2.jpg"), "no picture").expect("writable");
        told("pictures/a/2.jpg", false);
    }

    #[test]
    fn a_run_needs_its_own_folders() {
        let scratch = Scratch::new("notes");
        let preset = crate::train::preset::run("nano", WorldConfig::saccade());
        let mut config = preset.expect("a preset");
        let refused = |config: &RunConfig, data: &DataArgs, says: &str| {
            let text = rebuild(config, data).err().unwrap_or_default();
            assert!(text.contains(says), "{text:?} does not say {says:?}");
        };
        refused(&config, &scratch.args(false), "leave it out");
        config.data = Some("pictures".to_owned());
        refused(&config, &DataArgs::default(), "--data …/pictures");
        refused(&config, &scratch.args(true), "without --saliency");
        assert!(rebuild(&config, &scratch.args(false)).is_ok());
        config.saliency = Some("maps".to_owned());
        refused(&config, &scratch.args(false), "--saliency …/maps");
        config.data = Some("photos".to_owned());
        refused(&config, &scratch.args(true), "`photos`");
        assert_eq!(needs_folders(&config, &scratch.args(false)), Ok(()));
    }
}
