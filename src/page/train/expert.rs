//! Settings beyond the preset: each empty one is the preset's, each other one has a dot, and one
//! button takes all back.

use leptos::prelude::*;

use super::super::Page;
use super::super::state::{Expert, RunPhase};
use super::super::text;
use crate::page::erased::{changing, on};

/// The settings.
#[component]
pub fn ExpertSettings() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let expert = run.expert;
    let fixed = move || run.phase.get() != RunPhase::Idle;
    let changed = move || expert.with(|expert| *expert != Expert::default());
    let conditioning = text::CONDITIONINGS
        .map(|(word, label)| view! { <option value=word>{label}</option> })
        .into_iter()
        .collect_view();
    view! {
        <details class="expert" data-testid="expert">
            <summary>{text::EXPERT}<Dot on=Signal::derive(changed) /></summary>
            <p class="hint">{text::EXPERT_HINT}</p>
            <div class="fields">
                <Number
                    label=text::STEPS
                    id="steps"
                    value=Signal::derive(move || expert.with(|e| e.steps.map(|v| v as f64)))
                    set=move |value| expert.update(|e| e.steps = value.map(|v| v as u64))
                />
                <Number
                    label=text::BATCH
                    id="batch"
                    value=Signal::derive(move || expert.with(|e| e.batch.map(|v| v as f64)))
                    set=move |value| expert.update(|e| e.batch = value.map(|v| v as usize))
                />
                <Number
                    label=text::LEARNING_RATE
                    id="lr"
                    value=Signal::derive(move || expert.with(|e| e.learning_rate))
                    set=move |value| expert.update(|e| e.learning_rate = value)
                />
                <label class="field">
                    <span>
                        {text::CONDITIONING}
                        <Dot on=Signal::derive(move || {
                            expert.with(|e| e.conditioning != Expert::default().conditioning)
                        }) />
                    </span>
                    <select
                        data-testid="conditioning"
                        prop:value=move || expert.with(|e| e.conditioning.clone())
                        prop:disabled=changing(fixed)
                        on:change=on(move |event| {
                            expert.update(|e| e.conditioning = event_target_value(&event));
                        })
                    >
                        {conditioning}
                    </select>
                </label>
                <button
                    type="button"
                    data-testid="expert-reset"
                    prop:disabled=move || !changed() || fixed()
                    on:click=on(move |_| expert.set(Expert::default()))
                >
                    {text::EXPERT_RESET}
                </button>
            </div>
        </details>
    }
}

/// A field for one number that may be left empty.
#[component]
fn Number(
    label: &'static str,
    id: &'static str,
    value: Signal<Option<f64>>,
    set: impl Fn(Option<f64>) + 'static,
) -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let shown = move || value.get().map_or_else(String::new, super::export::number);
    let change = move |event: leptos::ev::Event| {
        let typed: web_sys::HtmlInputElement = event_target(&event);
        let number = typed.value_as_number();
        set((number.is_finite() && number > 0.0).then_some(number));
    };
    view! {
        <label class="field">
            <span>{label}<Dot on=Signal::derive(move || value.with(Option::is_some)) /></span>
            <input
                type="number"
                step="any"
                min="0"
                placeholder=text::OF_PRESET
                data-testid=id
                prop:value=changing(shown)
                prop:disabled=move || run.phase.get() != RunPhase::Idle
                on:change=on(change)
            />
        </label>
    }
}

/// What differs from the preset.
#[component]
fn Dot(on: Signal<bool>) -> impl IntoView {
    view! { <span class="dot" role="img" aria-label=text::DIFFERS hidden=move || !on.get()>" ●"</span> }
}
