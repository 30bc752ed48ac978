// `./dev bench page`: trains a few steps on each engine of the built page: milliseconds a training step
// to submit it, and waiting for views; what a step asks of WebGPU. One JSON line a backend.
//
// Usage: node bench.mjs [preset] [steps]. On a machine without a GPU the WebGPU line is that of a
// software adapter: its counts hold anywhere, its times only here.
import { chromium } from "playwright-core";
import { load, machine, spread } from "../../../benches/machine.mjs";
import { asked, counted } from "../support/counter.mjs";
import { serve, CHROMIUM, FLAGS } from "../support/server.mjs";

const [preset = "tiny", steps = "7"] = process.argv.slice(2).filter((word) => word !== "--json");
const WAIT_MS = 600_000;
const [PLAYING_LOOKS, LOOK_MS] = [20, 700];

async function measure(backend) {
  const page = await (await browser.newContext()).newPage();
  try {
    await page.goto(`${url}#engine=${backend}`);
    const at = (id) => page.locator(`[data-testid=${id}]`);
    await page.waitForFunction(() => ["looking", "without"].includes(document.body.dataset.state), null, { timeout: 60_000 });
    if ((await at("train-toggle").getAttribute("aria-expanded")) === "false") await at("train-toggle").click();
    await at(`preset-${preset}`).check();
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
    const playing = await play(page, at);
    return {
      backend, preset, ...playing, device: await at("device").textContent(), machine: machine(), load: load(), first_step_ms: rows[0].step_ms, steps: warm.length,
      ...Object.fromEntries(figures.filter(([, figure]) => figure)),
    };
  } catch (why) {
    return { backend, preset, error: why.message.split("\n")[0] };
  } finally {
    await page.context().close();
  }
}

/** Steps at full speed for a while: only then may they have to wait for views. */
async function play(page, at) {
  const looks = [];
  await at("play").click();
  for (let look = 0; look < PLAYING_LOOKS; look += 1) {
    await page.waitForTimeout(LOOK_MS);
    looks.push({ step_ms: Number(await at("step-ms").textContent()), wait: Number(await at("wait-share").textContent()) });
  }
  return {
    playing_step_ms: spread(looks.map((look) => look.step_ms)),
    waiting_for_views_percent: spread(looks.map((look) => look.wait)),
  };
}

const { url, close } = await serve("dist", { rewrite: counted });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
for (const backend of ["cpu", "gpu"]) {
  console.log(JSON.stringify(await measure(backend)));
}
await browser.close();
close();
