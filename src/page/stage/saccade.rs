//! The picture: where the model has looked, where it could look, and what it expects there.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::super::Page;
use super::super::geometry::{ImagePoint, image_from_screen};
use super::super::keys;
use super::super::lens::Lens;
use super::super::paint::{Mark, Painter};
use super::super::state::N_VIEWS_MAX;
use super::super::text;
use super::{CANVAS_PX, Frame, NumberField, pointer};
use crate::page::erased::on;
use crate::scenery::Mode;

/// Pixels of the picture that an arrow key moves the crosshair.
const ARROW_PX: f32 = 2.0;

/// The same with Shift.
const ARROW_FAR_PX: f32 = 8.0;

/// The stage of pictures.
#[component]
pub fn SaccadeStage() -> impl IntoView {
    let page = expect_context::<Page>();
    let canvas = NodeRef::<Canvas>::new();
    let whole = page.state.look.whole;
    let painter = StoredValue::new_local(None::<Painter>);
    Effect::new(move |_| {
        if let Some(element) = canvas.get() {
            let element: web_sys::HtmlCanvasElement = (*element).clone().unchecked_into();
            painter.set_value(Painter::new(element));
        }
    });
    Effect::new(move |_| {
        canvas.track();
        painter.with_value(|painter| painter.as_ref().map(|p| paint(page, p, whole.get())));
    });
    let moved = move |event: web_sys::PointerEvent| {
        let (at, width) = pointer(&event);
        let at = image_from_screen(at, width);
        page.looking.aim(within(page, [at.row, at.col]));
    };
    let left = move |event: web_sys::PointerEvent| {
        if event.pointer_type() == "mouse" {
            page.looking.aim(None);
        }
    };
    view! {
        <Frame><canvas
            class="stage"
            node_ref=canvas
            width=CANVAS_PX
            height=CANVAS_PX
            tabindex="0"
            role="application"
            aria-label=text::STAGE_SACCADE
            data-testid="stage"
            on:pointermove=on(moved)
            on:pointerdown=on(moved)
            on:pointerleave=on(left)
            on:click=on(move |_| page.looking.commit())
            on:keydown=on(move |event| pressed(page, &event))
        ></canvas></Frame>
        <div class="fields">
            <Fields />
            <label class="check">
                <input type="checkbox" prop:checked=whole on:change=on(move |event| {
                    whole.set(event_target_checked(&event));
                }) />
                <span>{text::WHOLE}</span>
            </label>
        </div>
        <p class="hint">{text::KEYS_SACCADE}</p>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let page = expect_context::<Page>();
    let side = move || side_px(page);
    let part = move |k: usize| Signal::derive(move || current(page)[k] * side());
    let set = move |k: usize| {
        move |px: f32| {
            let mut aim = untrack(|| current(page));
            aim[k] = px / side().max(1.0);
            page.looking.aim(within(page, aim));
        }
    };
    let max = untrack(side);
    view! {
        <NumberField label=text::ROW id="row" value=part(0) min=0.0 max set=set(0) />
        <NumberField label=text::COL id="col" value=part(1) min=0.0 max set=set(1) />
        <button
            type="button"
            class="primary"
            data-testid="look"
            on:click=on(move |_| {
                page.looking.aim(within(page, untrack(|| current(page))));
                page.looking.commit();
            })
        >
            {text::LOOK}
        </button>
    }
}

fn side_px(page: Page) -> f32 {
    page.state.look.with_scenery(Mode::Saccade, |s| s.picture_side_px() as f32).unwrap_or(96.0)
}

/// The aim, or the last place seen, or the middle.
fn current(page: Page) -> [f32; 2] {
    let look = page.state.look;
    let last = || look.seen.with(|seen| seen.last().map(|s| s.state.clone()));
    let aim = look.aim.get().or_else(last);
    let part = |k: usize| aim.as_ref().and_then(|a| a.get(k).copied()).unwrap_or(0.5);
    [part(0), part(1)]
}

/// The aim brought to where a view lies within the picture.
fn within(page: Page, aim: [f32; 2]) -> Option<Vec<f32>> {
    let margin = untrack(|| {
        page.state.look.with_scenery(Mode::Saccade, |s| {
            s.view_side_px() as f32 / s.picture_side_px() as f32 / 2.0
        })
    })?;
    Some(aim.map(|v| v.clamp(margin, 1.0 - margin)).to_vec())
}

fn pressed(page: Page, event: &web_sys::KeyboardEvent) {
    let step = if event.shift_key() { ARROW_FAR_PX } else { ARROW_PX } / untrack(|| side_px(page));
    let [row, col] = untrack(|| current(page));
    let to = match event.key().as_str() {
        "ArrowUp" => [row - step, col],
        "ArrowDown" => [row + step, col],
        "ArrowLeft" => [row, col - step],
        "ArrowRight" => [row, col + step],
        "Enter" => {
            event.prevent_default();
            return page.looking.commit();
        }
        "Backspace" => {
            event.prevent_default();
            return page.looking.undo();
        }
        "h" if page.state.keys.get_untracked() => {
            return page.state.look.whole.update(|whole| *whole = !*whole);
        }
        _ => return keys::on_stage(page, event),
    };
    event.prevent_default();
    page.looking.aim(within(page, to));
}

fn point(state: &[f32]) -> ImagePoint {
    let part = |k: usize| state.get(k).copied().unwrap_or(0.5);
    ImagePoint { row: part(0), col: part(1) }
}

fn paint(page: Page, painter: &Painter, whole: bool) {
    let look = page.state.look;
    let (subject, seen) = (look.subject.get(), look.seen.get());
    let places: Vec<ImagePoint> = seen.iter().map(|s| point(&s.state)).collect();
    let start = places.len().saturating_sub(N_VIEWS_MAX);
    let lens = look.lens.get();
    let view = look.with_scenery(Mode::Saccade, |scenery| {
        let view = scenery.view_side_px() as f32 / scenery.picture_side_px() as f32;
        if let Some(picture) = scenery.picture(&subject) {
            if whole && lens != Lens::Beat {
                painter.picture(&picture.rgb, picture.side_px);
            } else {
                painter.glimpses(&picture.rgb, picture.side_px, &places[start..], view);
            }
        }
        view
    });
    let Some(view) = view else { return };
    let (aim, bank) = (look.aim.get(), look.bank.get());
    // In a game the heat map would give the model's choice away.
    let guess = page.state.guess.get().filter(|_| lens != Lens::Beat);
    let aim = aim.map(|aim| point(&aim));
    let peak = guess.zip(bank).and_then(|(guess, bank)| {
        let (first, last) = (bank.states.first()?, bank.states.last()?);
        painter.heat(&guess.scores, point(first), point(last));
        bank.states.get(guess.peak).map(|state| point(state))
    });
    places[start..].iter().for_each(|&at| painter.frame(at, view, "--mark-faint"));
    if lens == Lens::Inside {
        paint_attention(page, painter, &places[start..], view);
    }
    painter.way(&places);
    places.iter().enumerate().for_each(|(i, &at)| painter.mark(Mark::Seen(i + 1), at));
    if let Some(decoded) = page.state.decoded.get() {
        painter.mark(Mark::Decoded, point(&decoded));
    }
    match aim {
        Some(aim) => {
            painter.frame(aim, view, "--mark-halo");
            if let Some(peak) = peak {
                painter.error(peak, aim);
                painter.mark(Mark::Peak, peak);
            }
            painter.mark(Mark::Aim, aim);
        }
        None => paint_last(page, painter),
    }
}

/// Frames as thick as their views are attended to.
fn paint_attention(page: Page, painter: &Painter, places: &[ImagePoint], view: f32) {
    let observed = page.state.look.observed.get();
    let Some(last) = observed.as_ref().and_then(|observed| observed.attention.last()) else {
        return;
    };
    for (&at, &share) in places.iter().zip(last.iter().skip(1)) {
        painter.thick_frame(at, view, "--true", share);
    }
}

/// The best match before the last look, and how far it lay from there.
fn paint_last(page: Page, painter: &Painter) {
    let look = page.state.look;
    let here = look.seen.with(|seen| seen.last().map(|s| s.state.clone()));
    let last = look.reveals.with(|reveals| reveals.last().cloned());
    if let Some(last) = last.filter(|last| Some(&last.truth_state) == here.as_ref()) {
        painter.error(point(&last.guess_state), point(&last.truth_state));
        painter.mark(Mark::Peak, point(&last.guess_state));
    }
}
