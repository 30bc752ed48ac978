//! The screen stays awake while a run plays, if the visitor wants it.

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::super::Page;
use super::super::state::RunPhase;
use super::super::text;
use crate::page::erased::on;

/// The choice; left out where the browser has no such lock.
#[component]
pub fn Awake() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let held = StoredValue::new_local(None::<JsValue>);
    Effect::new(move |_| {
        let wanted = run.awake.get() && run.phase.get() == RunPhase::Playing;
        if let Some(lock) = held.try_update_value(Option::take).flatten() {
            call(&lock, "release", None);
        }
        if wanted {
            leptos::task::spawn_local(async move {
                let asked = locks().and_then(|locks| call(&locks, "request", Some("screen")));
                let asked = asked.and_then(|asked| asked.dyn_into::<Promise>().ok());
                let Some(asked) = asked else { return };
                // A browser that refuses, for instance to save its battery, lets the screen sleep.
                if let Ok(lock) = JsFuture::from(asked).await {
                    held.set_value(Some(lock));
                }
            });
        }
    });
    let choose = move |event: leptos::ev::Event| run.awake.set(event_target_checked(&event));
    view! {
        <label class="check" hidden=locks().is_none()>
            <input
                type="checkbox"
                data-testid="awake"
                prop:checked=move || run.awake.get()
                on:change=on(choose)
            />
            {text::AWAKE}
        </label>
    }
}

fn locks() -> Option<Object> {
    let navigator = web_sys::window()?.navigator();
    Reflect::get(&navigator, &"wakeLock".into()).ok()?.dyn_into().ok()
}

fn call(object: &JsValue, name: &str, word: Option<&str>) -> Option<JsValue> {
    let method: Function = Reflect::get(object, &name.into()).ok()?.dyn_into().ok()?;
    match word {
        Some(word) => method.call1(object, &word.into()).ok(),
        None => method.call0(object).ok(),
    }
}
