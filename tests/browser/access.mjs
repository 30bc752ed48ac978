// Everyone: an audit by axe-core of every state of the page in both themes, and less motion.
import assert from "node:assert/strict";
import fs from "node:fs";
import { at, says, until, withPage } from "./support/page.mjs";

const AXE = fs.readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const GRAVE = ["serious", "critical"];

/** Findings that keep someone out, as sentences with the element's source. */
async function findings(page) {
  await page.evaluate(AXE); // Over the debugging protocol, which the page's own policy does not bind.
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.filter(({ impact }) => GRAVE.includes(impact)).flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html} ${failureSummary}`));
}

/** What each state is reached by. */
const STATES = {
  "where": ["", async () => {}],
  "a look": ["", async (page) => {
    await page.click("[data-testid=auto]");
    await says(page, "session", /^1 look/);
  }],
  "surprise": ["#lens=surprise", async (page) => {
    await page.click("[data-testid=auto]");
    await says(page, "surprises", /^1 looks/);
  }],
  "inside": ["#lens=inside&les=views", async (page) => {
    await page.waitForSelector("[data-testid=shares] .bar");
  }],
  "imagine": ["#lens=imagine", async (page) => {
    await page.click("[data-testid=auto]");
    await page.waitForSelector("[data-testid=imagined]");
  }],
  "space": ["#lens=space", async (page) => {
    await at(page, "survey").first().click();
    await says(page, "survey-line", /held-out/);
    for (const one of await page.$$("details")) await one.evaluate((details) => { details.open = true; });
  }],
  "the game": ["#lens=beat", async (page) => {
    await page.locator("[data-testid=option]").nth(1).click();
  }],
  "training": ["#train=1&engine=cpu", async (page) => {
    await page.click("[data-testid=step]");
    await says(page, "run-step", /step 1/);
  }],
  "learning": ["#learn=3", async (page) => {
    await page.waitForFunction(() => document.querySelector(".learn section[data-scene='3']")?.checkVisibility());
  }],
  "the sheet of keys": ["", async (page) => page.click("[data-testid=help]")],
  "a file to decide on": ["", async (page) => {
    await page.setInputFiles("[data-testid=open-checkpoint]", "assets/checkpoints/saccade-tiny-no-action.safetensors");
    await page.waitForSelector("[data-testid=peek]");
  }],
  "sharing": ["", async (page) => page.click("[data-testid=share]")],
  "an error card": ["#seed=many", async (page) => {
    await page.setInputFiles("[data-testid=open-checkpoint]",
      { name: "broken.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from("no") });
    await page.waitForSelector("[data-testid=error-card]");
  }],
};

const audit = (mode, theme) => async (browser, url) => {
  const all = [];
  for (const [name, [hash, reach]] of Object.entries(STATES)) {
    const address = mode === "rot" ? `${url}#m=rot&${hash.slice(1)}` : `${url}${hash}`;
    await withPage(browser, address, async (page) => {
      await until(page, "engine", "cpu");
      await reach(page);
      all.push(...(await findings(page)).map((finding) => `${name}: ${finding}`));
    }, { colorScheme: theme });
  }
  assert.deepEqual(all, []);
};

export default {
  "no serious finding with pictures, light": audit("sac", "light"),
  "no serious finding with pictures, dark": audit("sac", "dark"),
  "no serious finding with objects, light": audit("rot", "light"),
  "no serious finding with objects, dark": audit("rot", "dark"),

  "who asked for less motion sees none": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.click("[data-testid=auto]");
      await says(page, "session", /^1 look/);
      assert.equal(await page.evaluate(() =>
        document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 0).length), 0);
      const slow = await page.$$eval("*", (all) => all
        .filter((one) => getComputedStyle(one).transitionDuration.split(",").some((s) => parseFloat(s) > 0))
        .map((one) => one.outerHTML.slice(0, 80)));
      assert.deepEqual(slow, []);
    }, { reducedMotion: "reduce" }),

  // A browser's zoom: half the room, each pixel four.
  "at 200 % zoom nothing scrolls sideways": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      for (const lens of ["where", "surprise", "inside", "beat"]) {
        await page.click(`[data-testid=lens-${lens}]`);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 640, lens);
      }
    }, { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 }),

  "the table of a path says what its drawing shows": (browser, url) =>
    withPage(browser, `${url}#fx=48.24,32.64,64.64,24.48`, async (page) => {
      await says(page, "session", /^1 look/);
      const rows = await at(page, "path").locator("tbody tr").count();
      assert.equal(rows, await at(page, "path").locator("circle.true").count());
    }),
};
