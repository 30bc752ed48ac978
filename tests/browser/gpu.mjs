// WebGPU in the page, on a software adapter: its numbers, its file, its loss; and none at all.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { at, says, isBeyond, until, withPage, words } from "./support/page.mjs";
import { asked } from "./support/counter.mjs";
import { happen } from "./support/server.mjs";

// A software adapter compiles and runs every kernel on the CPU.
const KERNELS_MS = 400_000;

/** Kernels that a step may launch; burn's own operations launch 2,685 for a like model. */
const LAUNCHES_MAX = 300;

const GPU = "#engine=gpu";

async function openTraining(page) {
  await until(page, "state", "looking", "without");
  if ((await at(page, "train-toggle").getAttribute("aria-expanded")) === "false") {
    await at(page, "train-toggle").click();
  }
}

/** Makes steps one by one, up to step `n`. */
async function steps(page, n, from = 1) {
  for (let step = from; step <= n; step += 1) {
    await at(page, "step").click();
    await page.waitForFunction((step) =>
      new RegExp(`step ${step} of`).test(document.querySelector("[data-testid=run-step]")?.textContent ?? ""),
    step, { timeout: KERNELS_MS });
  }
}

export default {
  "three steps on WebGPU, saved, go on in the native program and come back": (browser, url) =>
    withPage(browser, url + GPU, async (page) => {
      await openTraining(page);
      await steps(page, 3);
      await says(page, "device", /WebGPU/);
      assert.equal(await page.locator("[data-testid=self-test] tr").count(), 5);
      assert.ok(!(await words(page, "self-test")).includes("✕"), "every part agrees with the CPU");
      const [file] = await Promise.all([page.waitForEvent("download"), at(page, "save").click()]);
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seq-jepa-"));
      try {
        const saved = path.join(folder, "saved.safetensors");
        await file.saveAs(saved);
        execFileSync(process.env.SEQ_JEPA, ["train", "--resume", saved, "--stop-after", "3", "--out", folder]);
        await at(page, "open-checkpoint").setInputFiles(path.join(folder, "weights.safetensors"));
        await page.click("[data-testid=peek-open]");
        await says(page, "model", /nano.*step 6/);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    }),

  "a training step of tiny is few launches, compiles nothing and reuses its memory": (browser, url) =>
    withPage(browser, url + GPU, async (page) => {
      await openTraining(page);
      await at(page, "preset-tiny").check();
      await steps(page, 3);
      await asked(page);
      await steps(page, 5, 4);
      const [step] = await asked(page);
      assert.ok(step.dispatches > 0 && step.dispatches <= LAUNCHES_MAX, `${step.dispatches} launches`);
      assert.equal(step.pipelines, 0);
      assert.ok(step.buffers <= 5, `${step.buffers} buffers`);
    }),

  "a GPU that is lost in mid-training is followed by another, from the autosave": (browser, url) =>
    withPage(browser, url + GPU, async (page) => {
      await openTraining(page);
      await at(page, "play").click();
      await page.waitForFunction(() => /\d/.test(document.querySelector("[data-testid=autosave]")?.textContent ?? ""),
        null, { timeout: KERNELS_MS });
      const saved = Number((await words(page, "autosave")).match(/\d+/)[0]);
      await happen(page, "lose-gpu");
      await says(page, "error-card", /stopped .* on the GPU/);
      await page.waitForFunction(() => document.body.dataset.run === "playing", null, { timeout: KERNELS_MS });
      await page.waitForFunction(isBeyond, saved, { timeout: KERNELS_MS });
      await says(page, "device", /WebGPU/);
    }),

  "a real GPU's engine comes in the background, a software adapter's does not": async (browser, url) => {
    const fetched = async (real) => {
      let n = 0;
      await withPage(browser, "about:blank", async (page) => {
        page.on("request", (request) => { n += request.url().includes("worker_gpu_bg.wasm") ? 1 : 0; });
        if (real) await page.addInitScript(() => {
          const info = { vendor: "someone", architecture: "real", description: "", isFallbackAdapter: false };
          GPU.prototype.requestAdapter = async () => ({ info, features: new Set(["timestamp-query"]) });
        });
        await page.goto(url);
        await until(page, "engine", "cpu");
        if (real) await page.waitForFunction(() => document.body.dataset.gpu === "ready");
        else await page.waitForTimeout(3000);
      });
      return n;
    };
    assert.equal(await fetched(true), 1);
    assert.equal(await fetched(false), 0);
  },

  "an adapter without timestamps leaves training to the CPU, with a sentence": (browser, url) =>
    withPage(browser, url + GPU, async (page) => {
      await page.addInitScript(() => {
        Object.defineProperty(GPUAdapter.prototype, "features", { get: () => new Set() });
      });
      await page.reload();
      await openTraining(page);
      await at(page, "step").click();
      await says(page, "device", /CPU/);
      await says(page, "engine-note", /timestamp/);
    }),

  "without an adapter training runs on the CPU": (browser, url) =>
    withPage(browser, url, async (page) => {
      await page.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined });
      });
      await page.reload();
      await openTraining(page);
      await at(page, "step").click();
      await says(page, "device", /CPU/);
    }),
};
