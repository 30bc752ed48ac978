//! Two kinds of ablation that are easily confused: other weights, trained without something, and a
//! lesion of the weights of now. Each is a choice of its own.

use leptos::prelude::*;

use crate::page::Page;
use crate::page::erased::{changing, on};
use crate::page::state::Weights;
use crate::page::text;
use crate::page::url::Panel;
use crate::scenery::lesion::Lesion;

/// Both choices.
#[component]
pub fn Ablation() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let offered = move |weights: Weights| match weights {
        Weights::Opened => look.own.with(Option::is_some),
        Weights::Run => look.has_run.get(),
        _ => true,
    };
    let weights = move || {
        let options = Weights::ALL.into_iter().filter(|weights| offered(*weights));
        let chosen = look.weights.get();
        options
            .map(|weights| {
                let selected = weights == chosen;
                view! { <option value=weights.word() selected=selected>{text::weights(weights)}</option> }
            })
            .collect_view()
    };
    let lesions = Lesion::ALL
        .map(|lesion| view! { <option value=lesion.word()>{text::lesion(lesion)}</option> })
        .into_iter()
        .collect_view();
    let choose = move |event| {
        if let Some(weights) = Weights::of_word(&event_target_value(&event)) {
            page.looking.set_weights(weights);
        }
    };
    let hurt = move |event| {
        if let Some(lesion) = Lesion::of_word(&event_target_value(&event)) {
            page.looking.set_lesion(lesion);
        }
    };
    view! {
        <div
            class="fields ablation"
            data-panel="lesion"
            inert=move || page.state.locks(Panel::Lesion)
        >
            <label class="field">
                <span>{text::WEIGHTS}</span>
                <select data-testid="weights" on:change=on(choose)>{changing(weights)}</select>
            </label>
            <label class="field">
                <span>{text::LESION}</span>
                <select
                    data-testid="lesion"
                    prop:value=move || look.lesion.get().word()
                    on:change=on(hurt)
                >
                    {lesions}
                </select>
            </label>
        </div>
        <p class="chip" data-testid="ablated" role="status">
            {move || text::ablated(look.weights.get(), look.lesion.get())}
        </p>
    }
}
