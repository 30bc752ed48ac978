//! The browser's main thread: mounts the page over its static shell.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    let app = document().get_element_by_id("app").and_then(|app| app.dyn_into().ok());
    match app {
        Some(app) => mount_to(app, seq_jepa::page::App).forget(),
        None => mount_to_body(seq_jepa::page::App),
    }
}
