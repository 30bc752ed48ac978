//! *Imagine*: predictions as pictures, through a decoder that was fitted afterwards.

use std::sync::Arc;

use leptos::prelude::*;

use super::tile::Tile;
use crate::page::Page;
use crate::page::text;
use crate::readout::Decoder;
use crate::scenery::imagine::{Imagined, drawn};
use crate::scenery::reveal::Reveal;

/// The lens.
#[component]
pub fn Imagine() -> impl IntoView {
    let page = expect_context::<Page>();
    let look = page.state.look;
    Effect::new(move |_| page.live.want_decoder(look.model.get(), look.weights.get()));
    let aimed = Signal::derive(move || {
        let decoder = look.decoder.get()?;
        let z_hat = look.with_aim(|mind, action| mind.readout.predict(mind.z_agg, action))?;
        Some(drawn(&decoder, &z_hat))
    });
    let without = move || match look.decoder.with(Option::is_none) {
        true => text::IMAGINE_WITHOUT,
        false => text::IMAGINE_EMPTY,
    };
    let last = move || {
        let decoder = look.decoder.get()?;
        let reveal = look.reveals.with(|reveals| reveals.last().cloned())?;
        Some(view! { <Last decoder reveal /> })
    };
    view! {
        <div class="tiles">
            <Tile view=aimed label=text::IMAGINE_AIM kind="guess" />
            <Tile view=Signal::derive(|| None) label=text::TILE_HIDDEN kind="hidden" />
        </div>
        <p class="hint" hidden=move || aimed.with(Option::is_some)>{move || without()}</p>
        {move || last().into_any()}
    }
}

#[component]
fn Last(decoder: Arc<Decoder>, reveal: Arc<Reveal>) -> impl IntoView {
    let imagined = Imagined::of(&decoder, &reveal);
    let line = text::imagined(&imagined, decoder.r2);
    let tiles = [
        (reveal.truth_view.clone(), text::TILE_TRUTH, "truth"),
        (imagined.of_truth, text::IMAGINE_TRUTH, "truth"),
        (imagined.of_guess, text::IMAGINE_GUESS, "guess"),
        (imagined.of_last, text::IMAGINE_LAST, "null"),
    ];
    let tiles = tiles
        .map(|(view, label, kind)| view! { <Tile view=Signal::stored(Some(view)) label kind /> });
    view! {
        <h3>{text::LAST_LOOK}</h3>
        <div class="tiles four">{tiles.into_iter().collect_view()}</div>
        <p class="session" data-testid="imagined">{line}</p>
    }
}
