// `./dev bench page`: trains a few steps on each engine of the built page and prints one JSON line a
// backend: milliseconds a training step, CPU milliseconds to submit it, dispatches a step.
//
// Usage: node bench.mjs [preset] [steps]. On a machine without a GPU the WebGPU line is that of a
// software adapter: its counts hold anywhere, its times only here.
import os from "node:os";
import { chromium } from "playwright-core";
import { asked, counted } from "../support/counter.mjs";
import { serve, CHROMIUM, FLAGS } from "../support/server.mjs";

const [preset = "tiny", steps = "5"] = process.argv.slice(2);
const WAIT_MS = 600_000;

async function measure(backend) {
  const page = await (await browser.newContext()).newPage();
  try {
    await page.goto(`${url}#engine=${backend}`);
    const at = (id) => page.locator(`[data-testid=${id}]`);
    await page.waitForFunction(() => ["looking", "without"].includes(document.body.dataset.state), null, { timeout: 60_000 });
    if ((await at("train-toggle").getAttribute("aria-expanded")) === "false") await at("train-toggle").click();
    await at("preset").selectOption(preset);
    const rows = [];
    for (let step = 1; step <= Number(steps); step += 1) {
      if (backend === "gpu" && step > 1) await asked(page); // The first one starts the engine.
      await at("step").click();
      await page.waitForFunction((step) =>
        Number(document.querySelector("[data-testid=run-step]")?.textContent.match(/step (\d+)/)?.[1]) >= step,
      step, { timeout: WAIT_MS });
      // The step's own command comes first; looks at the new weights follow.
      const [counts] = backend === "gpu" ? await asked(page) : [];
      rows.push({
        step_ms: Number(await at("step-ms").textContent()),
        submit_ms: Number(await at("submit-ms").textContent()),
        ...counts,
      });
    }
    // The first step compiles kernels; the second still fills pools.
    const warm = rows.slice(2);
    const keys = ["step_ms", "submit_ms", "dispatches", "submits", "pipelines", "buffers"];
    const figures = keys.map((key) => [key, spread(warm.map((row) => row[key]))]);
    return {
      backend, preset, device: await at("device").textContent(), machine: os.cpus()[0].model,
      load: os.loadavg()[0], first_step_ms: rows[0].step_ms, steps: warm.length,
      ...Object.fromEntries(figures.filter(([, figure]) => figure)),
    };
  } catch (why) {
    return { backend, preset, error: why.message.split("\n")[0] };
  } finally {
    await page.context().close();
  }
}

function spread(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return { min: sorted[0], median: sorted[Math.floor(sorted.length / 2)], max: sorted.at(-1) };
}

const { url, close } = await serve("dist", { rewrite: counted });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
for (const backend of ["cpu", "gpu"]) {
  console.log(JSON.stringify(await measure(backend)));
}
await browser.close();
close();
