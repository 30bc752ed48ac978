//! `seq-jepa sheet`: sequences as one picture, for looking at a world.

use super::args::SheetArgs;
use super::say::say;
use super::worlds::{self, Built};
use super::{Outcome, files, png};
use crate::world::rng::{below, stream};
use crate::world::sheet::{Row, draw};
use crate::world::{Picture, Sequence, Split, World, WorldConfig};

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
        Built::Augment(world) => world.class_names(),
    };
    for (index, (sequence, _)) in drawn.iter().enumerate() {
        let actions: Vec<String> = sequence.actions.iter().map(|action| in_words(action)).collect();
        say!("row {} · {} · {}", index + 1, names[sequence.label], actions.join(" → "));
    }
    let rows: Vec<Row<'_>> =
        drawn.iter().map(|(sequence, picture)| Row { sequence, picture: *picture }).collect();
    let sheet = draw(&rows);
    files::write_whole(&args.out, &png::bytes(sheet.width_px, sheet.height_px, sheet.rgb)?)?;
    say!("{}", args.out.display());
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
        Built::Augment(world) => (world.sequence(Split::Train, n_views, &mut chance), None),
    }
}

fn in_words(action: &[f32]) -> String {
    let components: Vec<String> = action.iter().map(|a| format!("{a:+.2}")).collect();
    format!("({})", components.join(" "))
}
