// What the subjects share: opening the page, and finding and waiting for things on it.
import assert from "node:assert/strict";

export const LIVE_MS = 30_000;

/** Opens the page in a context of its own and hands it to `check`; errors on the page fail the claim. */
export async function withPage(browser, url, check, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (why) => problems.push(why.message));
  try {
    await page.goto(url);
    await check(page);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

export const at = (page, id) => page.locator(`[data-testid=${id}]`);
export const words = async (page, id) => (await at(page, id).textContent()).trim();

/** Waits until `document.body.dataset[name]` is one of `values`. */
export const until = (page, name, ...values) => page.waitForFunction(
  ([name, values]) => values.includes(document.body.dataset[name]),
  [name, values],
  { timeout: LIVE_MS },
);

/** The same, for a line of text that has to match. */
export const says = (page, id, pattern) => page.waitForFunction(
  ([id, pattern]) => new RegExp(pattern).test(document.querySelector(`[data-testid=${id}]`)?.textContent ?? ""),
  [id, pattern.source],
  { timeout: LIVE_MS },
);

/** In the page: whether the run is beyond a step. */
export const isBeyond = (step) =>
  Number(document.querySelector("[data-testid=run-step]")?.textContent.match(/step (\d+)/)?.[1]) > step;
