//! The six scenes that teach, the depths of reading, the glossary and the sheet of keys.
//!
//! What is told lies in `www/learn.html`, fetched once the page is live: words cost the program
//! nothing then. A scene is an address: going to it brings the page to what it speaks of.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::KeyboardEvent;

use super::Page;
use super::browser;
use super::state::{Depth, LivePhase};
use super::text;
use super::url::N_SCENES;
use crate::page::erased::on;

/// Where the scenes lie.
const FILE: &str = "./learn.html";

/// Keys of what is kept for the next visit.
const DEPTH: &str = "depth";

/// The address of a scene, without `#`.
pub fn address(scene: usize) -> String {
    ["v=1&learn=", &scene.to_string(), text::SCENES[scene - 1]].concat()
}

/// The panel; it is closed until a scene is asked for.
#[component]
pub fn Learn() -> impl IntoView {
    let page = expect_context::<Page>();
    let (scene, depth) = (page.state.scene, page.state.depth);
    let words = page.state.words;
    let kept = browser::kept(DEPTH);
    if let Some(kept) = Depth::ALL.into_iter().find(|d| Some(d.word()) == kept.as_deref()) {
        depth.set(kept);
    }
    Effect::new(move |_| {
        // Not before the page is live: first things first.
        let asked =
            scene.with(Option::is_some) || page.state.look.phase.get() == LivePhase::Looking;
        if asked && words.with_untracked(String::is_empty) {
            spawn_local(async move {
                let html = browser::fetch(FILE).await.and_then(|html| String::from_utf8(html).ok());
                words.set(termed(&html.unwrap_or_default()));
            });
        }
    });
    let keys = window_event_listener(leptos::ev::keydown, move |event| turned(page, &event));
    on_cleanup(move || keys.remove());
    let at = move || scene.get().map_or_else(String::new, |scene| scene.to_string());
    let go = move |by: isize| {
        let to = scene.get().and_then(|scene| scene.checked_add_signed(by));
        ["#", &address(to.unwrap_or(1).clamp(1, N_SCENES))].concat()
    };
    let depths = Depth::ALL.map(|one| {
        let choose = move |_: leptos::ev::MouseEvent| {
            depth.set(one);
            browser::keep(DEPTH, one.word());
        };
        view! {
            <button
                type="button"
                aria-pressed=move || if depth.get() == one { "true" } else { "false" }
                data-testid=["depth-", one.word()].concat()
                on:click=on(choose)
            >
                {text::depth(one)}
            </button>
        }
    });
    view! {
        <section class="panel learn" data-testid="learn-panel" aria-label=text::LEARN hidden=move || scene.with(Option::is_none)>
            <div class="segments" role="group" aria-label=text::DEPTH>
                {depths.into_iter().collect_view()}
            </div>
            <div aria-live="polite" data-at=at inner_html=move || words.get()></div>
            <p class="buttons">
                <a class="button" data-testid="scene-before" hidden=move || at() == "1" href=move || go(-1)>
                    {text::SCENE_BEFORE}
                </a>
                <a class="button" data-testid="scene-next" hidden=move || at() == "6" href=move || go(1)>
                    {text::SCENE_NEXT}
                </a>
                <button type="button" data-testid="learn-close" on:click=on(move |_| scene.set(None))>
                    {text::CLOSE}
                </button>
            </p>
        </section>
    }
}

/// Space and arrows go from scene to scene, unless something that has the focus wants them.
fn turned(page: Page, event: &KeyboardEvent) {
    let Some(scene) = page.state.scene.get_untracked() else { return };
    let by = match event.key().as_str() {
        " " | "ArrowRight" => 1,
        "ArrowLeft" => -1,
        "Escape" => return page.state.scene.set(None),
        _ => return,
    };
    if browser::wants_keys(event) {
        return;
    }
    let to = scene.checked_add_signed(by).filter(|to| (1..=N_SCENES).contains(to));
    if let Some(to) = to {
        event.prevent_default();
        browser::go(&address(to));
    }
}

