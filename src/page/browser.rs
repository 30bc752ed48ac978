//! Small services of the browser: clock, files, downloads, the clipboard.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, File, HtmlAnchorElement, HtmlCanvasElement,
    ImageBitmap, Response, Url,
};

use super::link::told;
use super::text;
use crate::world::Picture;

/// Longest side of a visitor's picture that is read; larger ones are drawn smaller first.
const PICTURE_SIDE_MAX_PX: f64 = 1024.0;

/// Milliseconds of the page's clock.
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |clock| clock.now())
}

/// The part of the address after and with `#`.
pub fn hash() -> String {
    web_sys::window().and_then(|w| w.location().hash().ok()).unwrap_or_default()
}

/// Puts a text after `#`: as a step that Back leads back from, or in place of the one before.
pub fn set_hash(hash: &str, is_step: bool) {
    if self::hash().trim_start_matches('#') == hash {
        return;
    }
    let Some(history) = web_sys::window().and_then(|w| w.history().ok()) else { return };
    let address = address_of(hash);
    let set = match is_step {
        true => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
        false => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
    };
    // Browsers limit how often an address may change; the next change brings this one along.
    set.ok();
}

/// The page's address with a text after `#`, and without `#` when there is none.
pub fn address_of(hash: &str) -> String {
    let href = web_sys::window().and_then(|w| w.location().href().ok()).unwrap_or_default();
    let mark = if hash.is_empty() { "" } else { "#" };
    [href.split('#').next().unwrap_or(""), mark, hash].concat()
}

/// Goes to another address of the page, as by a link.
pub fn go(hash: &str) {
    if let Some(window) = web_sys::window() {
        window.location().set_hash(hash).ok();
    }
}

/// Opens a popover, or closes it.
pub fn toggle_popover(id: &str) {
    let found = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    let toggle = found.and_then(|one| {
        let method = js_sys::Reflect::get(&one, &"togglePopover".into()).ok()?;
        Some((method.dyn_into::<js_sys::Function>().ok()?, one))
    });
    if let Some((toggle, one)) = toggle {
        // A browser without popovers shows the sheet by its button.
        toggle.call0(&one).ok();
    }
}

/// Whether what has the focus takes keys itself: a field, a button, the stage.
pub fn wants_keys(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
    let own = "input, select, textarea, button, summary, canvas, [contenteditable]";
    target.is_some_and(|target| target.closest(own).ok().flatten().is_some())
}

/// Calls back whenever the visitor goes to another address of the page.
pub fn on_pop_state(what: impl Fn() + 'static) {
    let listener = Closure::<dyn Fn()>::new(what);
    if let Some(window) = web_sys::window() {
        window.set_onpopstate(Some(listener.as_ref().unchecked_ref()));
    }
    // The page listens for as long as it lives.
    listener.forget();
}

/// Whether the visitor asked for less motion.
pub fn reduced_motion() -> bool {
    let query = |w: web_sys::Window| w.match_media("(prefers-reduced-motion: reduce)").ok()?;
    web_sys::window().and_then(query).is_some_and(|list| list.matches())
}

/// The bytes of a file of this site, if it is there.
pub async fn fetch(path: &str) -> Option<Vec<u8>> {
    let window = web_sys::window()?;
    let response: Response =
        JsFuture::from(window.fetch_with_str(path)).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// The bytes of a file that the visitor handed over.
pub async fn bytes_of(file: &File) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// The visitor's picture; it stays on this device.
///
/// # Errors
/// When the browser cannot read it.
pub async fn picture_of(file: &File, side_px: usize) -> Result<Picture, String> {
    let no = |why: JsValue| text::no_picture(&told(&why));
    let window = web_sys::window().ok_or_else(|| text::no_picture(""))?;
    let bitmap = window.create_image_bitmap_with_blob(file).map_err(no)?;
    let bitmap: ImageBitmap = JsFuture::from(bitmap).await.map_err(no)?.unchecked_into();
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let scale = (PICTURE_SIDE_MAX_PX / width.max(height)).min(1.0);
    let (width, height) = ((width * scale).max(1.0) as u32, (height * scale).max(1.0) as u32);
    let (_, context) = canvas(width, height).ok_or_else(|| text::no_picture(""))?;
    let (w, h) = (f64::from(width), f64::from(height));
    context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, w, h).map_err(no)?;
    let pixels = context.get_image_data(0.0, 0.0, w, h).map_err(no)?.data().0;
    let rgb: Vec<u8> = pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Picture::from_rgb(width as usize, height as usize, &rgb, side_px)
        .map_err(|why| text::no_picture(&why.to_string()))
}

/// The value of a custom property of the page's style on an element.
pub fn token(element: &web_sys::Element, name: &str) -> String {
    let style = web_sys::window().and_then(|w| w.get_computed_style(element).ok()?);
    style.and_then(|s| s.get_property_value(name).ok()).unwrap_or_default()
}

/// Writes what the style sheet says of an element into the element itself, for a life outside the page.
pub fn keep_style(node: &web_sys::Node, names: &[&str]) {
    let Some(element) = node.dyn_ref::<web_sys::Element>() else { return };
    let style = web_sys::window().and_then(|w| w.get_computed_style(element).ok()?);
    let Some(style) = style else { return };
    for name in names {
        if let Ok(value) = style.get_property_value(name) {
            element.set_attribute(name, &value).ok();
        }
    }
}

/// A canvas that is not on the page.
pub fn canvas(width: u32, height: u32) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    Some((canvas, context))
}

/// Hands bytes to the visitor as a file.
///
/// # Errors
/// When the browser refuses.
pub fn download(file_name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("application/octet-stream");
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    download_address(file_name, &url);
    Url::revoke_object_url(&url)
}

/// Hands what lies at an address to the visitor as a file.
pub fn download_address(file_name: &str, address: &str) {
    let document = web_sys::window().and_then(|w| w.document());
    let anchor = document.and_then(|d| d.create_element("a").ok());
    if let Some(anchor) = anchor.and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(address);
        anchor.set_download(file_name);
        anchor.click();
    }
}

/// Puts a text on the clipboard, if the browser lets it.
pub fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        let written = window.navigator().clipboard().write_text(text);
        leptos::task::spawn_local(async move {
            // A refusal leaves the text visible for copying by hand.
            JsFuture::from(written).await.ok();
        });
    }
}

/// Loads the page again.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        window.location().reload().ok();
    }
}

/// The browser's own name, for reports.
pub fn agent() -> String {
    web_sys::window().and_then(|w| w.navigator().user_agent().ok()).unwrap_or_default()
}

/// Marks the state of the page on its body, for style and for scripts that drive it.
pub fn mark(name: &str, value: &str) {
    let body = web_sys::window().and_then(|w| w.document()).and_then(|d| d.body());
    if let Some(body) = body {
        body.set_attribute(name, value).ok();
    }
}

/// Keeps a word for the next visit, if the browser lets it.
pub fn keep(key: &str, value: &str) {
    if let Some(storage) = web_sys::window().and_then(|w| w.local_storage().ok()?) {
        storage.set_item(key, value).ok();
    }
}

/// What was kept.
pub fn kept(key: &str) -> Option<String> {
    web_sys::window().and_then(|w| w.local_storage().ok()?)?.get_item(key).ok()?
}
