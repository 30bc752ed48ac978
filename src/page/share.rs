//! Sharing: links to what is on the stage, how to cite it, and a picture of it with its numbers.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

use super::Page;
use super::address;
use super::browser;
use super::text;
use super::url::{self, Address, Panel};
use crate::page::erased::{changing, on};

/// Height of the caption under the picture, in its pixels.
const CAPTION_PX: f64 = 104.0;

/// The button and what it opens.
#[component]
pub fn Share() -> impl IntoView {
    let page = expect_context::<Page>();
    let link = move || link(page);
    let locked = move || {
        let lock = vec![Panel::Header, Panel::Lenses, Panel::Lesion];
        full(&Address { lock, ..address::with_aim(page) })
    };
    let embed = move || {
        let address = Address { embed: true, ..address::with_aim(page) };
        text::embed_code(&full(&address))
    };
    let own = move || page.state.look.subject.with(|subject| subject.own.is_some());
    view! {
        <button type="button" popovertarget="share" data-testid="share">{text::SHARE}</button>
        <div id="share" class="popover" popover="auto" data-testid="share-box">
            <h2>{text::SHARE}</h2>
            <label class="field">
                <span>{text::SHARE_LINK}</span>
                <input type="text" readonly data-testid="share-link" prop:value=changing(link) />
            </label>
            <p class="note" hidden=move || !own()>{text::SHARE_OWN}</p>
            <div class="buttons">
                <CopyButton what=text::COPY_LINK id="copy-link" words=link />
                <CopyButton what=text::COPY_LOCKED id="copy-locked" words=locked />
                <CopyButton what=text::COPY_EMBED id="copy-embed" words=embed />
                <CopyButton what=text::COPY_CITATION id="copy-citation" words=|| text::CITATION.to_owned() />
                <button type="button" data-testid="save-picture" on:click=on(move |_| save(page))>
                    {text::SAVE_PICTURE}
                </button>
            </div>
            <p class="hint">{text::SHARE_WHAT}</p>
        </div>
    }
}

#[component]
fn CopyButton(
    what: &'static str,
    id: &'static str,
    words: impl Fn() -> String + 'static,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let copy = move |_| {
        browser::copy(&untrack(&words));
        done.set(true);
    };
    let label = move || if done.get() { text::COPIED } else { what };
    view! { <button type="button" data-testid=id on:click=on(copy) on:blur=on(move |_| done.set(false))>{changing(label)}</button> }
}

/// The link to what is on the stage, the aim too.
pub fn link(page: Page) -> String {
    full(&address::with_aim(page))
}

fn full(address: &Address) -> String {
    browser::address_of(&url::write(address))
}

/// The stage as a PNG file with its caption burnt in.
fn save(page: Page) {
    let stage = document().query_selector("[data-testid=stage]").ok().flatten();
    let Some(stage) = stage.and_then(|e| e.dyn_into::<HtmlCanvasElement>().ok()) else { return };
    let (width, height) = (f64::from(stage.width()), f64::from(stage.height()));
    let whole = browser::canvas(stage.width(), (height + CAPTION_PX) as u32);
    let Some((canvas, context)) = whole else { return };
    context.set_fill_style_str(&browser::token(&stage, "--paper"));
    context.fill_rect(0.0, 0.0, width, height + CAPTION_PX);
    if context.draw_image_with_html_canvas_element(&stage, 0.0, 0.0).is_err() {
        return;
    }
    context.set_fill_style_str(&browser::token(&stage, "--ink"));
    context.set_font("20px sans-serif");
    for (i, line) in untrack(|| caption(page)).iter().enumerate() {
        let y = height + 30.0 + 30.0 * i as f64;
        context.fill_text_with_max_width(line, 12.0, y, width - 24.0).ok();
    }
    if let Ok(data) = canvas.to_data_url() {
        browser::download_address("seq-jepa.png", &data);
    }
}

/// What the picture says of itself: model, ablation, last score.
fn caption(page: Page) -> [String; 3] {
    let look = page.state.look;
    let model = look.model.with(|m| m.as_ref().map(|m| text::model(&m.card)).unwrap_or_default());
    let ablated = text::ablated(look.weights.get(), look.lesion.get());
    let score = look.reveals.with(|all| all.last().map(|last| text::rank_line(&last.score)));
    [["seq-JEPA · ", &model].concat(), score.unwrap_or_default(), ablated]
}
