//! Recorded scanpaths: a table of fixations, and the pictures that were looked at.

use crate::bench::gallery::Gallery;
use crate::cli::folder::{csv_fields, read_text};
use crate::cli::worlds;
use crate::world::fixation::{Fixation, allowed_px, inhibition_radius_px};
use crate::world::rng::stream;
use crate::world::{LabeledPicture, SaccadeConfig, SaccadeWorld, Split};
use std::collections::BTreeMap;
use std::path::Path;

/// Scanpaths at most.
const N_SCANPATHS: usize = 1_000;

/// Seed of the sampled scanpaths.
const SEED: u64 = 1;

/// Fixations in the pixels of their picture, by viewer.
type Viewers = BTreeMap<u32, Vec<[f32; 2]>>;

/// A trial along each recorded scanpath, and one along a scanpath sampled by the world's own law on
/// the same picture.
///
/// Of a recorded scanpath the fixations count in order that lie where a view fits and that do not
/// return; the first one is the mark that everyone had to look at, and is left out. Viewers with
/// fewer such fixations than a trial has do not count.
///
/// # Errors
/// A sentence that names the file, and the line where there is one.
pub(super) fn galleries(
    folder: &Path,
    config: &SaccadeConfig,
    n_observed: usize,
) -> Result<[Vec<Gallery>; 2], String> {
    let table = read_table(&folder.join("fixations.csv"))?;
    let (mut pictures, mut scanpaths) = (Vec::new(), Vec::new());
    for (image, viewers) in &table {
        if scanpaths.len() >= N_SCANPATHS {
            break;
        }
        let path = folder.join("stimuli").join(format!("{image}.jpg"));
        if !path.exists() {
            continue;
        }
        let decoded = worlds::decode(&path)?;
        let size = [decoded.width() as f32, decoded.height() as f32];
        let all =
            viewers.values().filter_map(|looked| counted(config, looked, size, n_observed + 1));
        let all: Vec<Vec<Fixation>> = all.collect();
        if all.is_empty() {
            continue;
        }
        let picture = worlds::square(&decoded, config.picture_side_px)
            .map_err(|why| format!("{why}: {}", path.display()))?;
        scanpaths.extend(all.into_iter().map(|path| (pictures.len(), path)));
        pictures.push(LabeledPicture { picture, label: 0, saliency: None });
    }
    if scanpaths.len() < 2 {
        return Err(format!(
            "fewer than two scanpaths of {} fixations that fit: {}",
            n_observed + 1,
            folder.display()
        ));
    }
    let train = pictures[..1].to_vec();
    let world =
        SaccadeWorld::from_pictures(config.clone(), train, pictures, vec!["any".to_owned()])
            .map_err(|why| why.to_string())?;
    let trial = |picture: usize, scanpath: &[Fixation]| {
        Gallery::of_trial(&world, world.trial_along(Split::Val, picture, scanpath))
    };
    let along = scanpaths.iter().map(|(picture, scanpath)| trial(*picture, scanpath)).collect();
    let sampled = scanpaths.iter().enumerate().map(|(index, (picture, _))| {
        // The stream's name is part of what committed reports rest on.
        let mut rng = stream(SEED, "sampled way", index as u64);
        trial(*picture, &world.scanpath(Split::Val, *picture, n_observed + 1, &mut rng))
    });
    Ok([along, sampled.collect()])
}

/// The first `n` fixations of a recorded scanpath that count, in the pixels of the squared picture.
fn counted(
    config: &SaccadeConfig,
    fixations: &[[f32; 2]],
    [width, height]: [f32; 2],
    n: usize,
) -> Option<Vec<Fixation>> {
    let side = width.min(height);
    let scale = config.picture_side_px as f32 / side;
    let (low, high) = allowed_px(config);
    let inside = |v: f32| {
        let v = (v * scale).round();
        (v >= low as f32 && v <= high as f32).then_some(v as usize)
    };
    let radius_px = inhibition_radius_px(config);
    let mut found: Vec<Fixation> = Vec::new();
    for [x, y] in fixations.iter().skip(1) {
        let col = inside(x - (width - side) / 2.0);
        let row = inside(y - (height - side) / 2.0);
        let Some((row, col)) = row.zip(col) else { continue };
        let at = Fixation { row, col };
        if found.iter().all(|seen| !seen.inhibits(at, radius_px)) {
            found.push(at);
        }
        if found.len() == n {
            return Some(found);
        }
    }
    None
}

fn read_table(path: &Path) -> Result<BTreeMap<u32, Viewers>, String> {
    let text = read_text(path)?;
    let mut lines = text.lines().enumerate();
    let head = csv_fields(lines.next().unwrap_or_default().1);
    let column = |name: &str| {
        head.iter()
            .position(|found| found == name)
            .ok_or_else(|| format!("no column `{name}` in the first line: {}", path.display()))
    };
    let [image, subject, x, y] = [column("image")?, column("subject")?, column("x")?, column("y")?];
    let mut all: BTreeMap<u32, Viewers> = BTreeMap::new();
    for (number, line) in lines {
        let fields = csv_fields(line);
        let text = |at: usize| fields.get(at).map_or("", String::as_str);
        let read = || {
            let place = [text(x).parse::<f32>().ok()?, text(y).parse::<f32>().ok()?];
            Some((text(image).parse().ok()?, text(subject).parse().ok()?, place))
        };
        let Some((image, subject, place)) = read() else {
            return Err(format!(
                "line {}: expected numbers for image, subject, x and y, found `{line}`: {}",
                number + 1,
                path.display()
            ));
        };
        all.entry(image).or_default().entry(subject).or_default().push(place);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanpath_leaves_out_the_mark_returns_and_what_does_not_fit() {
        let config = SaccadeConfig::default();
        // A 600 x 600 square in the middle of 800 x 600: a pixel of the square is 6.25.
        let fixations = [
            [400.0, 300.0], // the mark
            [400.0, 300.0], // row 48, column 48
            [430.0, 320.0], // a return
            [120.0, 300.0], // no view fits
            [225.0, 200.0], // row 32, column 20
            [550.0, 450.0], // row 72, column 72
        ];
        let found = counted(&config, &fixations, [800.0, 600.0], 3).expect("three count");
        let places: Vec<(usize, usize)> = found.iter().map(|at| (at.row, at.col)).collect();
        assert_eq!(places, [(48, 48), (32, 20), (72, 72)]);
        assert!(counted(&config, &fixations, [800.0, 600.0], 4).is_none());
    }

    #[test]
    fn a_bad_table_names_its_line() {
        let folder =
            std::env::temp_dir().join(format!("seq-jepa-scanpaths-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("writable");
        let path = folder.join("fixations.csv");
        let told = |text: &str| {
            std::fs::write(&path, text).expect("writable");
            read_table(&path).expect_err("a bad table")
        };
        assert!(told("image,subject,x\n1,0,3\n").contains("`y`"));
        assert!(told("image,subject,x,y\n1,0,3,4\n1,0,here,4\n").contains("line 3"));
        std::fs::write(&path, "y,x,subject,image\n4,3,0,1\n").expect("writable");
        assert_eq!(read_table(&path).expect("a good one")[&1][&0], [[3.0, 4.0]]);
        std::fs::remove_dir_all(&folder).ok();
    }
}
