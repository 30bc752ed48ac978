//! Files of the visitor: checkpoints to look with or to train on, pictures to look at.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, File, HtmlInputElement};

use super::Page;
use super::browser;
use super::state::Card;
use super::text;
use super::url::Panel;
use crate::page::erased::on;
use crate::scenery::{Mode, Scenery};

/// The panel.
#[component]
pub fn Files() -> impl IntoView {
    let page = expect_context::<Page>();
    let chosen = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                open(page, file);
            }
            // So that the same file may be chosen again.
            input.set_value("");
        }
    };
    let look = page.state.look;
    let resumable = move || {
        let model = look.model.with(|m| m.as_ref().is_some_and(|m| m.card.resumable));
        model && look.file.with(Option::is_some)
    };
    view! {
        <section
            class="panel files"
            data-panel="files"
            inert=move || page.state.locks(Panel::Files)
            data-testid="files">
            <h2>{text::FILES}</h2>
            <p class="hint">{text::FILES_LEAD}</p>
            <div class="buttons">
                <label class="button">
                    {text::OPEN_CHECKPOINT}
                    <input type="file" accept=".safetensors" data-testid="open-checkpoint" on:change=on(chosen) />
                </label>
                <label class="button">
                    {text::OPEN_PICTURE}
                    <input type="file" accept="image/*" data-testid="open-picture" on:change=on(chosen) />
                </label>
                <button
                    type="button"
                    data-testid="train-opened"
                    hidden=move || !resumable()
                    on:click=on(move |_| page.apply(super::state::Remedy::TrainOpened))
                >
                    {text::GO_ON_TRAINING}
                </button>
            </div>
            {move || look.model.with(|m| m.as_ref().map(|m| view! {
                <p class="recipe"><code>{m.card.recipe_line.clone()}</code></p>
            }))}
        </section>
    }
}

/// Lets files be dropped anywhere.
pub fn allow_drop(event: DragEvent) {
    event.prevent_default();
}

/// A file was dropped.
pub fn dropped(page: Page, event: &DragEvent) {
    event.prevent_default();
    let files = event.data_transfer().and_then(|data| data.files());
    if let Some(file) = files.and_then(|files| files.get(0)) {
        open(page, file);
    }
}

/// Opens files that are pasted, whatever has the focus; text that is pasted into a field stays its own.
pub fn listen_to_paste(page: Page) {
    let handle = window_event_listener(leptos::ev::paste, move |event| {
        let files = event.clipboard_data().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            event.prevent_default();
            open(page, file);
        }
    });
    on_cleanup(move || handle.remove());
}

fn open(page: Page, file: File) {
    spawn_local(async move {
        if file.name().ends_with(".safetensors") {
            match browser::bytes_of(&file).await {
                Some(bytes) if file.name().ends_with(text::DECODER_END) => {
                    page.live.open_decoder(bytes);
                }
                Some(bytes) => page.live.peek(bytes),
                None => refuse(page, text::FILE_UNREADABLE.to_owned()),
            }
        } else if file.type_().starts_with("image/") {
            open_picture(page, &file).await;
        } else {
            refuse(page, text::OTHER_FILE.to_owned());
        }
    });
}

async fn open_picture(page: Page, file: &File) {
    let side_px = untrack(|| page.state.look.with_scenery(Mode::Saccade, Scenery::picture_side_px));
    let Some(side_px) = side_px else {
        return refuse(page, text::PICTURE_IN_ROTATE.to_owned());
    };
    match browser::picture_of(file, side_px).await {
        Ok(picture) => page.looking.set_picture(picture),
        Err(problem) => refuse(page, problem),
    }
}

fn refuse(page: Page, problem: String) {
    page.state.tell(Card { happened: problem, works: text::WORKS_AS_BEFORE, remedies: Vec::new() });
}
