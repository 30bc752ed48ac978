// Training in the page: the run, its numbers, its file, and its way back.
import assert from "node:assert/strict";
import fs from "node:fs";
import { at, isBeyond, says, until, withPage, words } from "./support/page.mjs";
import { crashMakers, happen } from "./support/server.mjs";

async function open(page) {
  await until(page, "state", "looking", "without");
  if ((await at(page, "train-toggle").getAttribute("aria-expanded")) === "false") {
    await page.click("[data-testid=train-toggle]");
  }
}

async function train(page) {
  await open(page);
  await page.click("[data-testid=play]");
  await until(page, "run", "playing", "finished");
}

async function stepTo(page, step) {
  await open(page);
  await page.click("[data-testid=step]");
  await says(page, "run-step", new RegExp(`step ${step}\\b`));
}

export default {
  "a run on the CPU tells its loss and can be paused, stepped and saved": (browser, url) =>
    withPage(browser, `${url}#engine=cpu`, async (page) => {
      await train(page);
      await says(page, "chart-loss", /loss \d/);
      await page.click("[data-testid=play]");
      await until(page, "run", "paused");
      const before = await words(page, "run-step");
      await page.click("[data-testid=step]");
      await page.waitForFunction((before) =>
        document.querySelector("[data-testid=run-step]").textContent.trim() !== before, before);
      const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-testid=save]")]);
      assert.match(file.suggestedFilename(), /\.safetensors$/);
      await says(page, "recipe", /seq-jepa/);
    }),

  "expert settings are the run's, and its numbers can be taken away": (browser, url) =>
    withPage(browser, `${url}#engine=cpu`, async (page) => {
      await open(page);
      await page.click("[data-testid=expert] summary");
      for (const [field, value] of [["steps", "4"], ["batch", "8"], ["lr", "0.0007"]]) {
        await page.fill(`[data-testid=${field}]`, value);
        await page.press(`[data-testid=${field}]`, "Tab");
      }
      await page.selectOption("[data-testid=conditioning]", "predictor");
      assert.equal(await page.locator(".dot:not([hidden])").count(), 5); // Four settings and the heading.
      await page.click("[data-testid=play]");
      await until(page, "run", "finished");
      const take = async (id) => {
        const [file] = await Promise.all([page.waitForEvent("download"), page.click(`[data-testid=${id}]`)]);
        return [file.suggestedFilename(), fs.readFileSync(await file.path(), "utf8")];
      };
      const [name, csv] = await take("csv");
      const [header, ...rows] = csv.trim().split("\n").map((line) => line.split(","));
      assert.equal(name, "metrics.csv");
      const losses = rows.map((row) => row[header.indexOf("train/loss")]).filter(Boolean).map(Number);
      assert.equal(losses.length, 4);
      assert.ok(losses.every((loss) => loss > 0 && loss < 2), `${losses}`);
      const lines = (await take("jsonl"))[1].trim().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual(lines.filter((line) => "train/loss" in line).map((line) => line["train/loss"]), losses);
      assert.ok(lines.some((line) => "val/r2_action (online_r2_test)" in line));
      await page.click("[data-testid=save]");
      await says(page, "recipe", /--steps 4 --batch 8 --lr 0\.0007 --conditioning predictor/);
    }),

  "the stage looks with the weights as they train": (browser, url) =>
    withPage(browser, `${url}#engine=cpu`, async (page) => {
      await train(page);
      await says(page, "autosave", /\d/);
      await says(page, "model", /nano/);
      await until(page, "engine", "cpu");
    }),

  "workers that crash in mid-training are followed by others, from the autosave": (browser, url) =>
    withPage(browser, `${url}#engine=cpu`, async (page) => {
      await train(page);
      await says(page, "autosave", /\d/);
      const saved = Number((await words(page, "autosave")).match(/\d+/)[0]);
      await happen(page, "crash-workers");
      await says(page, "error-card", /crashed by a test/);
      await page.waitForFunction(isBeyond, saved, { timeout: 60_000 });
      await until(page, "engine", "cpu");
    }),

  "views are made beside the engine, and without their makers the run is the same": async (browser, url) => {
    const losses = [];
    for (const accident of [async () => {}, crashMakers]) {
      await withPage(browser, `${url}#engine=cpu`, async (page) => {
        for (let step = 1; step <= 7; step += 1) {
          await stepTo(page, step);
          if (step === 1) await accident(page);
        }
        losses.push(await words(page, "chart-loss"));
      });
    }
    assert.match(losses[0], /\d\.\d\d/);
    assert.equal(losses[1], losses[0]);
  },

  "a run of an earlier visit is offered again": async (browser, url) =>
    withPage(browser, `${url}#engine=cpu`, async (page) => {
      await train(page);
      await says(page, "autosave", /\d/);
      await page.waitForTimeout(1000);
      await page.reload();
      await at(page, "resume").click();
      await until(page, "run", "paused");
    }),
};
