// The survey of held-out sequences: path errors and spaces, each among its nulls, and figures as files.
import assert from "node:assert/strict";
import fs from "node:fs";
import { at, says, until, withPage, words } from "./support/page.mjs";

const SURVEY_MS = 240_000;

async function surveyed(page) {
  await until(page, "engine", "cpu");
  await at(page, "survey").first().click();
  await page.waitForFunction(
    () => /scored on 500 held-out/.test(document.querySelector("[data-testid=survey-line]").textContent),
    null, { timeout: SURVEY_MS },
  );
}

/** Rows of a drawing's table, the first cell as it is, the others as numbers. */
const table = (page, id) => page.$$eval(`[data-testid=${id}] tbody tr`, (rows) =>
  rows.map((row) => [...row.querySelectorAll("td")].map((cell, i) => (i ? parseFloat(cell.textContent) : cell.textContent))));

export default {
  "path errors stand among their nulls at every length": (browser, url) =>
    withPage(browser, url, async (page) => {
      await surveyed(page);
      const rows = await table(page, "path-errors");
      assert.deepEqual(rows.map(([length]) => length), ["1", "2", "3", "4", "5", "6", "7"]);
      const [, n, model, untrained, actions, views, still] = rows[2];
      assert.ok(n >= 500, `${n} paths of three actions`);
      // Views without actions cannot tell the way: the lesion takes what it says it takes.
      assert.ok(views > 2 * model && still > 2 * model, `${rows[2]}`);
      assert.ok([untrained, actions].every(Number.isFinite));
      const told = await at(page, "path-errors").locator("svg").getAttribute("aria-label");
      assert.match(told, /^After 3 actions, \d+ held-out paths end off by: z_AGG [\d.]+ px, untrained [\d.]+ px, actions only/);
      console.log(`     ${told}`);
      await at(page, "path-errors").locator("summary").click();
      const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-testid=svg-path-errors]")]);
      assert.equal(file.suggestedFilename(), "seq-jepa-path-errors.svg");
      const svg = fs.readFileSync(await file.path(), "utf8");
      assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(svg, /<text[^>]*>After 3 actions/, "its caption is part of the picture");
      assert.doesNotMatch(svg, /var\(|fill="none"[^>]*class="ground/, "colors are those of the page, written out");
      assert.match(svg, /class="model"[^>]*stroke="rgb\(\d+, \d+, \d+\)"/);
    }),

  "z and z_AGG are drawn and measured beside the untrained model": (browser, url) =>
    withPage(browser, `${url}#m=rot&lens=space`, async (page) => {
      await surveyed(page);
      for (const id of ["space-z", "space-z-agg"]) {
        const [[, neighbors, untrained, chance], [, r2, r2Untrained]] = await table(page, id);
        assert.ok(neighbors > untrained + 0.2 && untrained >= chance - 0.1, `${id}: ${neighbors} ${untrained} ${chance}`);
        assert.ok(r2 > r2Untrained + 0.2, `${id}: ${r2} ${r2Untrained}`);
        const marks = await at(page, id).locator("svg :is(circle, polygon)").count();
        assert.ok(marks >= 500, `${id}: ${marks} marks`);
        console.log(`     ${id}: ${await words(page, `${id}-line`)}`);
      }
      await page.selectOption("[data-testid=weights]", "untrained");
      await says(page, "survey-line", /^$/);
    }),

  "a survey leaves the stage to the visitor": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await at(page, "survey").first().click();
      await page.click("[data-testid=auto]");
      await says(page, "status", /^rank/);
      assert.match(await words(page, "survey-line"), /% of the survey/, "it goes on");
    }),
};
