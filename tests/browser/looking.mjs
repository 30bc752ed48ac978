// Looking about, in both worlds, by pointer and by keyboard.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { at, says, until, withPage, words } from "./support/page.mjs";

const RANK = /rank [\d.]+ of (\d+); chance [\d.]+; copy-last [\d.]+; shuffled \d+/;

async function live(page) {
  await until(page, "engine", "cpu");
}

export default {
  "a look tells its rank beside three nulls": (browser, url) =>
    withPage(browser, url, async (page) => {
      await live(page);
      const box = await at(page, "stage").boundingBox();
      await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await says(page, "status", RANK);
      assert.equal((await words(page, "status")).match(RANK)[1], "81");
      assert.match(await words(page, "session"), /^1 look/);
    }),

  "the recorded first frame is what the live page finds": (browser, url) =>
    withPage(browser, url, async (page) => {
      const { row, col, rank } = await page.$eval("#recorded", (frame) => ({ ...frame.dataset }));
      assert.match(await page.textContent("#recorded figcaption"), new RegExp(`ranks ${rank} of 81`));
      await live(page);
      for (const [field, px] of [["row", row], ["col", col]]) {
        await page.fill(`[data-testid=${field}]`, px);
        await page.press(`[data-testid=${field}]`, "Tab");
      }
      await page.click("[data-testid=look]");
      await says(page, "status", RANK);
      assert.match(await words(page, "status"), new RegExp(`rank ${rank} of 81`));
    }),

  // The heads that the native evaluation fits as well do not matter here: few sequences are quick.
  "200 random trials tell what the native program tells": (browser, url) =>
    withPage(browser, url, async (page) => {
      await live(page);
      await page.click("[data-testid=trials]");
      await says(page, "trials-line", /^\d+ of 200 trials/);
      const box = await at(page, "stage").boundingBox();
      await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await says(page, "status", RANK); // A look does not wait for them.
      assert.match(await words(page, "trials-line"), /^\d+ of 200 trials/);
      await page.waitForFunction(() =>
        /^200 random/.test(document.querySelector("[data-testid=trials-line]").textContent.trim()), null, { timeout: 120_000 });
      const line = await words(page, "trials-line");
      const [, rank, of, chance] = line.match(/median rank ([\d.]+) \[[\d.]+, [\d.]+\] of (\d+); chance (\d+); copy-last/).map(Number);
      const native = execFileSync(process.env.SEQ_JEPA, ["eval", "assets/checkpoints/saccade-tiny.safetensors",
        "--trials", "200", "--seed", "1", "--sequences", "60", "--json"], { stdio: ["ignore", "pipe", "ignore"] });
      const expected = JSON.parse(native).rank;
      assert.deepEqual([of, chance], [81, expected.chance]);
      assert.ok(rank >= expected.interval.low && rank <= expected.interval.high, `${line}; natively ${expected.median}`);
    }),

  "three looks by keyboard alone": (browser, url) =>
    withPage(browser, url, async (page) => {
      await live(page);
      await at(page, "stage").focus();
      for (const key of ["ArrowUp", "ArrowLeft", "ArrowDown"]) {
        const before = await words(page, "status");
        for (let i = 0; i < 3; i += 1) await page.keyboard.press(`Shift+${key}`);
        await page.waitForTimeout(200);
        await page.keyboard.press("Enter");
        await page.waitForFunction((before) =>
          document.querySelector("[data-testid=status]").textContent.trim() !== before, before);
      }
      await says(page, "session", /3 looks/);
    }),

  "row and column fields look without a pointer": (browser, url) =>
    withPage(browser, url, async (page) => {
      await live(page);
      await page.fill("[data-testid=row]", "24");
      await page.press("[data-testid=row]", "Tab");
      await page.fill("[data-testid=col]", "64");
      await page.press("[data-testid=col]", "Tab");
      await page.click("[data-testid=look]");
      await says(page, "status", RANK);
    }),

  "a turn is revealed among 65 poses": (browser, url) =>
    withPage(browser, `${url}#m=rot`, async (page) => {
      await live(page);
      const box = await at(page, "stage").boundingBox();
      await page.mouse.move(box.x + 200, box.y + 200);
      await page.mouse.down();
      await page.mouse.move(box.x + 300, box.y + 170, { steps: 4 });
      await page.mouse.up();
      await says(page, "status", RANK);
      assert.equal((await words(page, "status")).match(RANK)[1], "65");
      assert.match(await words(page, "status"), /° apart/);
    }),

  "a broken checkpoint is told and the model goes on": (browser, url) =>
    withPage(browser, url, async (page) => {
      await live(page);
      await page.setInputFiles("[data-testid=open-checkpoint]",
        { name: "bad.safetensors", mimeType: "", buffer: Buffer.from("bad") });
      await at(page, "error-card").waitFor();
      await page.click("[data-testid=dismiss]");
      await page.click("[data-testid=auto]");
      await says(page, "status", RANK);
    }),
};
