// Drives the built page in headless Chromium: `node tests/browser/run.mjs [dist] [subject …]`.
//
// Serves the folder as static files on a port of its own and runs every subject, a file beside this
// one that exports claims: `export default { "sentence": async (browser) => {…} }`. Prints one line a
// claim and `N passed, N failed` at the end. Reads no network but its own server.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm",
  ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png",
};

const here = path.dirname(fileURLToPath(import.meta.url));
const [dist = "dist", ...wanted] = process.argv.slice(2);

function serve(root) {
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const file = path.join(root, name.endsWith("/") ? `${name}index.html` : name);
    if (!fs.existsSync(file) || fs.statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((done) => server.listen(0, () => done(server)));
}

const subjects = fs.readdirSync(here)
  .filter((name) => name.endsWith(".mjs") && name !== "run.mjs" && name !== "page.mjs")
  .filter((name) => wanted.length === 0 || wanted.includes(path.basename(name, ".mjs")));

const server = await serve(dist);
const url = `http://localhost:${server.address().port}/`;
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
server.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
