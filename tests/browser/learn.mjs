// The teaching layer: scenes, depths, glossary, first steps and the sheet of keys.
import assert from "node:assert/strict";
import { at, says, until, withPage, words } from "./support/page.mjs";

const shown = (page) => page.$$eval(".learn section", (all) =>
  all.filter((one) => one.checkVisibility()).map((one) => one.querySelector("h3").textContent[0]).join(""));

const scene = (page, n) => page.waitForFunction((n) =>
  [...document.querySelectorAll(".learn section")].filter((one) => one.checkVisibility())
    .map((one) => one.dataset.scene).join() === String(n), n);

export default {
  "six scenes are addresses, driven by Space and arrows, and bring the page along": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.click("[data-testid=learn]");
      await scene(page, 1);
      assert.match(page.url(), /learn=1/);
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press("Space");
      await scene(page, 2);
      assert.match(page.url(), /learn=2/);
      await says(page, "model", /tiny/);
      await page.keyboard.press("ArrowRight");
      await scene(page, 3);
      await page.waitForFunction(() => document.querySelector("[data-testid=weights]").value === "no-action");
      await page.keyboard.press("ArrowRight");
      await scene(page, 4);
      await page.keyboard.press("ArrowRight");
      await scene(page, 5);
      await says(page, "lens", /Survey 500/);
      await page.click("[data-testid=scene-next]");
      await scene(page, 6);
      await page.waitForSelector("[data-testid=preset-nano]");
      assert.equal(await at(page, "scene-next").isVisible(), false, "there is no seventh");
      await page.keyboard.press("ArrowLeft");
      await page.evaluate(() => document.activeElement.blur());
      await page.goBack();
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => !document.querySelector(".learn").checkVisibility());
    }),

  "a scene is reached by its address alone, and fields keep their keys": (browser, url) =>
    withPage(browser, `${url}#v=1&learn=2&fx=48.56,80.24,80.48&next=40.80`, async (page) => {
      await until(page, "engine", "cpu");
      await scene(page, 2);
      assert.equal(await page.locator("[data-testid=address-notes] .chip").count(), 0);
      await page.focus("[data-testid=row]");
      await page.keyboard.press("ArrowRight");
      assert.equal(await shown(page), "2");
      await page.focus("[data-testid=stage]");
      await page.keyboard.press("ArrowRight");
      assert.equal(await shown(page), "2", "the stage moves its crosshair");
    }),

  "the depth of reading changes the words alone, and is kept": (browser, url) =>
    withPage(browser, `${url}#learn=1`, async (page) => {
      await until(page, "engine", "cpu");
      await scene(page, 1);
      const told = () => page.$$eval(".learn section p", (all) => all.filter((one) => one.checkVisibility()).map((one) => one.textContent));
      const [student] = await told();
      await page.click("[data-testid=depth-curious]");
      const [curious, ...more] = await told();
      assert.deepEqual(more, []);
      assert.notEqual(curious, student);
      const why = await at(page, "why").innerText();
      await page.click("[data-testid=depth-researcher]");
      assert.match(await at(page, "why").innerText(), /centered cosine of ẑ/);
      assert.notEqual(await at(page, "why").innerText(), why);
      await page.reload();
      await until(page, "engine", "cpu");
      assert.equal(await page.getAttribute("[data-testid=depth-researcher]", "aria-pressed"), "true");
    }),

  "every lens says what would fool its reader, and terms open the glossary": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      for (const lens of ["where", "imagine", "surprise", "space", "inside", "beat"]) {
        await page.click(`[data-testid=lens-${lens}]`);
        await page.waitForFunction(() => document.querySelector("[data-testid=fool] p").textContent.length > 60);
        assert.ok((await at(page, "why").innerText()).length > 30, lens);
      }
      await page.click("[data-testid=lens-where]");
      const term = page.locator("[data-testid=why] .term:visible").first();
      await term.focus();
      await page.keyboard.press("Enter");
      const box = page.locator(".term-box:popover-open");
      assert.match(await box.textContent(), /^rank/);
      await page.keyboard.press("Escape");
      assert.equal(await box.count(), 0);
    }),

  "first steps come one at a time and do not come again": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await says(page, "hint", /^①/);
      const box = await at(page, "stage").boundingBox();
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.4);
      await says(page, "hint", /^②/);
      await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.4);
      await says(page, "hint", /^③/);
      await page.reload();
      await until(page, "engine", "cpu");
      await says(page, "hint", /^③/);
      await page.click("[data-testid=hint] button");
      assert.equal(await at(page, "hint").isVisible(), false);
      await page.reload();
      await until(page, "engine", "cpu");
      assert.equal(await at(page, "hint").isVisible(), false);
    }),

  "single keys act on the stage, and can be switched off": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.focus("[data-testid=stage]");
      await page.keyboard.press("n");
      await says(page, "status", /^rank/);
      await page.keyboard.press("2");
      await says(page, "lens", /Imagine.*never draws/);
      await page.keyboard.press("l");
      await page.waitForFunction(() => document.querySelector("[data-testid=lesion]").value === "next");
      await page.keyboard.press("?");
      await page.waitForFunction(() => document.querySelector("[data-testid=sheet]").checkVisibility());
      assert.match(await words(page, "sheet"), /run 200 random trials/);
      await page.uncheck("[data-testid=keys]");
      await page.keyboard.press("Escape");
      await page.focus("[data-testid=stage]");
      await page.keyboard.press("1");
      await page.waitForTimeout(200);
      assert.equal(await page.getAttribute("[data-testid=lens-imagine]", "aria-pressed"), "true");
    }),
};
