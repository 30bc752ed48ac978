//! *Inside*: what the aggregator attends to, and the prediction as numbers.

use leptos::prelude::*;

use super::Fool;
use crate::page::Page;
use crate::page::erased::changing;
use crate::page::state::{Bank, Observed};
use crate::page::text;

/// Height of a strip of bars, in the drawing's own units.
const HEIGHT: f32 = 40.0;

/// The lens.
#[component]
pub fn Inside() -> impl IntoView {
    let look = expect_context::<Page>().state.look;
    let empty = move || look.observed.with(Option::is_none);
    view! {
        <Show when=empty>
            <p class="hint">{text::INSIDE_EMPTY}</p>
        </Show>
        {move || look.observed.get().map(|observed| view! { <Attention layers=observed.attention.clone() /> })}
        <Latents />
        <Fool>
            <p>{text::INSIDE_FOOL}</p>
        </Fool>
    }
}

/// The last layer's shares as bars, every layer's as a table.
#[component]
fn Attention(layers: Vec<Vec<f32>>) -> impl IntoView {
    let shares: Vec<f32> =
        layers.last().map(|last| last[1.min(last.len())..].to_vec()).unwrap_or_default();
    let even = text::percent(1.0 / (shares.len() as f32 + 1.0));
    let bars = shares.into_iter().enumerate().map(|(i, share)| {
        let width = text::number(share * 100.0, 1);
        view! {
            <div class="share" data-testid="attention">
                <span>{text::attention(i + 1, share)}</span>
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="ground" width="100" height="8" />
                    <rect class="bar" width=width height="8" />
                </svg>
            </div>
        }
    });
    let heads = layers.first().map_or(0, |first| first.len().saturating_sub(1));
    let columns = (0..heads).map(|i| view! { <th>{text::VIEW}" "{i + 1}</th> }).collect_view();
    let rows = layers.iter().enumerate().map(|(i, layer)| {
        let cells = layer.iter().map(|&share| view! { <td>{text::percent(share)}</td> });
        view! { <tr><th>{text::LAYER}" "{i + 1}</th>{cells.collect_view()}</tr> }
    });
    view! {
        <h3>{text::ATTENTION}</h3>
        <div class="shares">{bars.collect_view()}</div>
        <p class="hint">{text::ATTENTION_WHY}" "{even}"."</p>
        <details>
            <summary>{text::TABLE}</summary>
            <table>
                <thead><tr><th></th><th>{text::ITSELF}</th>{columns}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </details>
    }
}

/// Prediction, best match and last view, number by number.
#[component]
fn Latents() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let strips = move || {
        let (bank, observed, guess) =
            (look.bank.get()?, look.observed.get()?, page.state.guess.get()?);
        let z_hat = look.with_aim(|mind, action| mind.readout.predict(mind.z_agg, action))?;
        let all = [
            (text::LATENT_GUESS, z_hat),
            (text::LATENT_MATCH, row(&bank, guess.peak)?),
            (text::LATENT_LAST, last(&observed)),
        ];
        let mean = &bank.model.readout.latent_mean;
        let centered = all.map(|(name, z)| {
            (name, z.iter().zip(mean).map(|(z, mean)| z - mean).collect::<Vec<f32>>())
        });
        let strip = |(name, z)| view! { <Strip name z /> };
        Some(centered.map(strip).into_iter().collect_view())
    };
    view! {
        <h3>{text::LATENTS}</h3>
        <p class="hint">{text::LATENTS_WHY}</p>
        <div class="latents" data-testid="latents">{changing(strips)}</div>
    }
}

fn row(bank: &Bank, index: usize) -> Option<Vec<f32>> {
    let d = bank.model.readout.z_dim;
    bank.latents.get(index * d..(index + 1) * d).map(<[f32]>::to_vec)
}

fn last(observed: &Observed) -> Vec<f32> {
    observed.z_last.clone()
}

/// One latent as signed bars; two paths, however many numbers.
#[component]
fn Strip(name: &'static str, z: Vec<f32>) -> impl IntoView {
    let largest = z.iter().fold(1e-6_f32, |a, &b| a.max(b.abs()));
    let width = z.len().to_string();
    let middle = HEIGHT / 2.0;
    let path = |above: bool| -> String {
        let bars = z.iter().enumerate().filter(|(_, v)| (**v > 0.0) == above).map(|(i, v)| {
            let y = text::number(middle - v / largest * middle, 1);
            ["M", &i.to_string(), ".5 ", &text::number(middle, 0), "V", &y].concat()
        });
        bars.collect()
    };
    let view_box = ["0 0 ", &width, " ", &text::number(HEIGHT, 0)].concat();
    view! {
        <figure class="strip">
            <figcaption>{name}</figcaption>
            <svg viewBox=view_box preserveAspectRatio="none" role="img" aria-label=name>
                <path class="above" d=path(true) />
                <path class="below" d=path(false) />
            </svg>
        </figure>
    }
}
