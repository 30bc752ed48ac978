//! What to train, and play, pause, step, reset, save.

use leptos::prelude::*;

use super::super::Page;
use super::super::browser;
use super::super::keys;
use super::super::state::{Run, RunPhase};
use super::super::text;
use super::super::url::EngineChoice;
use super::export;
use crate::page::erased::{changing, on};

/// Settings, buttons and the line that tells where the run has got to.
#[component]
pub fn Transport() -> impl IntoView {
    view! {
        <super::presets::Presets />
        <Settings />
        <super::expert::ExpertSettings />
        <Buttons />
        <super::awake::Awake />
        <Phase />
        <super::scrub::Scrubber />
        <super::slow::SlowStep />
        <Recipe />
    }
}

#[component]
fn Settings() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let fixed = move || run.phase.get() != RunPhase::Idle;
    let set_engine = move |event: leptos::ev::Event| {
        run.choice.set(EngineChoice::of_word(&event_target_value(&event)).unwrap_or_default());
    };
    let engine = move || run.choice.get().word();
    let set_seed = move |event: leptos::ev::Event| {
        if let Ok(seed) = event_target_value(&event).parse() {
            run.seed.set(seed);
        }
    };
    view! {
        <div class="fields">
            <label class="field">
                <span>{text::SEED}</span>
                <input
                    type="number"
                    min="0"
                    data-testid="seed"
                    prop:value=move || run.seed.get().to_string()
                    prop:disabled=changing(fixed)
                    on:change=on(set_seed)
                />
            </label>
            <label class="field">
                <span>{text::ENGINE}</span>
                <select data-testid="engine" prop:value=changing(engine) prop:disabled=changing(fixed) on:change=on(set_engine)>
                    <option value="auto">{text::ENGINE_AUTO}</option>
                    <option value="cpu">{text::ENGINE_CPU}</option>
                    <option value="gpu">{text::ENGINE_WEBGPU}</option>
                </select>
            </label>
        </div>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let page = expect_context::<Page>();
    let run = page.state.run;
    let training = page.training;
    let has_run = move || run.card.with(Option::is_some);
    let stands = move || matches!(run.phase.get(), RunPhase::Idle | RunPhase::Paused);
    let toggle =
        move |_| if run.wanted.get_untracked() { training.pause() } else { training.play() };
    let label = move || if run.wanted.get() { text::PAUSE } else { text::PLAY };
    view! {
        <div class="buttons" on:keydown=on(move |event| keys::on_transport(page, &event))>
            <button
                type="button"
                class="primary"
                data-testid="play"
                prop:disabled=move || run.phase.get() == RunPhase::Finished
                on:click=on(toggle)
            >
                {changing(label)}
            </button>
            <button
                type="button"
                data-testid="step"
                prop:disabled=move || !stands()
                on:click=on(move |_| training.step())
            >
                {text::STEP}
            </button>
            <button
                type="button"
                data-testid="reset"
                prop:disabled=move || run.phase.get() == RunPhase::Idle
                on:click=on(move |_| training.reset())
            >
                {text::RESET}
            </button>
            <button
                type="button"
                data-testid="save"
                prop:disabled=move || !has_run()
                on:click=on(move |_| training.save())
            >
                {text::SAVE}
            </button>
            <button
                type="button"
                data-testid="save-weights"
                prop:disabled=move || run.snapshots.with(Vec::is_empty)
                on:click=on(move |_| save_weights(run))
            >
                {text::SAVE_WEIGHTS}
            </button>
            <TakeNumbers id="csv" file_name="metrics.csv" label=text::CSV write=export::csv />
            <TakeNumbers id="jsonl" file_name="metrics.jsonl" label=text::JSONL write=export::json_lines />
        </div>
    }
}

/// The last weights as a file to look with: half precision, and not to be trained on.
fn save_weights(run: Run) {
    if let Some((step, weights)) = run.snapshots.with_untracked(|all| all.last().cloned()) {
        let name = ["weights-step-", &step.to_string(), ".safetensors"].concat();
        // A browser that refuses says so itself.
        browser::download(&name, &weights).ok();
    }
}

/// The run's numbers as a file.
#[component]
fn TakeNumbers(
    id: &'static str,
    file_name: &'static str,
    label: &'static str,
    write: export::Write,
) -> impl IntoView {
    let series = expect_context::<Page>().state.run.series;
    let nothing = move || series.with(|s| s.steps.is_empty() && s.probes.is_empty());
    let take =
        move |_| series.with_untracked(|s| export::save(file_name, &write(s, export::number)));
    view! {
        <button type="button" data-testid=id prop:disabled=changing(nothing) on:click=on(take)>{label}</button>
    }
}

/// Where the run has got to, with the seconds that a long phase takes.
#[component]
fn Phase() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let clock = RwSignal::new(0_u32);
    let timer = set_interval_with_handle(
        move || {
            if is_long(run.phase.get_untracked()) {
                clock.update(|seconds| *seconds += 1);
            }
        },
        core::time::Duration::from_secs(1),
    );
    if let Ok(timer) = timer {
        on_cleanup(move || timer.clear());
    }
    let elapsed = move || {
        clock.track();
        let phase = run.phase.get();
        let seconds = (browser::now_ms() - run.phase_since_ms.get()) / 1000.0;
        (is_long(phase) && seconds >= 1.0)
            .then(|| [" · ", &text::number(seconds as f32, 0), " s"].concat())
    };
    let step = move || {
        let total = run.card.with(|card| card.as_ref().and_then(|card| card.recipe.steps));
        let done = run.step.with(|step| step.as_ref().map(|step| step.step));
        let done = done.or_else(|| run.card.with(|card| card.as_ref().map(|card| card.step)));
        let step_ms = run.step.with(|step| step.as_ref().map_or(0.0, |step| step.step_ms));
        let playing = run.phase.get() == RunPhase::Playing;
        done.map(|done| match total {
            Some(total) => {
                let left = total.saturating_sub(done);
                let left = if playing { text::left(left, step_ms) } else { String::new() };
                [" step ", &done.to_string(), " of ", &total.to_string(), &left].concat()
            }
            None => [" step ", &done.to_string()].concat(),
        })
    };
    view! {
        <p class="phase" data-testid="phase">
            <span role="status">{move || text::phase(run.phase.get())}</span>
            {changing(elapsed)}
            <span data-testid="run-step">{changing(step)}</span>
        </p>
        <p class="hint" data-testid="engine-note">{move || run.engine_note.get()}</p>
    }
}

fn is_long(phase: RunPhase) -> bool {
    !matches!(phase, RunPhase::Idle | RunPhase::Paused | RunPhase::Playing | RunPhase::Finished)
}

/// The command that repeats the run natively.
#[component]
fn Recipe() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let line = move || {
        run.recipe_line.get().map(|line| {
            let copied = line.clone();
            view! {
                <p class="recipe" data-testid="recipe">
                    <span>{text::RECIPE}</span>
                    <code>{line}</code>
                    <button type="button" on:click=on(move |_| browser::copy(&copied))>
                        {text::COPY}
                    </button>
                </p>
            }
        })
    };
    view! { {changing(line)} }
}
