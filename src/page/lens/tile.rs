//! One view as a picture with its caption: what every lens shows.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::page::erased::changing;
use crate::page::paint::Painter;
use crate::world::View;

/// Pixels of a tile's canvas.
const TILE_PX: u32 = 192;

/// One view.
#[component]
pub fn Tile(
    /// The view; `None` while there is none.
    view: Signal<Option<View>>,
    /// Its caption.
    label: &'static str,
    /// What it is, for style sheets: `guess`, `truth`, `hidden`.
    kind: &'static str,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let painter = StoredValue::new_local(None::<Painter>);
    Effect::new(move |_| {
        let Some(element) = canvas.get() else { return };
        if painter.with_value(Option::is_none) {
            let element: web_sys::HtmlCanvasElement = (*element).clone().unchecked_into();
            painter.set_value(Painter::new(element));
        }
        painter.with_value(|painter| match (painter, view.get()) {
            (Some(painter), Some(view)) => painter.picture(&view.rgb, view.side_px),
            (Some(painter), None) => painter.clear(),
            (None, _) => {}
        });
    });
    let empty = move || if view.with(Option::is_none) { "true" } else { "false" };
    view! {
        <figure class="tile" data-kind=kind data-empty=changing(empty)>
            <canvas node_ref=canvas width=TILE_PX height=TILE_PX role="img" aria-label=label></canvas>
            <figcaption>{label}</figcaption>
        </figure>
    }
}
