//! `seq-jepa record`: the frame that the page shows before its program has arrived, made by the
//! shipped model on the page's first picture, by the code with which the page looks.
//!
//! A browser test goes to the same place in the live page and finds the same rank.

use super::args::RecordArgs;
use super::say::say;
use super::{Outcome, files, png};
use crate::engine::Refusal;
use crate::engine::look::{Look, Sight};
use crate::protocol::{ModelCard, Views};
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Mind, Reveal, Trial};
use crate::scenery::{Mode, Scenery, Subject, heat};
use crate::world::Picture;
use burn::tensor::Device;
use pollster::block_on;

/// What stands between these two lines of the page is the frame.
const MARKS: [&str; 2] = ["<!-- recorded:begin -->", "<!-- recorded:end -->"];

/// Writes the frame's pictures, and its text into the page.
pub(super) fn run(args: &RecordArgs) -> Outcome {
    let page = std::fs::read_to_string(&args.page)
        .map_err(|why| format!("cannot read the page ({why}): {}", args.page.display()))?;
    let frame = block_on(Frame::make(&files::read_checkpoint(&args.checkpoint)?))
        .map_err(|why| format!("{why}: {}", args.checkpoint.display()))?;
    let rewritten = between_marks(&page, &frame.html())
        .map_err(|why| format!("{why}: {}", args.page.display()))?;
    let side_px = frame.picture.side_px;
    let picture = png::bytes(side_px, side_px, frame.picture.rgb.clone())?;
    let n = frame.grid();
    files::write_whole(&args.out.join("picture.png"), &picture)?;
    files::write_whole(&args.out.join("heat.png"), &png::bytes(n, n, heat::map(&frame.scores))?)?;
    files::write_whole(&args.page, rewritten.as_bytes())?;
    say!("{}", frame.caption());
    say!("{}", args.page.display());
    Ok(())
}

/// Everything that the frame shows.
struct Frame {
    card: ModelCard,
    picture: Picture,
    /// Side of a view in pixels of the picture.
    view_px: f32,
    /// States seen, oldest first.
    seen: Vec<Vec<f32>>,
    places: Vec<Vec<f32>>,
    scores: Vec<f32>,
    reveal: Reveal,
}

impl Frame {
    /// Looks at the page's first picture: its glances, then the look that follows them.
    async fn make(checkpoint: &[u8]) -> Result<Self, String> {
        let look = Look::open(checkpoint, &Device::flex()).map_err(told)?;
        let card = look.card().clone();
        let scenery = Scenery::of_config(card.world_config.clone())?;
        if scenery.mode() != Mode::Saccade {
            return Err("the first frame shows a picture: expected a model of saccades".to_owned());
        }
        let subject = Subject::default();
        let seen = scenery.glances(&subject);
        let states: Vec<&[f32]> = seen.iter().map(Vec::as_slice).collect();
        let target = scenery.next_of_its_own(&subject, &states);
        let places = scenery.candidates();
        let all: Vec<&[f32]> = places.iter().map(Vec::as_slice).collect();
        let bank = look.bank(&views(&scenery, &subject, &all)).await.map_err(told)?;
        let actions: Vec<Vec<f32>> =
            states.windows(2).map(|pair| scenery.action(pair[0], pair[1])).collect();
        let observed = look.observe(&views(&scenery, &subject, &states), &actions).await;
        let Sight { z_agg, z_last, .. } = observed.map_err(told)?;
        let readout = look.readout().await.map_err(told)?;
        let mind = Mind { readout: &readout, z_agg: &z_agg, z_last: &z_last, bank: &bank };
        let from = states.last().ok_or("a picture has glances")?;
        let scores = mind.guess(&scenery.action(from, &target)).scores;
        let trial = Trial {
            scenery: &scenery,
            subject: &subject,
            mind,
            states: &places,
            from,
            target: &target,
            lesion: Lesion::None,
            look_idx: 0,
        };
        let reveal = trial.run(None);
        let picture = scenery.picture(&subject).ok_or("saccades have pictures")?.clone();
        let view_px = scenery.view_side_px() as f32;
        Ok(Self { card, picture, view_px, seen, places, scores, reveal })
    }

    /// Rows of the square grid of places.
    fn grid(&self) -> usize {
        (self.places.len() as f64).sqrt().round() as usize
    }

    /// Row and column in pixels of the picture.
    fn px(&self, state: &[f32]) -> [f32; 2] {
        [state[0], state[1]].map(|share| share * self.picture.side_px as f32)
    }

