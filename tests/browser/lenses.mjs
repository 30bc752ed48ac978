// The lenses beside the first one.
import assert from "node:assert/strict";
import { at, says, until, withPage, words } from "./support/page.mjs";

const number = /\d\.\d\d/.source;

/** Looks at places spread over the picture until `n` looks have been told of. */
async function wander(page, n, id, pattern) {
  for (let i = 1; i <= n; i += 1) {
    await page.click("[data-testid=auto]");
    await says(page, id, pattern(i));
  }
}

export default {
  "swapped looks are announced, told and measured beside their null": (browser, url) =>
    withPage(browser, `${url}#lens=surprise`, async (page) => {
      await until(page, "engine", "cpu");
      assert.match(await words(page, "lens"), /one look in five is swapped/);
      await wander(page, 24, "surprises", (n) => new RegExp(`^${n} looks`));
      assert.match(await words(page, "surprise-line"), new RegExp(`^This look was (true|swapped): surprise ${number} \\(copy-last ${number}\\)`));
      const line = await words(page, "surprises");
      const [, swapped, area] = line.match(/^24 looks, (\d+) swapped: AUROC (\d\.\d\d) \(chance 0.50; copy-last \d\.\d\d\)/);
      assert.ok(swapped >= 1 && swapped <= 12, line);
      assert.ok(area > 0.5, line);
      assert.equal(await page.locator("[data-testid=session]").count(), 0, "no rank counts these looks");
      console.log(`     ${line}`);
    }),

  "turns can surprise too": (browser, url) =>
    withPage(browser, `${url}#m=rot&lens=surprise`, async (page) => {
      await until(page, "engine", "cpu");
      await wander(page, 3, "surprises", (n) => new RegExp(`^${n} looks`));
    }),

  "a prediction is drawn beside the decoder's own error and its null": (browser, url) =>
    withPage(browser, url, async (page) => {
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      await until(page, "engine", "cpu");
      await page.click("[data-testid=lens-imagine]");
      const box = await at(page, "stage").boundingBox();
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await page.waitForFunction(() => document.querySelector(".lens .tile[data-kind=guess][data-empty=false]"));
      await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await page.waitForSelector("[data-testid=imagined]");
      assert.equal(await page.locator(".lens .four .tile[data-empty=false]").count(), 4);
      const line = await words(page, "imagined");
      assert.match(line, new RegExp(`decoder's own ${number}; the model's ${number} \\(copy-last ${number}\\)`));
      assert.match(line, /explains 76 % of the pixels' variance \(the mean picture: 0 %\)$/);
      assert.equal(asked.filter((one) => one.includes(".decoder.")).length, 1, "once, and not before it is wanted");
      await page.selectOption("[data-testid=weights]", "no-action");
      await page.waitForFunction(() => /There is no decoder for these weights/.test(document.querySelector(".lens").textContent)
        && !document.querySelector("[data-testid=imagined]"));
      assert.equal(await page.locator("[data-testid=error-card]").count(), 0);
    }),

  "attention over the views seen sums to one with the token's own": (browser, url) =>
    withPage(browser, `${url}#lens=inside`, async (page) => {
      await until(page, "engine", "cpu");
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=shares] .bar").length === 3);
      const table = await page.$$eval("[data-testid=shares] tbody tr", (rows) =>
        rows.map((row) => [...row.querySelectorAll("td")].slice(1).map((cell) => parseFloat(cell.textContent))));
      assert.ok(table.length >= 1);
      for (const layer of table) {
        assert.equal(layer.length, 4);
        const sum = layer.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - 100) <= 2, `each is rounded to a percent: ${layer}`);
      }
      const box = await at(page, "stage").boundingBox();
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=strips] .ground").length === 3);
    }),

  "a round of the game hides the answer, then tells it for both": (browser, url) =>
    withPage(browser, `${url}#lens=beat`, async (page) => {
      await until(page, "engine", "cpu");
      for (let n = 1; n <= 3; n += 1) {
        await page.waitForFunction(() => document.querySelectorAll("[data-testid=option]:enabled").length === 4);
        assert.equal(await page.locator("[data-testid=option][data-truth=true]").count(), 0);
        await page.locator("[data-testid=option]").nth(n).click();
        await says(page, "tally", new RegExp(`^You \\d of ${n}; the model \\d of ${n}; chance one of four`));
        assert.equal(await page.locator("[data-testid=option][data-truth=true]").count(), 1);
        assert.match(await words(page, "status"), /^It is view [1-4]\. You were (right|wrong), the model was (right|wrong)\./);
        await page.click("[data-testid=next-round]");
      }
      await page.click("[data-testid=lens-where]");
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=option]").length === 0);
    }),

  "a game of turns tells the turn in numbers": (browser, url) =>
    withPage(browser, `${url}#m=rot&lens=beat`, async (page) => {
      await page.waitForFunction(() => document.querySelectorAll("[data-testid=option]").length === 4);
      const turn = await Promise.all(["yaw", "pitch", "roll"].map((id) => page.inputValue(`[data-testid=${id}]`)));
      assert.ok(turn.some((deg) => Math.abs(deg) > 10), `${turn}`);
    }),
};
