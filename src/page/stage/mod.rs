//! The stage: the picture or object itself, with what the visitor can do to it.

pub mod rotation;
pub mod saccade;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use super::Page;
use super::geometry::ScreenPoint;
use super::state::N_VIEWS_MAX;
use super::text;
use crate::page::erased::{changing, on};
use crate::scenery::Mode;

/// Pixels of the stage's canvas; the style scales it.
pub const CANVAS_PX: u32 = 768;

/// The stage of the mode, its buttons and its status line.
#[component]
pub fn StagePanel() -> impl IntoView {
    let page = expect_context::<Page>();
    let rotate = Memo::new(move |_| page.state.mode.get() == Mode::Rotate);
    let stage = move || {
        if rotate.get() {
            view! { <rotation::RotationStage /> }.into_any()
        } else {
            view! { <saccade::SaccadeStage /> }.into_any()
        }
    };
    view! {
        <section class="panel stage-panel" id="stage" tabindex="-1">
            <p class="caption" data-testid="subject">{move || subject_line(page)}</p>
            {changing(stage)}
            <Buttons />
            <p class="status" role="status" aria-live="polite" data-testid="status">
                {move || page.state.look.status.get()}
            </p>
            <Dropped />
            <super::hints::Hint />
        </section>
    }
}

/// What is drawn on, under the recorded first frame for as long as the page is not live.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    Effect::new(move |_| {
        let Some(frame) = frame.get() else { return };
        if let Some(recorded) = document().get_element_by_id("recorded") {
            frame.append_child(&recorded).ok();
        }
    });
    view! { <div class="stage-frame" node_ref=frame>{children()}</div> }
}

fn subject_line(page: Page) -> String {
    let (look, mode) = (page.state.look, page.state.mode.get());
    let subject = look.subject.get();
    if subject.own.is_some() {
        return text::OWN_PICTURE.to_owned();
    }
    let name = look.with_scenery(mode, |s| s.class_name(&subject)).unwrap_or_default();
    [name.as_str(), " #", &(subject.index + 1).to_string()].concat()
}

#[component]
fn Buttons() -> impl IntoView {
    let page = expect_context::<Page>();
    let looking = page.looking;
    let next = move || match page.state.mode.get() {
        Mode::Saccade => text::NEXT_PICTURE,
        Mode::Rotate => text::NEXT_OBJECT,
    };
    view! {
        <div class="buttons">
            <button type="button" data-testid="auto" on:click=on(move |_| looking.wander())>
                {text::AUTO}
            </button>
            <button type="button" data-testid="undo" on:click=on(move |_| looking.undo())>
                {text::UNDO}
            </button>
            <button type="button" data-testid="clear" on:click=on(move |_| looking.clear())>
                {text::CLEAR}
            </button>
            <button type="button" data-testid="next" on:click=on(move |_| looking.next_subject())>
                {changing(next)}
            </button>
        </div>
    }
}

/// A word on views that the model is no longer shown.
#[component]
fn Dropped() -> impl IntoView {
    let look = expect_context::<Page>().state.look;
    let few = move || look.seen.with(Vec::len) <= N_VIEWS_MAX;
    view! { <p class="note" hidden=changing(few)>{text::DROPPED_OFF}</p> }
}

/// The pointer relative to the element it is over, and that element's width.
pub fn pointer(event: &web_sys::PointerEvent) -> (ScreenPoint, f32) {
    let target = event.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
    let Some(target) = target else { return (ScreenPoint { x: 0.0, y: 0.0 }, 0.0) };
    let rect = target.get_bounding_client_rect();
    let x = f64::from(event.client_x()) - rect.left();
    let y = f64::from(event.client_y()) - rect.top();
    (ScreenPoint { x: x as f32, y: y as f32 }, rect.width() as f32)
}

/// A field for one number, which keeps its text while the visitor types.
#[component]
pub fn NumberField(
    /// What it is.
    label: &'static str,
    /// Its name for scripts.
    id: &'static str,
    /// Its number now.
    #[prop(into)]
    value: Signal<f32>,
    /// Smallest number.
    min: f32,
    /// Largest number.
    max: f32,
    /// Takes a new number.
    set: impl Fn(f32) + 'static,
) -> impl IntoView {
    let change = move |event: leptos::ev::Event| {
        let field = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        let value = field.map_or(f64::NAN, |field| field.value_as_number()) as f32;
        if value.is_finite() {
            set(value.clamp(min, max));
        }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input
                type="number"
                data-testid=id
                min=text::number(min, 0)
                max=text::number(max, 0)
                prop:value=move || text::number(value.get(), 0)
                on:change=on(change)
            />
        </label>
    }
}
