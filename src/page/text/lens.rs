//! What the lenses and the path say.

use super::{number, percent};
use crate::page::lens::Lens;
use crate::page::state::Weights;
use crate::protocol::{ModelCard, Space, SurveyReport, TrialsReport};
use crate::scenery::Mode;
use crate::scenery::beat::Tally;
use crate::scenery::imagine::Imagined;
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Reveal, Score};
use crate::scenery::surprise::{ONE_IN, Surprise};

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

// Imagine.
pub const IMAGINE_AIM: &str = "imagined there";
pub const IMAGINE_EMPTY: &str = "Aim somewhere: what is expected there appears as a picture.";
pub const IMAGINE_WITHOUT: &str = "There is no decoder for these weights. The shipped models have one; for your own, \
     `seq-jepa decoder FILE` makes one to drop here.";
pub const IMAGINE_TRUTH: &str = "decoded from its latent";
pub const IMAGINE_GUESS: &str = "decoded from the prediction";
pub const IMAGINE_LAST: &str = "from the view before";

// Surprise.
pub const SURPRISE_SHOWN: &str = "was shown";
pub const SURPRISE_LINE: &str = "Surprise of every look, from 0 to 2";
pub const SURPRISE_HEAD: [&str; 3] = ["look", "surprise", "copy-last"];
pub const SWAPPED: &str = "swapped";
pub const TRUE: &str = "true";

// Inside.
pub const INSIDE_EMPTY: &str = "Look somewhere first: the aggregator needs views to attend to.";
pub const ATTENTION: &str = "What the aggregator attends to";
pub const ATTENTION_WHY: &str = "Attention of the aggregate token in the last layer, mean over heads; frames on \
     the stage are as thick. Attention is not explanation: an even share would be";
pub const LATENTS: &str = "The prediction as numbers";
pub const LATENTS_WHY: &str = "Each bar is one number of the latent, less its mean over training views: orange above, \
     blue below. Each row has a scale of its own, for only the direction of a latent counts. If prediction and copy-last looked alike, the model would predict that nothing changes.";
pub const LATENT_GUESS: &str = "predicted";
pub const LATENT_LAST: &str = "last view";
pub const LATENT_MATCH: &str = "best match";
pub const VIEW: &str = "View";
pub const LAYER: &str = "Layer";
pub const ITSELF: &str = "itself";

// Beat the model.
pub const BEAT_EMPTY: &str = "The model needs a view or two before the game begins.";
pub const BEAT_ASK: &str = "Which of these lies in the white frame at the crosshair?";
pub const BEAT_ASK_TURN: &str =
    "The object is turned as the fields say. Which of these is it then?";
pub const BEAT_NEXT: &str = "Next round";
pub const BEAT_TRUTH: &str = "the truth";
pub const BEAT_YOU: &str = "your choice";
pub const BEAT_MODEL: &str = "the model's choice";

// Path.
pub const PATH: &str = "Path";
pub const PATH_CAPTION: &str = "The true path and the one decoded from z_AGG";
pub const PATH_TRUE: &str = "true";
pub const PATH_DECODED: &str = "decoded";
pub const PATH_EMPTY: &str =
    "Look somewhere: the path decoded from z_AGG appears beside the true one.";
pub const PATH_WITHOUT: &str = "This checkpoint has no path probe.";
pub const PATH_NOTE: &str = "Read from z_AGG and the upcoming action by a linear probe that was \
     fitted afterwards; the network itself was not supervised. With one view seen it is trivial.";

pub const PATH_ERRORS: &str = "How far decoded paths end from the truth";
pub const PATH_ERRORS_WHY: &str = "Mean over held-out paths; the band is its 95 % interval. All lines have heads fitted \
     in the same way, to the same paths. Actions are inputs, so adding them up may be easy: the untrained \
     line is the one to clear.";
pub const PATH_MODEL: &str = "z_AGG";
pub const PATH_UNTRAINED: &str = "untrained";
pub const PATH_NO_VISION: &str = "actions only";
pub const PATH_NO_ACTION: &str = "views only";
pub const PATH_STILL: &str = "mean path";
pub const PATH_BEYOND: &str = "longer than trained";
pub const PATH_LENGTH: &str = "actions in the path";
pub const PATH_COUNT: &str = "paths";

// Survey.
pub const SURVEY: &str = "Survey 500 held-out sequences";
pub const SURVEY_WHY: &str = "Encodes 500 sequences to fit heads on and 500 of other pictures or objects to score them \
     on, by this model and by its untrained twin. It takes a while; all else goes on.";

