// What `./dev serve` does, seen from outside: the address answers with the page and all its parts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";

const PORT = 8099;
const UP_MS = 900_000;

const trunk = spawn("trunk", ["serve", "--release", "--port", `${PORT}`], { stdio: "inherit" });
let gone = false;
trunk.on("exit", () => { gone = true; });
const get = (name) => fetch(new URL(name, `http://127.0.0.1:${PORT}/`));
try {
  const began = Date.now();
  let page = null;
  while (page === null) {
    assert.ok(!gone && Date.now() - began < UP_MS, "trunk serve did not come up");
    await new Promise((later) => setTimeout(later, 1_000));
    page = await get("").then((answer) => answer.text(), () => null);
  }
  assert.match(page, /data-recorded="yes"/);
  const named = [...page.matchAll(/(?:href|src|data-js|data-wasm)="([^":#]+\.(?:js|css|wasm|png|svg))"/g)];
  const parts = new Set([...named.map((match) => match[1]), "worker_cpu_loader.js", "worker_gpu_loader.js"]);
  assert.ok(parts.size > 8, `the page names its parts: ${[...parts]}`);
  for (const part of parts) assert.equal((await get(part)).status, 200, part);
  console.log(`the served page and its ${parts.size} parts are there`);
} finally {
  trunk.kill("SIGINT");
}
