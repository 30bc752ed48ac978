// Trunk's last step: names the build by what it consists of, in the page and in its offline worker.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** Kept when it is used, not ahead: most visitors never train on a GPU, and many never imagine. */
const LATER = /^worker_gpu|\.decoder\./;

const staging = process.env.TRUNK_STAGING_DIR;
if (!staging) throw new Error("Trunk runs this: TRUNK_STAGING_DIR names the folder of the build");
const own = ["index.html", "offline.js"];
const files = fs.readdirSync(staging, { recursive: true })
  .map((name) => name.split(path.sep).join("/"))
  .filter((name) => fs.statSync(path.join(staging, name)).isFile())
  .filter((name) => !own.includes(name) && !path.basename(name).startsWith("."))
  .sort();
const hash = crypto.createHash("sha256");
for (const name of files) hash.update(name).update(fs.readFileSync(path.join(staging, name)));
// The page's own text counts as well; it does not name the build yet.
for (const name of own) hash.update(fs.readFileSync(path.join(staging, name)));
const build = hash.digest("hex").slice(0, 16);

/** Replaces what has to be there exactly once. */
function fill(name, empty, full) {
  const file = path.join(staging, name);
  const text = fs.readFileSync(file, "utf8");
  if (text.split(empty).length !== 2) throw new Error(`${name}: expected ${empty} once`);
  fs.writeFileSync(file, text.replace(empty, full));
}
fill("index.html", 'name="build" content=""', `name="build" content="${build}"`);
// What is on its way has to be told in bytes as they come out of the packing, which no header tells.
const program = files.find((name) => /^page-.*_bg\.wasm$/.test(name));
fill("index.html", 'name="bytes" content=""', `name="bytes" content="${fs.statSync(path.join(staging, program)).size}"`);
fill("offline.js", 'const BUILD = "";', `const BUILD = "${build}";`);
const ahead = files.filter((name) => !LATER.test(name));
fill("offline.js", "const FILES = [];", `const FILES = ${JSON.stringify(ahead)};`);
