// After the first visit the page works without a network, and a new build is seen at once.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { at, says, until } from "./support/page.mjs";
import { serve } from "./support/server.mjs";

/** A folder of its own with the page, so that it can change and go away. */
async function visit(browser, check) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seq-jepa-offline-"));
  fs.cpSync("dist", folder, { recursive: true });
  const { url, close } = await serve(folder);
  const context = await browser.newContext();
  const page = await context.newPage();
  try {
    await page.goto(url);
    await until(page, "engine", "cpu");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
    await check({ page, url, close, folder });
  } finally {
    await context.close();
    close();
    fs.rmSync(folder, { recursive: true });
  }
}

export default {
  "after one visit the page looks and trains without a network": (browser) =>
    visit(browser, async ({ page, url, close }) => {
      close();
      await page.context().setOffline(true);
      await page.goto(`${url}#m=rot`);
      await page.reload();
      await until(page, "world", "rotation");
      await until(page, "engine", "cpu");
      await page.click("[data-testid=auto]");
      await says(page, "session", /^1 look/);
      await page.selectOption("[data-testid=weights]", "no-action");
      await says(page, "model", /without actions/);
      await page.click("[data-testid=train-toggle]");
      await page.selectOption("[data-testid=engine]", "cpu");
      await page.click("[data-testid=step]");
      await says(page, "run-step", /step 1/);
      assert.match(await at(page, "badge").textContent(), /Live/);
    }),

  "a new build replaces the old one with its first load": (browser) =>
    visit(browser, async ({ page, folder }) => {
      const change = (name, edit) => {
        const file = path.join(folder, name);
        fs.writeFileSync(file, edit(fs.readFileSync(file, "utf8")));
      };
      const old = await page.getAttribute("meta[name=build]", "content");
      assert.match(old, /^[0-9a-f]{16}$/);
      const next = "0123456789abcdef";
      for (const name of ["index.html", "offline.js"]) change(name, (text) => text.replaceAll(old, next));
      change("start.js", (text) => `document.documentElement.dataset.next = "yes";\n${text}`);
      await page.reload();
      await until(page, "engine", "cpu");
      assert.equal(await page.evaluate(() => document.documentElement.dataset.next), "yes");
      await page.waitForFunction(async (next) => {
        const names = await caches.keys();
        return names.length === 1 && names[0] === `seq-jepa ${next}`;
      }, next);
    }),
};
