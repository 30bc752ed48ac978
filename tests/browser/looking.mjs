// Looking about, in both worlds, by pointer and by keyboard.
import assert from "node:assert/strict";
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
