//! What the lenses and the path say.

use super::number;
use crate::page::lens::Lens;
use crate::page::state::Weights;
use crate::protocol::{ModelCard, TrialsReport};
use crate::scenery::Mode;
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Reveal, Score};

// Lens.
pub const LENS: &str = "Lens";
pub const TILE_GUESS: &str = "expected there";
pub const TILE_HIDDEN: &str = "not looked yet";
pub const TILE_BEFORE: &str = "expected";
pub const TILE_TRUTH: &str = "was there";
pub const LENS_EMPTY: &str = "Aim somewhere: the best match to the prediction appears here, and \
     the truth stays hidden until you look.";
pub const LENS_WITHOUT: &str = "There is no model to look with yet. Train one below, or open a \
     checkpoint.";
pub const LAST_LOOK: &str = "The last look";
pub const TRIALS: &str = "Run 200 random trials";
pub const TRIALS_WHY: &str = "Your looks are chosen; these are not: random pictures or objects that \
     the model was not trained on, random paths, the same as `seq-jepa eval --seed 1`.";
pub const TRIALS_LESIONED: &str =
    "Trials are those of the whole model: take the lesion away first.";
pub const WEIGHTS: &str = "Weights";
pub const LESION: &str = "Lesion now";
pub const FOOL: &str = "What would fool me here?";
pub const FOOL_SACCADE: &str = "Even places alike would score well if a copy of the last view did: \
     so the copy's rank stands beside. And a model deaf to the action would rank like the shuffled \
     one.";
pub const FOOL_ROTATE: &str = "Symmetric objects look alike in several poses, so a low rank may be \
     no fault. A model deaf to the turn would rank like the shuffled one.";
pub const CENTERED: &str =
    "Candidates are compared by centered cosine; color tells percentiles, not raw values.";

// Path.
pub const PATH: &str = "Path";
pub const PATH_TRUE: &str = "true";
pub const PATH_DECODED: &str = "decoded";
pub const PATH_EMPTY: &str =
    "Look somewhere: the path decoded from z_AGG appears beside the true one.";
pub const PATH_WITHOUT: &str = "This checkpoint has no path probe.";
pub const PATH_NOTE: &str = "Read from z_AGG and the upcoming action by a linear probe that was \
     fitted afterwards; the network itself was not supervised. With one view seen it is trivial.";

/// A rank: whole, or a half.
pub fn rank(value: f32) -> String {
    number(value, u8::from(value.fract() != 0.0))
}

/// The rank line: the rank, then its nulls.
pub fn rank_line(score: &Score) -> String {
    rank_parts(score).join("; ")
}

/// The same in its four parts.
pub fn rank_parts(score: &Score) -> [String; 4] {
    [
        ["rank ", &rank(score.rank), " of ", &score.n.to_string()].concat(),
        ["chance ", &rank(score.chance)].concat(),
        ["copy-last ", &rank(score.copy_last)].concat(),
        ["shuffled ", &number(score.shuffled, 0)].concat(),
    ]
}

/// Between guess and truth.
pub fn apart(error: f32, mode: Mode) -> String {
    match mode {
        Mode::Saccade => [number(error, 0).as_str(), " px apart"].concat(),
        Mode::Rotate => [number(error.to_degrees(), 0).as_str(), "° apart"].concat(),
    }
}

/// The polite line after a look.
pub fn status(reveal: &Reveal, mode: Mode) -> String {
    [rank_line(&reveal.score).as_str(), "; best guess ", &apart(reveal.error, mode)].concat()
}

/// The session so far.
pub fn session(n: usize, median: f32, chance: f32) -> String {
    let looks = if n == 1 { " look, rank " } else { " looks, median rank " };
    [n.to_string().as_str(), looks, &rank(median), " (chance ", &rank(chance), ")"].concat()
}

/// Random trials so far, and what the file says of itself.
pub fn trials(report: &TrialsReport, card: Option<&ModelCard>) -> String {
    if report.n_done < report.n_trials {
        return [&report.n_done.to_string(), " of ", &report.n_trials.to_string(), " trials …"]
            .concat();
    }
    let interval = report.rank_interval.map_or_else(String::new, |(low, high)| {
        [" [", &rank(low), ", ", &rank(high), "]"].concat()
    });
    let measured = card.and_then(|card| card.probe.as_ref()).map_or_else(String::new, |probe| {
        let n = probe.n_trials.to_string();
        ["; in the file: ", &rank(probe.rank_median), " (", &n, " trials)"].concat()
    });
    [
        report.n_trials.to_string().as_str(),
        " random trials, held out: median rank ",
        &rank(report.rank),
        &interval,
        " of ",
        &report.n_candidates.to_string(),
        "; chance ",
        &rank(report.rank_chance),
        "; copy-last ",
        &rank(report.rank_copy_last),
        "; shuffled ",
        &rank(report.rank_shuffled),
        "; mean reciprocal rank ",
        &number(report.mrr, 2),
        " (chance ",
        &number(report.mrr_chance, 2),
        ")",
        &measured,
    ]
    .concat()
}

/// Whose weights look.
pub fn weights(weights: Weights) -> &'static str {
    match weights {
        Weights::Full => "full",
        Weights::NoAction => "trained without actions",
        Weights::Untrained => "untrained, same recipe and seed",
        Weights::Opened => "of the opened file",
        Weights::Run => "of the run below",
    }
}

/// What is kept from the model.
pub fn lesion(lesion: Lesion) -> &'static str {
    match lesion {
        Lesion::None => "none",
        Lesion::NextAction => "next action unheard",
        Lesion::PastActions => "past actions unheard",
        Lesion::ShuffledActions => "past actions shuffled",
        Lesion::Views => "views blanked",
        Lesion::ViewOrder => "views out of order",
    }
}

/// What these weights and this lesion are, in a sentence; nothing for the whole model.
pub fn ablated(weights: Weights, lesion: Lesion) -> String {
    let weights = match weights {
        Weights::NoAction => {
            "Another model, trained on the same sequences and as long, but never told an action. "
        }
        Weights::Untrained => "Weights as they were before the first step. ",
        _ => "",
    };
    let lesion = match lesion {
        Lesion::None => "",
        Lesion::NextAction => {
            "Lesion: the predictor is told that nothing moves, wherever you point."
        }
        Lesion::PastActions => {
            "Lesion: the aggregator is told that nothing moved between the views."
        }
        Lesion::ShuffledActions => "Lesion: each view comes with the action of the next one.",
        Lesion::Views => "Lesion: every view is grey; only the actions are left.",
        Lesion::ViewOrder => "Lesion: the first view comes last; the actions stay in place.",
    };
    [weights, lesion].concat()
}

/// A lens by name.
pub fn lens(lens: Lens, mode: Mode) -> &'static str {
    match (lens, mode) {
        (Lens::Guess, Mode::Saccade) => "Where?",
        (Lens::Guess, Mode::Rotate) => "Guess vs truth",
    }
}
