//! A checkpoint before it takes the place of the model that looks: what it says of itself, and what it
//! has otherwise.

use std::sync::Arc;

use leptos::prelude::*;

use super::Page;
use super::figure::table;
use super::text;
use crate::page::erased::on;
use crate::protocol::PeekReport;

/// The card, while there is a file to decide on.
#[component]
pub fn Peek() -> impl IntoView {
    let peeked = expect_context::<Page>().state.look.peeked;
    view! { {move || peeked.get().map(|(file, report)| view! { <Peeked file report /> })} }
}

#[component]
fn Peeked(file: Arc<Vec<u8>>, report: Arc<PeekReport>) -> impl IntoView {
    let page = expect_context::<Page>();
    let card = NodeRef::<leptos::html::Section>::new();
    Effect::new(move |_| {
        // The file may have been dropped anywhere.
        if let Some(card) = card.get() {
            card.scroll_into_view();
        }
    });
    let peeked = page.state.look.peeked;
    let trained = file.clone();
    let open = move |_: leptos::ev::MouseEvent| {
        peeked.set(None);
        page.live.open_own(file.to_vec());
    };
    let train = move |_: leptos::ev::MouseEvent| {
        peeked.set(None);
        page.training.resume(trained.clone());
    };
    let rows: Vec<Vec<String>> = report.differs.iter().map(|row| row.to_vec()).collect();
    let same = rows.is_empty();
    let resumable = report.resumable;
    view! {
        <section class="card" data-testid="peek" role="status" node_ref=card>
            <p class="happened">{text::peeked(&report)}</p>
            <p class="works">{if same { text::PEEK_SAME } else { text::PEEK_DIFFERS }}</p>
            <table hidden=same inner_html=table(&text::PEEK_HEAD.map(str::to_owned), &rows)></table>
            <p class="actions">
                <button type="button" class="primary" data-testid="peek-open" on:click=on(open)>
                    {text::PEEK_OPEN}
                </button>
                <button type="button" data-testid="peek-train" hidden=!resumable on:click=on(train)>
                    {text::GO_ON_TRAINING}
                </button>
                <button
                    type="button"
                    data-testid="peek-cancel"
                    on:click=on(move |_: leptos::ev::MouseEvent| peeked.set(None))
                >
                    {text::PEEK_CANCEL}
                </button>
            </p>
        </section>
    }
}
