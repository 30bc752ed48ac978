// A visitor without a GPU trains the smallest preset and sees that it learns.
import assert from "node:assert/strict";
import { at, until, withPage, words } from "./support/page.mjs";

/** Generous: how long it takes is a matter of the machine and stands in the README. */
const LEARNS_MS = 480_000;

/** In the page: the last numbers of a chart, in the order of its lines. */
const latest = (id) => [...document.querySelector(`[data-testid=${id}] .latest`).textContent
  .matchAll(/ (-?[\d.]+)(?: ·|$)/g)].map((match) => Number(match[1]));

/** R² beyond its untrained null, the truth's median rank ahead of a wrong action's and of chance. */
const hasLearned = ([r2, untrained], [rank, wrong, chance]) =>
  r2 > untrained + 0.03 && rank < 0.6 * Math.min(wrong, chance);

export default {
  "nano learns on the CPU: R² and rank leave their nulls": (browser, url) =>
    withPage(browser, `${url}#engine=cpu`, async (page) => {
      await until(page, "state", "looking", "without");
      assert.ok(await at(page, "preset-nano").isChecked(), "what the panel begins with");
      const began = Date.now();
      await at(page, "play").click();
      await until(page, "run", "playing");
      const deadline = began + LEARNS_MS;
      for (let done = false; !done;) {
        assert.ok(Date.now() < deadline, `${await words(page, "chart-r2")}; ${await words(page, "chart-retrieval")}`);
        await page.waitForTimeout(1_000);
        const numbers = await Promise.all(["chart-r2", "chart-retrieval"].map((id) => page.evaluate(latest, id)));
        done = hasLearned(...numbers);
      }
      const step = await words(page, "run-step");
      console.log(`     after ${Math.round((Date.now() - began) / 1000)} s, ${step}: ` +
        `R² ${await page.evaluate(latest, "chart-r2")}, rank ${await page.evaluate(latest, "chart-retrieval")}`);
      if (process.env.PICTURES) {
        await page.screenshot({ path: `${process.env.PICTURES}/learning.png`, fullPage: true });
      }
    }),
};
