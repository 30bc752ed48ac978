//! *Inside*: what the aggregator attends to, and the prediction as numbers.

use leptos::prelude::*;

use crate::page::Page;
use crate::page::figure::{Drawing, Figure, drawn};
use crate::page::state::Bank;
use crate::page::text;

/// Height of a strip of bars with its name, in the drawing's own units.
const STRIP: f32 = 72.0;

/// The lens.
#[component]
pub fn Inside() -> impl IntoView {
    let look = expect_context::<Page>().state.look;
    let empty = move || look.observed.with(Option::is_none);
    let layers = move || look.observed.get().map(|seen| seen.attention.clone()).unwrap_or_default();
    let shares = drawn(move || attention(&layers()));
    let even = move || text::percent(1.0 / layers().first().map_or(1.0, |l| l.len() as f32));
    view! {
        <p class="hint" hidden=move || !empty()>{text::INSIDE_EMPTY}</p>
        <div data-testid="attention" hidden=empty>
            <h3>{text::ATTENTION}</h3>
            <Drawing figure=shares id="shares" />
            <p class="hint">{text::ATTENTION_WHY}" "{move || even()}"."</p>
        </div>
        <Latents />
    }
}

/// The last layer's shares as bars, every layer's as a table.
fn attention(layers: &[Vec<f32>]) -> Figure {
    let shares = layers.last().map_or(&[][..], |last| &last[1.min(last.len())..]);
    let mut figure = Figure::new(320.0, 30.0 * shares.len() as f32);
    for (i, &share) in shares.iter().enumerate() {
        let y = 30.0 * i as f32;
        figure.words((0.0, y + 12.0), "start", &text::attention(i + 1, share));
        figure.rect("ground", (0.0, y + 17.0), (320.0, 8.0));
        figure.rect("bar", (0.0, y + 17.0), (320.0 * share, 8.0));
    }
    let told = shares.iter().enumerate().map(|(i, &share)| text::attention(i + 1, share));
    figure.caption = [text::ATTENTION, ": ", &told.collect::<Vec<_>>().join(", ")].concat();
    figure.head = vec![String::new(), text::ITSELF.to_owned()];
    figure.head.extend((1..=shares.len()).map(|i| [text::VIEW, " ", &i.to_string()].concat()));
    for (i, layer) in layers.iter().enumerate() {
        let mut row = vec![[text::LAYER, " ", &(i + 1).to_string()].concat()];
        row.extend(layer.iter().map(|&share| text::percent(share)));
        figure.rows.push(row);
    }
    figure
}

/// Prediction, best match and last view, number by number.
#[component]
fn Latents() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    let latents = move || {
        let (bank, observed, guess) =
            (look.bank.get()?, look.observed.get()?, page.state.guess.get()?);
        let z_hat = look.with_aim(|mind, action| mind.readout.predict(mind.z_agg, action))?;
        let all = [
            (text::LATENT_GUESS, z_hat),
            (text::LATENT_MATCH, row(&bank, guess.peak)?),
            (text::LATENT_LAST, observed.z_last.clone()),
        ];
        let mean = &bank.model.readout.latent_mean;
        Some(all.map(|(name, z)| (name, z.iter().zip(mean).map(|(z, mean)| z - mean).collect())))
    };
    let figure = drawn(move || latents().map_or_else(Figure::default, |all| strips(&all)));
    view! {
        <h3>{text::LATENTS}</h3>
        <p class="hint">{text::LATENTS_WHY}</p>
        <div data-testid="latents"><Drawing figure id="strips" /></div>
    }
}

fn row(bank: &Bank, index: usize) -> Option<Vec<f32>> {
    let d = bank.model.readout.z_dim;
    bank.latents.get(index * d..(index + 1) * d).map(<[f32]>::to_vec)
}

/// Latents as signed bars, each centered and on a scale of its own.
fn strips(latents: &[(&'static str, Vec<f32>)]) -> Figure {
    let mut figure = Figure::new(320.0, STRIP * latents.len() as f32);
    let at_largest = |z: &[f32]| (0..z.len()).max_by(|&a, &b| z[a].abs().total_cmp(&z[b].abs()));
    for (k, (name, z)) in latents.iter().enumerate() {
        let top = STRIP * k as f32;
        let (middle, width) = (top + 42.0, 320.0 / z.len().max(1) as f32);
        let largest = at_largest(z).map_or(1.0, |i| z[i].abs().max(1e-6));
        figure.words((0.0, top + 12.0), "start", name);
        figure.rect("ground", (0.0, top + 18.0), (320.0, 48.0));
        for (i, v) in z.iter().enumerate() {
            let tall = 24.0 * v.abs() / largest;
            let (class, y) = if *v > 0.0 { ("above", middle - tall) } else { ("below", middle) };
            figure.rect(class, (i as f32 * width, y), (0.8 * width, tall));
        }
    }
    figure.caption = text::LATENTS.to_owned();
    figure
}
