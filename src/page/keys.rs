//! Single keys while the stage or the transport has the focus (WCAG 2.1.4), unless they are switched
//! off in the sheet of keys.

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::Page;
use super::browser;
use super::lens::Lens;
use super::share;
use super::state::{RunPhase, Weights};
use super::text;
use crate::scenery::lesion::Lesion;

/// Key of the choice in this origin's storage.
pub const KEPT: &str = "keys";

/// Whether single keys act, as the visitor chose last.
pub fn wanted() -> bool {
    browser::kept(KEPT).as_deref() != Some("off")
}

/// A key on the stage that is not one of its own.
pub fn on_stage(page: Page, event: &KeyboardEvent) {
    if !acts(page, event) {
        return;
    }
    let look = page.state.look;
    match event.key().as_str() {
        "n" => page.looking.wander(),
        "t" => page.live.run_trials(),
        "w" => page.looking.set_weights(after(
            &[Weights::Full, Weights::NoAction, Weights::Untrained],
            look.weights.get_untracked(),
        )),
        "l" => page.looking.set_lesion(after(&Lesion::ALL, look.lesion.get_untracked())),
        "s" => {
            browser::copy(&untrack(|| share::link(page)));
            look.status.set(text::COPIED.to_owned());
        }
        "?" => browser::toggle_popover("sheet"),
        digit => {
            let number = digit.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let Some(lens) = number.and_then(|n| Lens::ALL.get(n)) else { return };
            look.lens.set(*lens);
        }
    }
    event.prevent_default();
}

/// A key on the transport.
pub fn on_transport(page: Page, event: &KeyboardEvent) {
    if !acts(page, event) {
        return;
    }
    let (run, training) = (page.state.run, page.training);
    match event.key().as_str() {
        "." => training.step(),
        "r" if run.phase.get_untracked() != RunPhase::Idle => training.reset(),
        "p" if run.wanted.get_untracked() => training.pause(),
        "p" => training.play(),
        "?" => browser::toggle_popover("sheet"),
        _ => return,
    }
    event.prevent_default();
}

/// Whether a key is a single one, and single ones act.
fn acts(page: Page, event: &KeyboardEvent) -> bool {
    let with_others = event.ctrl_key() || event.meta_key() || event.alt_key();
    page.state.keys.get_untracked() && !with_others
}

/// The one after this, round about.
fn after<T: Copy + PartialEq>(all: &[T], now: T) -> T {
    let at = all.iter().position(|one| *one == now).map_or(0, |at| (at + 1) % all.len());
    all[at]
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn a_cycle_ends_where_it_began() {
        assert_eq!(after(&[1, 2, 3], 3), 1);
        assert_eq!(after(&[1, 2, 3], 1), 2);
        assert_eq!(after(&[1, 2, 3], 9), 1);
    }
}
