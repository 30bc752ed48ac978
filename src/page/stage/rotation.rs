//! The object: its last pose, the turn that the visitor intends, and the model's nearest guess.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::super::Page;
use super::super::geometry::{ScreenPoint, Turn, turn_from_drag};
use super::super::keys;
use super::super::lens::Lens;
use super::super::paint::Painter;
use super::super::text;
use super::{CANVAS_PX, Frame, NumberField, pointer};
use crate::page::erased::on;
use crate::scenery::Mode;

/// Side of the drawn object in pixels.
const RENDER_PX: usize = 256;

/// Degrees of an arrow key.
const ARROW_DEG: f32 = 5.0;

/// The same with Shift.
const ARROW_FAR_DEG: f32 = 15.0;

/// Largest turn in degrees, for the fields.
const TURN_MAX_DEG: f32 = 90.0;

/// A drag: where it began and the turn it began with.
type Drag = Option<(ScreenPoint, Turn)>;

/// The stage of objects.
#[component]
pub fn RotationStage() -> impl IntoView {
    let page = expect_context::<Page>();
    let canvas = NodeRef::<Canvas>::new();
    let blind = RwSignal::new(false);
    let drag = RwSignal::new(None::<(ScreenPoint, Turn)>);
    let painter = StoredValue::new_local(None::<Painter>);
    Effect::new(move |_| {
        if let Some(element) = canvas.get() {
            let element: web_sys::HtmlCanvasElement = (*element).clone().unchecked_into();
            painter.set_value(Painter::new(element));
        }
    });
    Effect::new(move |_| {
        canvas.track();
        painter.with_value(|painter| painter.as_ref().map(|p| paint(page, p, blind.get())));
    });
    view! {
        <Frame><canvas
            class="stage turn"
            node_ref=canvas
            width=CANVAS_PX
            height=CANVAS_PX
            tabindex="0"
            role="application"
            aria-label=text::STAGE_ROTATE
            data-testid="stage"
            on:pointerdown=on(move |event| begin_drag(page, drag, &event))
            on:pointermove=on(move |event| go_on_drag(page, drag, &event))
            on:pointerup=on(move |_| end_drag(page, drag))
            on:pointercancel=on(move |_| drag.set(None))
            on:keydown=on(move |event| pressed(page, &event))
        ></canvas></Frame>
        <div class="fields">
            <Fields />
            <label class="check">
                <input type="checkbox" prop:checked=blind on:change=on(move |event| {
                    blind.set(event_target_checked(&event));
                }) />
                <span>{text::BLIND}</span>
            </label>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="hard"
                    prop:checked=move || page.state.look.hard.get()
                    on:change=on(move |event| {
                        page.looking.forget_scores();
                        page.state.look.hard.set(event_target_checked(&event));
                    })
                />
                <span>{text::HARD}</span>
            </label>
        </div>
        <p class="hint">{text::KEYS_ROTATE}</p>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let page = expect_context::<Page>();
    let turn = page.state.look.turn;
    let yaw = Signal::derive(move || turn.get().yaw_rad.to_degrees());
    let pitch = Signal::derive(move || turn.get().pitch_rad.to_degrees());
    let roll = Signal::derive(move || turn.get().roll_rad.to_degrees());
    let now = move || turn.get_untracked();
    let set_yaw =
        move |deg: f32| page.looking.aim_turn(Turn { yaw_rad: deg.to_radians(), ..now() });
    let set_pitch =
        move |deg: f32| page.looking.aim_turn(Turn { pitch_rad: deg.to_radians(), ..now() });
    let set_roll =
        move |deg: f32| page.looking.aim_turn(Turn { roll_rad: deg.to_radians(), ..now() });
    let (min, max) = (-TURN_MAX_DEG, TURN_MAX_DEG);
    view! {
        <NumberField label=text::YAW id="yaw" value=yaw min max set=set_yaw />
        <NumberField label=text::PITCH id="pitch" value=pitch min max set=set_pitch />
        <NumberField label=text::ROLL id="roll" value=roll min max set=set_roll />
        <button
            type="button"
            class="primary"
            data-testid="look"
            on:click=on(move |_| page.looking.commit())
        >
            {text::LOOK}
        </button>
    }
}

fn begin_drag(page: Page, drag: RwSignal<Drag>, event: &web_sys::PointerEvent) {
    let target = event.current_target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    if let Some(target) = target {
        target.set_pointer_capture(event.pointer_id()).ok();
    }
    drag.set(Some((pointer(event).0, page.state.look.turn.get_untracked())));
}

fn go_on_drag(page: Page, drag: RwSignal<Drag>, event: &web_sys::PointerEvent) {
    let Some((from, start)) = drag.get_untracked() else { return };
    let (at, width) = pointer(event);
    let way = ScreenPoint { x: at.x - from.x, y: at.y - from.y };
    page.looking.aim_turn(turn_from_drag(start, way, width));
}

fn end_drag(page: Page, drag: RwSignal<Drag>) {
    let turned = page.state.look.turn.get_untracked() != Turn::default();
    if drag.get_untracked().is_some() && turned {
        page.looking.commit();
    }
    drag.set(None);
}

fn pressed(page: Page, event: &web_sys::KeyboardEvent) {
    let deg = if event.shift_key() { ARROW_FAR_DEG } else { ARROW_DEG };
    let step = deg.to_radians();
    let turn = page.state.look.turn.get_untracked();
    let turn = match event.key().as_str() {
        "ArrowLeft" => turn.plus(-step, 0.0, 0.0),
        "ArrowRight" => turn.plus(step, 0.0, 0.0),
        "ArrowUp" => turn.plus(0.0, -step, 0.0),
        "ArrowDown" => turn.plus(0.0, step, 0.0),
        "q" | "Q" => turn.plus(0.0, 0.0, -step),
        "e" | "E" => turn.plus(0.0, 0.0, step),
        "Enter" => {
            event.prevent_default();
            return page.looking.commit();
        }
        "Backspace" => {
            event.prevent_default();
            return page.looking.undo();
        }
        _ => return keys::on_stage(page, event),
    };
    event.prevent_default();
    page.looking.aim_turn(turn);
}

/// The object in the pose aimed at, or in its last one when the visitor turns blindly.
fn paint(page: Page, painter: &Painter, blind: bool) {
    let look = page.state.look;
    let last = look.seen.with(|seen| seen.last().map(|s| s.state.clone()));
    // In a game the pose aimed at is the answer.
    let blind = blind || look.lens.get() == Lens::Beat;
    let aim = look.aim.get().filter(|aim| !blind && aim.len() == 4);
    let Some(pose) = aim.or(last).filter(|pose| pose.len() == 4) else { return };
    let subject = look.subject.get();
    let view = look.with_scenery(Mode::Rotate, |s| s.render(&subject, &pose, RENDER_PX));
    if let Some(view) = view {
        painter.picture(&view.rgb, view.side_px);
    }
}