/// The sheet of keys.
#[component]
pub fn Sheet() -> impl IntoView {
    let state = expect_context::<Page>().state;
    let keys = state.keys;
    let choose = move |event: leptos::ev::Event| {
        let wanted = event_target_checked(&event);
        keys.set(wanted);
        browser::keep(super::keys::KEPT, if wanted { "on" } else { "off" });
    };
    view! {
        <button type="button" popovertarget="sheet" data-testid="help" aria-label=text::KEYS_TITLE>
            "?"
        </button>
        <div id="sheet" class="popover" popover="auto" data-testid="sheet">
            <h2>{text::KEYS_TITLE}</h2>
            <p class="hint">{text::KEYS_WHY}</p>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="keys"
                    prop:checked=move || keys.get()
                    on:change=on(choose)
                />
                <span>{text::KEYS_ON}</span>
            </label>
            <div inner_html=move || state.words.with(|words| part(words, "keys", "all"))></div>
        </div>
    }
}

/// A part of what was fetched, by kind and name; nothing before it is there.
pub fn part(words: &str, kind: &str, name: &str) -> String {
    let mark = ["data-", kind, "=\"", name, "\">"].concat();
    let told = words.split_once(&mark).and_then(|(_, rest)| rest.split_once("</div>"));
    told.map_or_else(String::new, |(told, _)| told.to_owned())
}

/// Words as markup: `[z]` becomes a button that opens what the glossary says of z.
pub fn termed(words: &str) -> String {
    let mut html = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((term, after)) = after.split_once(']') else { break };
        html.push_str(before);
        let button =
            ["<button type=\"button\" class=\"term\" popovertarget=\"", &id_of(term), "\">"];
        html.push_str(&button.concat());
        html.push_str(term);
        html.push_str("</button>");
        rest = after;
    }
    html.push_str(rest);
    html
}

fn id_of(term: &str) -> String {
    let term = term.to_lowercase().replace(['_', ' '], "-").replace('²', "2");
    ["term-", &term].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::lens::Lens;
    use crate::scenery::Mode;

    const HTML: &str = include_str!("../../www/learn.html");

    #[test]
    fn every_marked_term_is_in_the_glossary() {
        let mut n = 0;
        for (term, _) in HTML.split('[').skip(1).filter_map(|part| part.split_once(']')) {
            assert!(HTML.contains(&["id=\"", &id_of(term), "\""].concat()), "{term}");
            n += 1;
        }
        assert!(n >= 8, "{n} terms");
    }

    #[test]
    fn every_scene_is_told_in_three_depths_of_at_most_sixty_words() {
        for scene in 1..=N_SCENES {
            let mark = ["data-scene=\"", &scene.to_string(), "\""].concat();
            let told = HTML.split(&mark).nth(1).and_then(|rest| rest.split("</section>").next());
            let told = told.expect("every scene is there");
            for depth in Depth::ALL {
                let mark = ["data-depth=\"", depth.word(), "\">"].concat();
                let words = told.split(&mark).nth(1).and_then(|rest| rest.split("</p>").next());
                let n = words.expect("every depth is there").split_whitespace().count();
                assert!((10..=60).contains(&n), "scene {scene} {depth:?}: {n} words");
            }
            let (_, notices) = crate::page::url::parse(&address(scene));
            assert_eq!(notices, [], "scene {scene}");
        }
    }

    #[test]
    fn every_lens_is_told_in_three_depths_with_what_would_fool_its_reader() {
        for lens in Lens::ALL {
            let why = part(HTML, "why", lens.word());
            for depth in Depth::ALL {
                let mark = ["data-depth=\"", depth.word(), "\">"].concat();
                assert_eq!(why.matches(&mark).count(), 1, "{lens:?} {depth:?}");
            }
            let fools =
                [Mode::Saccade, Mode::Rotate].map(|mode| part(HTML, "fool", lens.fool(mode)));
            assert!(fools.iter().all(|words| words.len() > 60), "{lens:?}");
        }
        assert!(["path", "train"].iter().all(|name| part(HTML, "fool", name).len() > 60));
        assert!(part(HTML, "keys", "all").contains("Backspace"));
        assert_eq!(part(HTML, "why", "nothing"), "");
    }

    #[test]
    fn terms_become_buttons() {
        assert_eq!(termed("no term"), "no term");
        assert_eq!(
            termed("of [z_AGG]."),
            "of <button type=\"button\" class=\"term\" popovertarget=\"term-z-agg\">z_AGG</button>."
        );
        assert_eq!(id_of("centered cosine"), "term-centered-cosine");
        assert_eq!(id_of("R²"), "term-r2");
    }
}
