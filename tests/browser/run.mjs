// Drives the built page in headless Chromium: `node tests/browser/run.mjs [dist] [subject …]`.
//
// Serves the folder as static files on a port of its own and runs every subject, a file beside this
// one that exports claims: `export default { "sentence": async (browser) => {…} }`. Prints one line a
// claim and `N passed, N failed` at the end. Reads no network but its own server.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { counted } from "./support/counter.mjs";
import { accidents, serve, CHROMIUM, FLAGS } from "./support/server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const [dist = "dist", ...wanted] = process.argv.slice(2);

const subjects = fs.readdirSync(here)
  .filter((name) => name.endsWith(".mjs") && name !== "run.mjs")
  .filter((name) => wanted.length === 0 || wanted.includes(path.basename(name, ".mjs")));

const { url, close } = await serve(dist, {
  rewrite: (name, body) => accidents(name, counted(name, body)),
});
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
let [passed, failed] = [0, 0];
for (const subject of subjects) {
  const claims = (await import(path.join(here, subject))).default;
  for (const [claim, check] of Object.entries(claims)) {
    const began = Date.now();
    try {
      await check(browser, url);
      passed += 1;
      console.log(`ok   ${path.basename(subject, ".mjs")}: ${claim} (${Date.now() - began} ms)`);
    } catch (why) {
      failed += 1;
      console.log(`FAIL ${path.basename(subject, ".mjs")}: ${claim}\n     ${why.message}`);
    }
  }
}
await browser.close();
close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
