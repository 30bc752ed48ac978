// What is there before, or without, the program.
import assert from "node:assert/strict";
import { until, withPage } from "./support/page.mjs";

export default {
  "without JavaScript the page shows its sentence and picture": (browser, url) =>
    withPage(browser, url, async (page) => {
      assert.match(await page.textContent(".lead"), /lit squares/);
      assert.ok(await page.isVisible("#recorded"));
      assert.ok((await page.textContent("#recorded figcaption")).length > 40);
    }, { javaScriptEnabled: false }),

  "the page is live within three seconds": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      const ms = await page.evaluate(() => performance.now());
      assert.ok(ms < 3000, `it took ${Math.round(ms)} ms`);
    }),

  "nothing scrolls sideways at 320 pixels": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "state", "looking", "without");
      await page.click("[data-testid=train-toggle]");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    }, { viewport: { width: 320, height: 700 } }),

  "every control is at least 24 pixels high": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "state", "looking", "without");
      await page.click("[data-testid=train-toggle]");
      // Terms within a sentence may be as high as its line (WCAG 2.5.8).
      const small = await page.$$eval("button:not(.term), select, input:not([type=checkbox]), summary", (all) =>
        all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML));
      assert.deepEqual(small, []);
    }),
};
