// The page as it looks: both worlds, training and an error card, in both themes and three widths, against
// pictures in `golden/`. `UPDATE_GOLDEN=1` takes them anew.
//
// The comparison forgives what fonts and antialiasing do: pictures are compared at an eighth of their size,
// where a letter is a shade. A part that moves, is missing or has another color is not forgiven.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { at, says, until, withPage } from "./support/page.mjs";

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), "golden");
const WIDTHS = [320, 768, 1280];

/** Largest share of eighth-size pixels that may differ by more than `SHADE` of 255. */
const SHARE = 0.003;
const SHADE = 40;

/** Largest difference of heights: a line may wrap otherwise. */
const HEIGHT = 0.04;

const STATES = {
  saccade: ["", async (page) => {
    await page.click("[data-testid=auto]");
    await says(page, "status", /rank/);
  }],
  rotate: ["#m=rot", async (page) => {
    await page.click("[data-testid=auto]");
    await says(page, "status", /rank/);
  }],
  training: ["#train=1&engine=cpu", async (page) => {
    for (let step = 1; step <= 3; step += 1) {
      await page.click("[data-testid=step]");
      await says(page, "run-step", new RegExp(`step ${step}\\b`));
    }
    await says(page, "model", /step 3/);
  }],
  error: ["", async (page) => {
    await page.setInputFiles("[data-testid=open-checkpoint]",
      { name: "broken.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from("no") });
    await page.waitForSelector("[data-testid=error-card]");
  }],
};

/** In a page of its own: how far two pictures are apart. */
async function apart(browser, a, b) {
  const page = await (await browser.newContext()).newPage();
  const found = await page.evaluate(async ([a, b, shade]) => {
    const load = async (base64) => {
      const picture = new Image();
      picture.src = `data:image/png;base64,${base64}`;
      await picture.decode();
      return picture;
    };
    const [one, other] = await Promise.all([load(a), load(b)]);
    const [width, height] = [one.width, Math.min(one.height, other.height)].map((px) => Math.ceil(px / 8));
    const small = (picture) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, 0, 0, picture.width, height * 8, 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data;
    };
    const [p, q] = [small(one), small(other)];
    let n = 0;
    for (let i = 0; i < p.length; i += 4) {
      if ([0, 1, 2].some((k) => Math.abs(p[i + k] - q[i + k]) > shade)) n += 1;
    }
    return { share: n / (p.length / 4), widths: one.width === other.width, height: Math.abs(one.height - other.height) / one.height };
  }, [a.toString("base64"), b.toString("base64"), SHADE]);
  await page.context().close();
  return found;
}

const claim = (name, theme) => async (browser, url) => {
  const [hash, reach] = STATES[name];
  const worst = [];
  for (const width of WIDTHS) {
    await withPage(browser, `${url}${hash}`, async (page) => {
      await until(page, "engine", "cpu");
      await page.waitForFunction(() => document.querySelector("[data-testid=why]").textContent);
      await reach(page);
      await page.mouse.move(0, 0);
      await page.evaluate(() => document.activeElement?.blur());
      await page.waitForTimeout(300);
      const shot = await page.screenshot({ fullPage: true, mask: [at(page, "rate-nano")] });
      const file = path.join(FOLDER, `${name}-${theme}-${width}.png`);
      if (process.env.UPDATE_GOLDEN) {
        fs.mkdirSync(FOLDER, { recursive: true });
        fs.writeFileSync(file, shot);
        return;
      }
      const found = await apart(browser, fs.readFileSync(file), shot);
      worst.push(found.share);
      const good = found.widths && found.height <= HEIGHT && found.share <= SHARE;
      if (!good) fs.writeFileSync(path.join(FOLDER, `${name}-${theme}-${width}.found.png`), shot);
      assert.ok(good, `${path.basename(file)}: ${JSON.stringify(found)}; beside it lies what was found`);
    }, { viewport: { width, height: 900 }, colorScheme: theme, reducedMotion: "reduce", deviceScaleFactor: 0.5 });
  }
  if (worst.length) console.log(`     at most ${(100 * Math.max(...worst)).toFixed(2)} % of the picture differs`);
};

export default Object.fromEntries(Object.keys(STATES).flatMap((name) => ["light", "dark"].map((theme) =>
  [`${name} looks as it did, ${theme}`, claim(name, theme)])));
