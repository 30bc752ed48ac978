// Everything that can be timed, behind one face: { name, about, round(what) → { ms, … }, cpuMs(),
// memoryMib(), close() }.
//
//   seq-jepa:1      this project natively, one thread        torch:1   PyTorch   ort:1   ONNX Runtime
//   page:ours-wasm  a page in a Chromium of its own; others are ours-webgpu, ours-unfused, tfjs-webgpu,
//                   tfjs-wasm, jax-webgpu, ort-webgpu, ort-wasm
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS } from "../../tests/browser/support/server.mjs";
import { children, cpuMs, memoryMib } from "../machine.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** Where `./dev bench peers` installs and builds. */
const CACHE = process.env.SEQ_JEPA_PEERS;
const ROUND_MS = 400_000;

/** Folders that a page may load from. */
const FOLDERS = { pages: path.join(HERE, "pages"), packages: path.join(CACHE, "node_modules"),
  ours: path.join(CACHE, "ours"), onnx: path.join(CACHE, "onnx") };

/** With `profile`, a page knows the round `profiled`: see profile.js. */
export function contender(name, config, { profile = false } = {}) {
  const [kind, detail] = name.split(":");
  if (kind === "page") return page(name, detail, config, profile);
  const python = path.join(CACHE, "python/bin/python");
  const side = config === "c" ? 64 : 32;
  const [program, words] = {
    "seq-jepa": () => [process.env.SEQ_JEPA_BENCH, [config, "--serve"]],
    torch: () => [python, [path.join(HERE, "torch_peer.py"), config, detail]],
    ort: () => [python, [path.join(HERE, "ort_peer.py"), path.join(CACHE, `onnx/encoder_${side}.onnx`), detail]],
  }[kind]();
  // Waiting threads that spin would take the cores of whoever is timed beside them.
  const env = { ...process.env, RAYON_NUM_THREADS: detail, OMP_WAIT_POLICY: "PASSIVE" };
  return native(name, spawn(program, words, { env, stdio: ["pipe", "pipe", "inherit"] }));
}

async function native(name, child) {
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended; its message stands above`);
    return JSON.parse(value);
  };
  const about = await answer();
  return {
    name, about,
    round: (what) => {
      child.stdin.write(`${what}\n`);
      return answer();
    },
    cpuMs: () => cpuMs([child.pid]),
    memoryMib: () => memoryMib([child.pid]),
    close: () => child.stdin.end(),
  };
}

async function page(name, peer, config, profile) {
  const server = await serve();
  const before = new Set(children());
  // Isolated from other origins, pages get clocks of 5 µs and memory that threads share.
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const own = children().filter((id) => !before.has(id));
  const tab = await browser.newPage();
  tab.setDefaultTimeout(ROUND_MS);
  const close = async () => {
    await browser.close();
    server.close();
  };
  try {
    await tab.addInitScript(profile ? { path: path.join(HERE, "profile.js") } : COUNTER);
    await tab.goto(`http://127.0.0.1:${server.address().port}/pages/peer.html?peer=${peer}&case=${config}`);
    await tab.waitForFunction(() => globalThis.peer);
    const about = await tab.evaluate(() => globalThis.peer.start());
    const round = (what) => tab.evaluate(timed, what);
    return { name, about, round, cpuMs: () => cpuMs(own), memoryMib: () => memoryMib(own), close };
  } catch (why) {
    await close();
    throw new Error(`${name}: ${why.message.split("\n")[0]}`);
  }
}

/** In the page: one round. */
async function timed(what) {
  if (what === "profiled") return globalThis.profiled();
  const [before, begun] = [{ ...globalThis.asked }, performance.now()];
  const result = await globalThis.peer[what]();
  const ms = performance.now() - begun;
  return { ms, submit_ms: result.submit_ms, dispatches: globalThis.asked.dispatches - before.dispatches };
}

/** In the page: counts what is asked of WebGPU. */
const COUNTER = `
  globalThis.asked = { dispatches: 0 };
  const dispatch = globalThis.GPUComputePassEncoder?.prototype.dispatchWorkgroups;
  if (dispatch) GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...sizes) {
    globalThis.asked.dispatches += 1;
    return dispatch.apply(this, sizes);
  };
`;

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

function serve() {
  const server = http.createServer((request, response) => {
    const [, folder, ...rest] = decodeURIComponent(new URL(request.url, "http://localhost").pathname).split("/");
    const file = path.join(FOLDERS[folder] ?? "/nowhere", ...rest);
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    const isolated = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
    fs.readFile(file, (missing, body) => {
      response.writeHead(missing ? 404 : 200, { "content-type": type, ...isolated }).end(body);
    });
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}
