//! Presets as cards: what each costs, and what it costs on this machine once a run has been measured.

use leptos::prelude::*;

use super::super::Page;
use super::super::browser;
use super::super::state::{Rate, Run, RunPhase};
use super::super::text;
use crate::page::erased::on;
use crate::protocol::{DeviceKind, PRESETS, PresetFacts};

/// Steps that are not counted: caches and kernels are still cold.
const COLD_STEPS: usize = 3;

/// Steps of a measurement.
const MEASURED_STEPS: usize = 20;

/// Key of the rates in this origin's storage.
const KEY: &str = "rates";

/// The cards.
#[component]
pub fn Presets() -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    run.rates.set(read(&browser::kept(KEY).unwrap_or_default()));
    Effect::new(move |_| measure(run));
    let cards = PRESETS.map(|facts| view! { <Preset facts /> });
    view! {
        <div class="presets" role="radiogroup" aria-label=text::PRESET data-testid="preset">
            {cards.into_iter().collect_view()}
        </div>
    }
}

#[component]
fn Preset(facts: PresetFacts) -> impl IntoView {
    let run = expect_context::<Page>().state.run;
    let choose = move |_: leptos::ev::Event| run.preset.set(facts.name.to_owned());
    view! {
        <label class="preset">
            <input
                type="radio"
                name="preset"
                value=facts.name
                data-testid=["preset-", facts.name].concat()
                prop:checked=move || run.preset.get() == facts.name
                prop:disabled=move || run.phase.get() != RunPhase::Idle
                on:change=on(choose)
            />
            <strong>{facts.name}</strong>
            <span>{text::preset(&facts)}</span>
            <span data-testid=["rate-", facts.name].concat()>
                {move || run.rates.with(|rates| text::rates(&facts, rates))}
            </span>
        </label>
    }
}

/// Notes the rate of the run that plays, once.
fn measure(run: Run) {
    let gpu = run.device.with(|d| d.as_ref().map(|d| d.kind == DeviceKind::Gpu));
    let preset =
        run.card.with(|card| card.as_ref().map(|card| card.recipe.clone())).filter(is_plain);
    let (Some(gpu), Some(recipe)) = (gpu, preset) else { return };
    let times: Vec<f64> = run.series.with(|series| {
        let steps = series.steps.iter().skip(COLD_STEPS).take(MEASURED_STEPS);
        steps.map(|step| step.step_ms).collect()
    });
    let known = |rates: &Vec<Rate>| rates.iter().any(|r| r.preset == recipe.preset && r.gpu == gpu);
    if times.len() < MEASURED_STEPS || run.rates.with_untracked(known) {
        return;
    }
    let seconds = times.iter().sum::<f64>() / 1000.0;
    let steps_per_s = (MEASURED_STEPS as f64 / seconds.max(1e-6)) as f32;
    run.rates.update(|rates| rates.push(Rate { preset: recipe.preset, gpu, steps_per_s }));
    browser::keep(KEY, &run.rates.with_untracked(|rates| write(rates)));
}

/// Whether a step costs what the preset's costs.
fn is_plain(recipe: &crate::protocol::Recipe) -> bool {
    PRESETS.iter().any(|p| p.name == recipe.preset && recipe.batch.is_none_or(|b| b == p.batch))
}

/// A line each: preset, engine, steps in 1000 seconds.
fn write(rates: &[Rate]) -> String {
    let line = |rate: &Rate| {
        let engine = if rate.gpu { " gpu " } else { " cpu " };
        let rate_1000 = (rate.steps_per_s * 1000.0) as u32;
        [rate.preset.as_str(), engine, &rate_1000.to_string()].concat()
    };
    rates.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Lines that make no sense are left out: the storage is the visitor's.
fn read(lines: &str) -> Vec<Rate> {
    let rate = |line: &str| {
        let mut words = line.split(' ');
        let (preset, engine, rate) = (words.next()?, words.next()?, words.next()?);
        let steps_per_s = rate.parse().ok().filter(|rate: &u32| *rate > 0)? as f32 / 1000.0;
        Some(Rate { preset: preset.to_owned(), gpu: engine == "gpu", steps_per_s })
    };
    lines.lines().filter_map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_survive_being_kept() {
        let rate =
            |preset: &str, gpu, steps_per_s| Rate { preset: preset.to_owned(), gpu, steps_per_s };
        let rates = vec![rate("nano", false, 18.25), rate("tiny", true, 240.5)];
        assert_eq!(read(&write(&rates)), rates);
        assert_eq!(
            read("nano cpu\nnano cpu -1\nnano cpu many\n\ntiny gpu 3000"),
            [rate("tiny", true, 3.0)]
        );
    }
}
