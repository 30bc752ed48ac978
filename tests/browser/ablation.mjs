// Other weights and lesions: two choices, each said in words, and neither mixed into the other's scores.
import assert from "node:assert/strict";
import { at, says, until, withPage, words } from "./support/page.mjs";

const RANK = /rank ([\d.]+) of \d+; chance [\d.]+; copy-last [\d.]+; shuffled (\d+)/;

async function look(page, across, down) {
  const box = await at(page, "stage").boundingBox();
  const before = await words(page, "status");
  await page.mouse.move(box.x + box.width * across, box.y + box.height * down);
  await page.waitForSelector(".lens .tile[data-kind=guess][data-empty=false]");
  await page.mouse.click(box.x + box.width * across, box.y + box.height * down);
  await page.waitForFunction(([before, pattern]) => {
    const now = document.querySelector("[data-testid=status]").textContent.trim();
    return now !== before && new RegExp(pattern).test(now);
  }, [before, RANK.source]);
  const [, rank, shuffled] = (await words(page, "status")).match(RANK).map(Number);
  return { rank, shuffled };
}

/** A model that hears no action ranks the same whatever action it is told; ranks are told as whole numbers. */
async function isDeaf(page) {
  for (const [across, down] of [[0.7, 0.3], [0.3, 0.65]]) {
    const { rank, shuffled } = await look(page, across, down);
    assert.ok(Math.abs(rank - shuffled) <= 0.5, `rank ${rank}, shuffled ${shuffled}`);
  }
}

export default {
  "weights trained without actions are another model, deaf to them": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.selectOption("[data-testid=weights]", "no-action");
      await says(page, "ablated", /never told an action/);
      await says(page, "model", /without actions/);
      await until(page, "engine", "cpu");
      await isDeaf(page);
      await says(page, "session", /^2 looks/);
      await page.selectOption("[data-testid=weights]", "full");
      await page.waitForFunction(() => !document.querySelector("[data-testid=session]"));
      await says(page, "model", /^(?!.*without actions).*step/);
      assert.equal(await words(page, "ablated"), "");
    }),

  "a lesion deafens the same weights, starts scores anew and shows on the panel": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      const model = await words(page, "model");
      await look(page, 0.6, 0.4);
      await says(page, "session", /^1 look/);
      await page.selectOption("[data-testid=lesion]", "next");
      await says(page, "ablated", /nothing moves/);
      assert.equal(await at(page, "lens").getAttribute("data-ablated"), "true");
      assert.equal(await at(page, "session").count(), 0);
      assert.ok(await at(page, "trials").isDisabled());
      assert.equal(await words(page, "model"), model);
      await isDeaf(page);
      for (const [i, lesion] of ["past", "shuffled", "views", "order", "none"].entries()) {
        await page.selectOption("[data-testid=lesion]", lesion);
        // Each time elsewhere: a pointer that rests aims at nothing anew.
        await look(page, 0.3 + 0.1 * i, 0.25);
      }
      assert.equal(await at(page, "lens").getAttribute("data-ablated"), "false");
    }),

  "untrained weights are the same run at step 0, by choice and by address": (browser, url) =>
    withPage(browser, `${url}#w=untrained&les=past`, async (page) => {
      await says(page, "model", /step 0 · untrained/);
      await says(page, "ablated", /before the first step.*nothing moved/);
      await until(page, "engine", "cpu");
      await look(page, 0.7, 0.3);
      await page.selectOption("[data-testid=weights]", "full");
      await says(page, "model", /step [1-9]/);
      await page.selectOption("[data-testid=weights]", "untrained");
      await says(page, "model", /step 0/);
    }),

  "turns have both choices too": (browser, url) =>
    withPage(browser, `${url}#m=rot&w=no-action`, async (page) => {
      await says(page, "model", /without actions/);
      await until(page, "engine", "cpu");
      await page.click("[data-testid=auto]");
      await says(page, "status", RANK);
      const [, rank, shuffled] = (await words(page, "status")).match(RANK).map(Number);
      assert.ok(Math.abs(rank - shuffled) <= 0.5, `rank ${rank}, shuffled ${shuffled}`);
      await page.selectOption("[data-testid=lesion]", "next");
      await page.click("[data-testid=auto]");
      await says(page, "session", /^1 turn|^1 look/);
    }),
};
