// The worlds are the same in the browser as natively: `tests/golden/world.json`, to which the native
// tests hold them too.
import assert from "node:assert/strict";
import fs from "node:fs";
import { withPage } from "./support/page.mjs";
import { hello, sample, sampled } from "./support/wire.mjs";

const golden = JSON.parse(fs.readFileSync(new URL("../golden/world.json", import.meta.url)));
const version = Number(fs.readFileSync(new URL("../../src/protocol/mod.rs", import.meta.url), "utf8")
  .match(/VERSION: u16 = (\d+)/)[1]);

/** What a worker of its own answers to one command after its two greetings. */
const ask = (page, command) => page.evaluate(([greeting, command]) => new Promise((done, fail) => {
  const worker = new Worker("./worker_cpu_loader.js", { type: "module" });
  const post = (bytes) => worker.postMessage(Uint8Array.from(bytes));
  const answers = [];
  worker.onerror = (event) => fail(new Error(event.message));
  worker.onmessage = ({ data }) => {
    answers.push([...new Uint8Array(data.buffer ?? data)]);
    if (answers.length === 1) [greeting, command].forEach(post);
    if (answers.length === 3) {
      worker.terminate();
      done(answers[2]);
    }
  };
}), [hello(version), command]);

const same = (world) => (browser, url) => withPage(browser, url, async (page) => {
  const { rgb, actions } = sampled(await ask(page, sample(world, 1, 0, 4)));
  assert.deepEqual(actions, golden[world].actions, "every bit of the actions");
  const expected = Buffer.from(golden[world].views.join(""), "hex");
  assert.equal(rgb.length, expected.length);
  const farthest = rgb.reduce((most, byte, i) => Math.max(most, Math.abs(byte - expected[i])), 0);
  assert.ok(farthest <= 1, `a pixel differs by ${farthest} of 255`);
});

export default {
  "saccades are those of the native program": same("saccade"),
  "rotations are those of the native program": same("rotation"),
};