// Space.
pub const SPACE_Z: &str = "z, colored by where it looks";
pub const SPACE_Z_AGG: &str = "z_AGG, colored by class";
pub const SPACE_FIRST: &str = "first direction → ";
pub const SPACE_SECOND: &str = "↑ second ";
pub const SPACE_HEAD: [&str; 4] = ["", "this model", "untrained", "null"];
pub const SPACE_NEIGHBORS: &str = "class by 5 nearest neighbors";
pub const SPACE_STATE: &str = "R² of position or pose";

/// Whose error is whose.
pub fn imagined(imagined: &Imagined, r2: f32) -> String {
    [
        "difference of pixels (0 to 1, root mean square): the decoder's own ",
        &number(imagined.decoder_error, 2),
        "; the model's ",
        &number(imagined.model_error, 2),
        " (copy-last ",
        &number(imagined.copy_last_error, 2),
        "). On held-out views the decoder explains ",
        &percent(r2),
        " of the pixels' variance (the mean picture: 0 %)",
    ]
    .concat()
}

/// A survey so far.
pub fn survey(report: &SurveyReport) -> String {
    if report.spaces.is_empty() {
        let share = report.n_done as f32 / report.n_total.max(1) as f32;
        return [percent(share).as_str(), " of the survey …"].concat();
    }
    let n = report.n_sequences.to_string();
    ["heads fitted on ", &n, " sequences, scored on ", &n, " held-out ones"].concat()
}

/// Errors of one length.
pub fn path_errors(n_actions: usize, n: usize, errors: &str) -> String {
    let length = n_actions.to_string();
    ["After ", &length, " actions, ", &n.to_string(), " held-out paths end off by: ", errors]
        .concat()
}

/// One representation in numbers.
pub fn space(space: &Space) -> String {
    [
        "class by 5 nearest neighbors ",
        &number(space.neighbors, 2),
        " (untrained ",
        &number(space.neighbors_untrained, 2),
        ", most frequent class ",
        &number(space.chance, 2),
        "); position or pose, R² ",
        &number(space.state_r2, 2),
        " (untrained ",
        &number(space.state_r2_untrained, 2),
        ", null 0)",
    ]
    .concat()
}

/// Unit of an error.
pub fn unit(mode: Mode) -> &'static str {
    match mode {
        Mode::Saccade => " px",
        Mode::Rotate => "°",
    }
}

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
pub fn apart(error: Option<f32>, mode: Mode) -> String {
    let Some(error) = error else { return "another object".to_owned() };
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
        "); surprise at a swapped view, AUROC ",
        &number(report.auroc, 2),
        " (chance 0.50; copy-last ",
        &number(report.auroc_copy_last, 2),
        "; shuffled ",
        &number(report.auroc_shuffled, 2),
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
        (Lens::Imagine, _) => "Imagine",
        (Lens::Surprise, _) => "Surprise",
        (Lens::Space, _) => "Space",
        (Lens::Inside, _) => "Inside",
        (Lens::Beat, _) => "Beat the model",
    }
}

/// What a look surprised.
pub fn surprise(one: &Surprise) -> String {
    let kind = if one.shown.swapped { "This look was swapped" } else { "This look was true" };
    [kind, ": surprise ", &number(one.model, 2), " (copy-last ", &number(one.copy_last, 2), ")"]
        .concat()
}

/// Surprises of a session.
pub fn surprises(n: usize, n_swapped: usize, areas: Option<(f32, f32)>) -> String {
    let looks = [n.to_string().as_str(), " looks, ", &n_swapped.to_string(), " swapped"].concat();
    match areas {
        Some((model, copy_last)) => [
            looks.as_str(),
            ": AUROC ",
            &number(model, 2),
            " (chance 0.50; copy-last ",
            &number(copy_last, 2),
            ")",
        ]
        .concat(),
        None => [
            looks.as_str(),
            "; an AUROC needs one of each kind, and one in ",
            &ONE_IN.to_string(),
            " is swapped",
        ]
        .concat(),
    }
}

/// A view's share of attention.
pub fn attention(view: usize, share: f32) -> String {
    ["view ", &view.to_string(), " ", &percent(share)].concat()
}

/// How a round went.
pub fn round(truth: usize, visitor: usize, model: usize) -> String {
    let right = |slot: usize| if slot == truth { "right" } else { "wrong" };
    [
        "It is view ",
        &(truth + 1).to_string(),
        ". You were ",
        right(visitor),
        ", the model was ",
        right(model),
        ".",
    ]
    .concat()
}

/// The game so far.
pub fn tally(tally: Tally) -> String {
    let of = |right: usize| [right.to_string().as_str(), " of ", &tally.n.to_string()].concat();
    ["You ", &of(tally.visitor), "; the model ", &of(tally.model), "; chance one of four"].concat()
}
