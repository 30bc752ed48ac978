//! *Space*: where held-out views lie in the space of z and held-out sequences in that of z_AGG, and
//! what their neighbors tell.

use leptos::prelude::*;

use crate::page::Page;
use crate::page::figure::{self, At, Drawing, Figure};
use crate::page::survey::Survey;
use crate::page::text;
use crate::protocol::Space;
use crate::scenery::Scenery;

/// Side of the plane, in the drawing's own units.
const SIDE: f32 = 240.0;

/// Colors of headings, once round.
const N_HEADINGS: usize = 8;

/// Colors of classes. There may be more classes: shapes tell them apart then.
const N_COLORS: usize = 5;

/// Names in a row of the legend, and its height.
const PER_ROW: usize = 3;
const ROW: f32 = 16.0;

/// The lens.
#[component]
pub fn SpaceLens() -> impl IntoView {
    let look = expect_context::<Page>().state.look;
    let figure = move |which: usize| {
        figure::drawn(move || {
            let model = look.model.get();
            look.survey.with(|survey| {
                let space = survey.as_ref().and_then(|survey| survey.spaces.get(which));
                match (space, &model) {
                    (Some(space), Some(model)) => drawn(space, which == 1, &model.scenery),
                    _ => Figure::default(),
                }
            })
        })
    };
    let (z, z_agg) = (figure(0), figure(1));
    let empty = move || z.with(|figure| figure.rows.is_empty());
    view! {
        <Survey />
        <div class="spaces" hidden=empty>
            <div>
                <h3>{text::SPACE_Z}</h3>
                <Drawing figure=z id="space-z" />
                <p class="session" data-testid="space-z-line">{move || z.with(|f| f.caption.clone())}</p>
            </div>
            <div>
                <h3>{text::SPACE_Z_AGG}</h3>
                <Drawing figure=z_agg id="space-z-agg" />
                <p class="session" data-testid="space-z-agg-line">{move || z_agg.with(|f| f.caption.clone())}</p>
            </div>
        </div>
    }
}

/// z by where it was seen from, z_AGG by what it is of; shapes tell the class in both.
fn drawn(space: &Space, by_class: bool, scenery: &Scenery) -> Figure {
    let most = space.places.iter().flatten().fold(1e-6_f32, |most, v| most.max(v.abs()));
    let at = |[x, y]: [f32; 2]| -> At {
        let scale = (SIDE / 2.0 - 8.0) / most;
        (SIDE / 2.0 + x * scale, SIDE / 2.0 - y * scale)
    };
    let names = scenery.class_names();
    let n_rows = names.len().div_ceil(PER_ROW);
    let mut figure = Figure::new(SIDE, SIDE + 8.0 + ROW * n_rows as f32);
    figure.rect("ground", (0.0, 0.0), (SIDE, SIDE));
    for ((&place, state), &label) in space.places.iter().zip(&space.states).zip(&space.labels) {
        let color = match by_class {
            true => class_color(label),
            // Rounded, so that a wheel's spoke lies in the middle of its color.
            false => heading_color((scenery.heading(state) * N_HEADINGS as f32).round() as usize),
        };
        figure.shape(&color, shape_of(label), at(place), 3.5);
    }
    for (label, name) in names.iter().enumerate() {
        let column = (label % PER_ROW) as f32 * SIDE / PER_ROW as f32;
        let place = (6.0 + column, SIDE + 14.0 + (label / PER_ROW) as f32 * ROW);
        let color = if by_class { class_color(label) } else { "plain".to_owned() };
        figure.shape(&color, shape_of(label), place, 3.5);
        figure.words((place.0 + 7.0, place.1 + 4.0), "start", name);
    }
    for turn in (0..N_HEADINGS).filter(|_| !by_class) {
        let (sin, cos) = libm::sincosf(turn as f32 / N_HEADINGS as f32 * core::f32::consts::TAU);
        figure.disc(&heading_color(turn), (SIDE - 26.0 + 14.0 * cos, 26.0 + 14.0 * sin), 5.0);
    }
    let [first, second] = space.explained.map(text::percent);
    figure.words((SIDE - 4.0, SIDE - 6.0), "end", &[text::SPACE_FIRST, &first].concat());
    figure.words((4.0, 12.0), "start", &[text::SPACE_SECOND, &second].concat());
    figure.caption = text::space(space);
    figure.head = text::SPACE_HEAD.map(str::to_owned).to_vec();
    let row = |name: &str, cells: [f32; 3]| {
        let mut row = vec![name.to_owned()];
        row.extend(cells.map(|v| text::number(v, 2)));
        row
    };
    figure.rows = vec![
        row(text::SPACE_NEIGHBORS, [space.neighbors, space.neighbors_untrained, space.chance]),
        row(text::SPACE_STATE, [space.state_r2, space.state_r2_untrained, 0.0]),
    ];
    figure
}

fn class_color(label: usize) -> String {
    ["class-", &(label % N_COLORS).to_string()].concat()
}

fn heading_color(turn: usize) -> String {
    ["heading-", &(turn % N_HEADINGS).to_string()].concat()
}

/// Another shape for each color, and a different one when the colors begin again.
fn shape_of(label: usize) -> usize {
    label + label / N_COLORS
}