    /// A square of the size of a view round a state.
    fn square(&self, state: &[f32], class: &str) -> String {
        let [row, col] = self.px(state).map(|middle| middle - self.view_px / 2.0);
        let side = self.view_px;
        format!(r#"<rect class="{class}" x="{col}" y="{row}" width="{side}" height="{side}"/>"#)
    }

    fn caption(&self) -> String {
        let score = &self.reveal.score;
        format!(
            "Recorded from {}-{} ({} steps) on a picture it was not trained on. It has seen 1, 2 and \
             3. Bright is where it expects what lies at the crosshair; ◆ is its best guess. The \
             true place ranks {} of {}; chance {}; a copy of the last view {}; other actions {:.0}.",
            self.card.world,
            self.card.preset,
            self.card.step,
            score.rank,
            score.n,
            score.chance,
            score.copy_last,
            score.shuffled,
        )
    }

    /// The frame as the page's HTML.
    fn html(&self) -> String {
        let [row, col] = self.px(&self.reveal.truth_state);
        format!(
            r#"<figure id="recorded" data-recorded="yes" data-row="{row}" data-col="{col}" data-rank="{}">
      <svg viewBox="0 0 {side} {side}" role="img" aria-label="A picture of which the model has seen three squares, and the places where it expects what lies at a fourth one">
        {}
      </svg>
      <figcaption>{}</figcaption>
    </figure>"#,
            self.reveal.score.rank,
            self.drawing().join("\n        "),
            self.caption(),
            side = self.picture.side_px,
        )
    }

    /// Elements of the drawing, back to front.
    fn drawing(&self) -> Vec<String> {
        let side = self.picture.side_px;
        let image = format!(r#"<image href="recorded/picture.png" width="{side}" height="{side}""#);
        let lit: String = self.seen.iter().map(|state| self.square(state, "lit")).collect();
        let mut drawn = vec![
            format!(r#"<clipPath id="lit">{lit}</clipPath>"#),
            format!(r#"<rect class="dim" width="{side}" height="{side}"/>"#),
            format!(r#"{image} class="dimmed"/>"#),
            format!(r#"{image} clip-path="url(#lit)"/>"#),
            self.heat(),
        ];
        drawn.extend(self.seen.iter().map(|state| self.square(state, "view")));
        drawn.push(self.way());
        for (i, state) in self.seen.iter().enumerate() {
            let [row, col] = self.px(state);
            drawn.push(format!(
                r#"<circle class="seen" cx="{col}" cy="{row}" r="2.4"/><text x="{col}" y="{}">{}</text>"#,
                row + 1.1,
                i + 1
            ));
        }
        drawn.push(self.square(&self.reveal.truth_state, "next"));
        let [row, col] = self.px(&self.reveal.guess_state);
        drawn.push(format!(
            r#"<path class="peak" d="M{col} {}l2.4 2.4-2.4 2.4-2.4-2.4z"/>"#,
            row - 2.4
        ));
        let [row, col] = self.px(&self.reveal.truth_state);
        drawn.push(format!(
            r#"<path class="aim" d="M{col} {}v3M{col} {}v3M{} {row}h3M{} {row}h3"/>"#,
            row - 4.5,
            row + 1.5,
            col - 4.5,
            col + 1.5
        ));
        drawn
    }

    /// The heat map over the places, each in the middle of its cell.
    fn heat(&self) -> String {
        let (first, n) = (self.px(&self.places[0]), self.grid());
        let cell = self.px(&self.places[1])[1] - first[1];
        let (x, y) = (first[1] - cell / 2.0, first[0] - cell / 2.0);
        let side = cell * n as f32;
        format!(
            r#"<image class="heat" href="recorded/heat.png" x="{x}" y="{y}" width="{side}" height="{side}"/>"#
        )
    }

    fn way(&self) -> String {
        let points: Vec<String> = self
            .seen
            .iter()
            .map(|state| self.px(state))
            .map(|[row, col]| format!("{col},{row}"))
            .collect();
        format!(r#"<polyline class="way" points="{}"/>"#, points.join(" "))
    }
}

fn views(scenery: &Scenery, subject: &Subject, states: &[&[f32]]) -> Views {
    Views {
        side_px: scenery.view_side_px(),
        rgb: scenery.views_rgb(subject, states.iter().copied()),
    }
}

fn told(why: Refusal) -> String {
    match why {
        Refusal::Command { problem, .. } => problem,
        Refusal::Device(message) => message,
    }
}

/// The page with `frame` between its marks.
fn between_marks(page: &str, frame: &str) -> Result<String, String> {
    let [begin, end] = MARKS;
    let parts = page.split_once(begin).zip(page.rsplit_once(end));
    match parts {
        Some(((head, _), (_, tail))) => Ok(format!("{head}{begin}\n    {frame}\n    {end}{tail}")),
        None => Err(format!("the page lacks the marks {begin} and {end}")),
    }
}
