// Runs beside one another: what presets cost here, earlier runs, looking back, a step in slow motion.
import assert from "node:assert/strict";
import fs from "node:fs";
import { at, isBeyond, says, until, withPage, words } from "./support/page.mjs";

const TRAIN = "#train=1&engine=cpu";

async function trainTo(page, step) {
  await until(page, "state", "looking", "without");
  await page.click("[data-testid=play]");
  await page.waitForFunction(isBeyond, step, { timeout: 120_000 });
  await page.click("[data-testid=play]");
  await until(page, "run", "paused");
}

export default {
  "a run is measured, laid aside and drawn behind the next, with what differs": (browser, url) =>
    withPage(browser, `${url}${TRAIN}&seed=3`, async (page) => {
      assert.match(await words(page, "rate-nano"), /not measured here yet/);
      await trainTo(page, 26);
      await says(page, "rate-nano", /^\d+\.\d steps\/s on this CPU: \d+ (s|min|h)$/);
      console.log(`     nano: ${await words(page, "rate-nano")}`);
      await page.click("[data-testid=reset]");
      await until(page, "run", "idle");
      await page.waitForSelector("[data-testid=runs]:not([hidden])");
      await page.fill("[data-testid=seed]", "4");
      await page.press("[data-testid=seed]", "Tab");
      await page.click("[data-testid=expert] summary");
      await page.fill("[data-testid=lr]", "0.001");
      await page.press("[data-testid=lr]", "Tab");
      await trainTo(page, 12);
      const row = await page.$eval("[data-testid=runs] tbody tr", (row) => row.textContent);
      assert.match(row, /^[a-z]+-[a-z]+seed 3, lr 0\.003step \d+, loss \d/, row);
      // Both runs are in the chart's table: the one of now and the one before.
      const name = row.match(/^[a-z]+-[a-z]+?(?=seed)/)[0];
      const head = await page.$$eval("[data-testid=chart-loss] th", (all) => all.map((one) => one.textContent));
      assert.deepEqual(head, ["step", "loss", name]);
      await page.click("[data-testid=chart-loss] summary");
      const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-testid=svg-chart-loss]")]);
      const svg = fs.readFileSync(await file.path(), "utf8");
      assert.match(svg, /^<svg/);
      assert.equal(svg.match(/<polyline/g).length, 2);
      assert.match(svg, new RegExp(name));
      // They are there at the next visit as well.
      await page.reload();
      await until(page, "state", "looking", "without");
      await page.waitForSelector("[data-testid=runs]:not([hidden])");
      assert.match(await words(page, "runs"), new RegExp(name));
      assert.match(await words(page, "rate-nano"), /steps\/s on this CPU/);
      await page.click("[data-testid=runs] summary");
      await page.click(`[data-testid=runs] button[aria-label="Forget ${name}"]`);
      await page.waitForFunction((name) => !document.querySelector("[data-testid=runs]").textContent.includes(name), name);
    }),

  "the stage looks with older weights of the run": (browser, url) =>
    withPage(browser, `${url}${TRAIN}`, async (page) => {
      await until(page, "state", "looking", "without");
      for (let step = 1; step <= 3; step += 1) {
        await page.click("[data-testid=step]");
        await says(page, "run-step", new RegExp(`step ${step}\\b`));
      }
      await says(page, "scrub-line", /step 3 \(the newest\)/);
      const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-testid=save-weights]")]);
      assert.equal(file.suggestedFilename(), "weights-step-3.safetensors");
      const header = fs.readFileSync(await file.path()).subarray(8, 200_000).toString("latin1");
      assert.ok(header.includes("model.encoder") && !header.includes("optim."), "weights alone");
      await says(page, "model", /step 3/);
      await page.focus("[data-testid=scrub]");
      await page.keyboard.press("ArrowLeft");
      await says(page, "scrub-line", /step 2$/);
      await says(page, "model", /step 2/);
      // A newer one does not take its place.
      await page.click("[data-testid=step]");
      await says(page, "run-step", /step 4\b/);
      await page.waitForTimeout(500);
      assert.match(await words(page, "model"), /step 2/);
      await page.focus("[data-testid=scrub]");
      await page.keyboard.press("End");
      await says(page, "model", /step 4/);
      // Other weights and back: the newest of the run.
      await page.focus("[data-testid=scrub]");
      await page.keyboard.press("ArrowLeft");
      await says(page, "model", /step 3/);
      await page.selectOption("[data-testid=weights]", "full");
      await says(page, "model", /step 16000/);
      await page.selectOption("[data-testid=weights]", "run");
      await says(page, "model", /step 4/);
      await says(page, "scrub-line", /step 4 \(the newest\)/);
    }),

  "a slow step tells its seven parts with its own numbers": (browser, url) =>
    withPage(browser, `${url}${TRAIN}`, async (page) => {
      await until(page, "state", "looking", "without");
      await page.click("[data-testid=slow-step]");
      const parts = at(page, "parts");
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=parts] [aria-current=step]").length === 1);
      assert.match(await parts.textContent(), /48 things, each seen 2 \+ 1 times/);
      assert.equal(await parts.locator("button").count(), 7);
      await parts.locator("button", { hasText: "compare" }).click();
      const loss = (await words(page, "chart-loss")).match(/loss (\d\.\d+)/)[1];
      assert.ok((await parts.textContent()).includes(`loss ${loss}`), "the step's own loss");
      assert.match(await words(page, "run-step"), /step 1\b/, "one step was made");
    }, { reducedMotion: "reduce" }),

  "the screen stays awake only while a run plays and only by choice": (browser, url) =>
    withPage(browser, url, async (page) => {
      await page.evaluate(() => {
        window.locks = [];
        Object.defineProperty(navigator, "wakeLock", { value: {
          request: async (kind) => {
            window.locks.push(`on ${kind}`);
            return { release: async () => window.locks.push("off") };
          },
        } });
      });
      await until(page, "state", "looking", "without");
      await page.click("[data-testid=train-toggle]");
      await page.check("[data-testid=awake]");
      assert.deepEqual(await page.evaluate(() => window.locks), []);
      await page.click("[data-testid=play]");
      await page.waitForFunction(() => window.locks.includes("on screen"), null, { timeout: 60_000 });
      await page.click("[data-testid=play]");
      await page.waitForFunction(() => window.locks.at(-1) === "off");
    }),
};
