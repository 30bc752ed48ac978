// Links: the same looks again, locked or hidden parts, the stage alone, and addresses that make no sense.
import assert from "node:assert/strict";
import { at, says, until, withPage, words } from "./support/page.mjs";

const hash = (page) => page.evaluate(() => location.hash);
const link = (page) => page.$eval("[data-testid=share-link]", (field) => field.value);

/** Opens a link elsewhere and reads the last look's line. */
async function elsewhere(browser, address, n) {
  let line;
  await withPage(browser, address, async (page) => {
    await says(page, "session", new RegExp(`^${n} look`));
    line = await words(page, "rank-line");
    assert.equal(`${await page.evaluate(() => location.href.split("#")[0])}${await hash(page)}`, address);
  });
  return line;
}

export default {
  "a link makes the same looks again, with the same ranks": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      const box = await at(page, "stage").boundingBox();
      for (const [x, y, n] of [[0.7, 0.3, 1], [0.2, 0.5, 2]]) {
        await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
        await says(page, "session", new RegExp(`^${n} look`));
      }
      await page.mouse.move(2, 2);
      assert.match(await hash(page), /^#v=1&fx=(\d+\.\d+,){4}\d+\.\d+$/);
      assert.equal(await elsewhere(browser, await link(page), 2), await words(page, "rank-line"));
    }),

  "so does a link to turns, without actions heard": (browser, url) =>
    withPage(browser, `${url}#m=rot&img=2&les=next`, async (page) => {
      await until(page, "engine", "cpu");
      for (const [field, value, n] of [["yaw", "35", 1], ["roll", "-20", 2]]) {
        await page.fill(`[data-testid=${field}]`, value);
        await page.press(`[data-testid=${field}]`, "Tab");
        await page.click("[data-testid=look]");
        await says(page, "session", new RegExp(`^${n} look`));
      }
      assert.match(await hash(page), /^#v=1&m=rot&img=2&pose=0,0,0;/);
      assert.equal(await elsewhere(browser, await link(page), 2), await words(page, "rank-line"));
    }),

  "a link can aim": (browser, url) =>
    withPage(browser, `${url}#fx=48.24,32.64&next=72.40`, async (page) => {
      await says(page, "session", /^1 look/);
      await page.waitForFunction(() => document.querySelector("[data-testid=row]").value === "72");
      assert.match(await link(page), /&next=72\.40/);
    }),

  "another world is a step that Back leads back from": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.click("[data-testid=mode-rotate]");
      await until(page, "world", "rotation");
      await until(page, "engine", "cpu");
      assert.equal(await hash(page), "#v=1&m=rot");
      await page.goBack();
      await until(page, "world", "saccade");
      await until(page, "engine", "cpu");
      assert.equal(await hash(page), "");
    }),

  "what makes no sense in an address is told, and the rest is done": (browser, url) =>
    withPage(browser, `${url}#m=rot&seed=many&shape=round&img=1000000`, async (page) => {
      await until(page, "world", "rotation");
      const notes = await words(page, "address-notes");
      assert.match(notes, /seed=many.*left out/);
      assert.match(notes, /shape=round.*means nothing/);
      assert.match(notes, /img=1000000.*nearest was taken/);
    }),

  "an address can name a checkpoint beside the page, and none of another site": async (browser, url) => {
    await withPage(browser, `${url}#ck=checkpoints/saccade-tiny-no-action.safetensors`, async (page) => {
      await says(page, "model", /without actions/);
      await until(page, "engine", "cpu");
      assert.equal(await page.inputValue("[data-testid=weights]"), "opened");
      assert.match(await hash(page), /ck=checkpoints\/saccade-tiny-no-action\.safetensors/);
    });
    await withPage(browser, `${url}#ck=checkpoints/missing.safetensors`, async (page) => {
      await says(page, "error-card", /no checkpoint .checkpoints\/missing\.safetensors. beside this page/);
      await until(page, "engine", "cpu");
    });
    await withPage(browser, `${url}#ck=https://example.com/a.safetensors`, async (page) => {
      await says(page, "address-notes", /nothing from other sites/);
      await until(page, "engine", "cpu");
    });
  },

  "a checkpoint is peeked at before it takes the model's place": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      const file = "assets/checkpoints/rotation-tiny.safetensors";
      await page.setInputFiles("[data-testid=open-checkpoint]", file);
      await says(page, "peek", /rotation tiny · step 24000 · seed 1 · 1\.9 MB.*path probe ✓ · can be trained on ✕/);
      const rows = await page.$$eval("[data-testid=peek] tbody tr", (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
      assert.deepEqual(rows.find(([name]) => name === "steps"), ["steps", "24000", "16000"]);
      assert.match(await words(page, "model"), /step 16000/, "nothing was replaced yet");
      await page.click("[data-testid=peek-cancel]");
      assert.equal(await page.locator("[data-testid=peek]").count(), 0);
      await page.setInputFiles("[data-testid=open-checkpoint]", file);
      await page.click("[data-testid=peek-open]");
      await until(page, "world", "rotation");
      await says(page, "model", /step 24000/);
    }),

  "other objects can join the candidates, and a link says so": (browser, url) =>
    withPage(browser, `${url}#m=rot`, async (page) => {
      await until(page, "engine", "cpu");
      await page.click("[data-testid=auto]");
      await says(page, "status", /of 65;/);
      await page.check("[data-testid=hard]");
      await page.waitForFunction(() => /hard=1/.test(location.hash));
      await page.click("[data-testid=auto]");
      await says(page, "status", /of 129;.*(° apart|another object)/);
    }),

  "a picture that is pasted is looked at": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.evaluate(async () => {
        const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
        canvas.getContext("2d").fillRect(0, 0, 20, 30);
        const blob = await new Promise((done) => canvas.toBlob(done));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([blob], "mine.png", { type: "image/png" }));
        window.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
      });
      await says(page, "subject", /Your picture/);
      await page.click("[data-testid=share]");
      assert.match(await words(page, "share-box"), /stays on this device/);
    }),

  "a link can hide and lock parts": (browser, url) =>
    withPage(browser, `${url}#hide=train,files&lock=lesion`, async (page) => {
      await until(page, "engine", "cpu");
      assert.equal(await at(page, "train").isVisible(), false);
      assert.equal(await at(page, "files").isVisible(), false);
      assert.equal(await page.$eval("[data-panel=lesion]", (panel) => panel.inert), true);
      assert.equal(await page.$eval("[data-panel=path]", (panel) => panel.inert), false);
    }),

  "the stage can stand alone in another page": (browser, url) =>
    withPage(browser, `${url}#embed=stage`, async (page) => {
      await until(page, "engine", "cpu");
      assert.equal(await at(page, "lens").isVisible(), false);
      const box = await at(page, "stage").boundingBox();
      await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await says(page, "status", /rank/);
    }),

  "the share box gives links, a citation and a picture": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      await page.click("[data-testid=share]");
      const copies = async (id, words) => {
        await page.click(`[data-testid=${id}]`);
        await page.waitForFunction(async (words) =>
          new RegExp(words).test(await navigator.clipboard.readText()), words);
      };
      await copies("copy-link", "/$|#$");
      await copies("copy-locked", "lock=header,lenses,lesion");
      await copies("copy-embed", '^<iframe src="[^"]*embed=stage"');
      await copies("copy-citation", "2505.03176");
      const [file] = await Promise.all([page.waitForEvent("download"), page.click("[data-testid=save-picture]")]);
      assert.equal(file.suggestedFilename(), "seq-jepa.png");
    }, { permissions: ["clipboard-read", "clipboard-write"] }),
};
