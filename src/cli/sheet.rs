//! `seq-jepa sheet`: sequences as one picture, for looking at a world.

use super::args::SheetArgs;
use super::worlds::{self, Built};
use super::{Outcome, files};
use crate::world::rng::{below, stream};
use crate::world::sheet::{Row, Sheet, draw};
use crate::world::{Picture, Sequence, Split, World, WorldConfig};
use image::{ImageFormat, RgbImage};
use std::io::Cursor;

/// Draws the sequences that training with this seed begins with, and prints their actions.
pub(super) fn run(args: &SheetArgs) -> Outcome {
    let mut config = WorldConfig::from_word(args.world.word()).map_err(|why| why.to_string())?;
    worlds::make_plain(&mut config, args.plain)?;
    let world = worlds::build(&config, &args.data)?;
    let drawn: Vec<(Sequence, Option<&Picture>)> = (0..u64::from(args.rows))
        .map(|index| one(&world, args.seed, index, usize::from(args.views)))
        .collect();
    let names = match &world {
        Built::Saccade(world) => world.class_names(),
        Built::Rotation(world) => world.class_names(),
    };
    for (index, (sequence, _)) in drawn.iter().enumerate() {
        let actions: Vec<String> = sequence.actions.iter().map(|action| in_words(action)).collect();
        println!("row {} · {} · {}", index + 1, names[sequence.label], actions.join(" → "));
    }
    let rows: Vec<Row<'_>> =
        drawn.iter().map(|(sequence, picture)| Row { sequence, picture: *picture }).collect();
    files::write_whole(&args.out, &png(draw(&rows))?)?;
    println!("{}", args.out.display());
    Ok(())
}

/// Training sequence `index` of a run with this seed, and the picture it lies in.
fn one(world: &Built, seed: u64, index: u64, n_views: usize) -> (Sequence, Option<&Picture>) {
    let mut chance = stream(seed, "training sequence", index);
    match world {
        Built::Saccade(world) => {
            let picture = below(&mut chance, world.n_pictures(Split::Train));
            let sequence = world.sequence_on(Split::Train, picture, n_views, &mut chance);
            (sequence, Some(world.picture(Split::Train, picture)))
        }
        Built::Rotation(world) => (world.sequence(Split::Train, n_views, &mut chance), None),
    }
}

fn in_words(action: &[f32]) -> String {
    let components: Vec<String> = action.iter().map(|a| format!("{a:+.2}")).collect();
    format!("({})", components.join(" "))
}

fn png(sheet: Sheet) -> Result<Vec<u8>, String> {
    let side =
        |px: usize| u32::try_from(px).map_err(|_too_large| "the sheet is too large".to_owned());
    let (width, height) = (side(sheet.width_px)?, side(sheet.height_px)?);
    let picture = RgbImage::from_raw(width, height, sheet.rgb);
    let picture = picture.ok_or("the sheet does not have three bytes a pixel")?;
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|why| why.to_string())?;
    Ok(bytes.into_inner())
}
