// Prints the brotli bytes of each wasm in dist/ as JSON lines and fails above the limits.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";

const LIMITS = [
  { part: "page", pattern: /^page-.*_bg\.wasm$/, limit: 250_000, goal: 200_000 },
  { part: "worker_views", pattern: /^worker_views_bg\.wasm$/, limit: 80_000, goal: 80_000 },
  { part: "worker_cpu", pattern: /^worker_cpu_bg\.wasm$/, limit: 450_000, goal: 400_000 },
  { part: "worker_gpu", pattern: /^worker_gpu_bg\.wasm$/, limit: 3_000_000, goal: 3_000_000 },
];

const dist = process.argv[2] ?? "dist";
let over = 0;
for (const { part, pattern, limit, goal } of LIMITS) {
  const name = fs.readdirSync(dist).find((file) => pattern.test(file));
  if (!name) {
    console.log(JSON.stringify({ part, missing: true }));
    over += 1;
    continue;
  }
  const bytes = fs.readFileSync(path.join(dist, name));
  const brotli = zlib.brotliCompressSync(bytes, {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;
  if (brotli > limit) over += 1;
  console.log(JSON.stringify({ part, bytes: bytes.length, brotli, limit, goal, within: brotli <= limit }));
}
process.exit(over === 0 ? 0 : 1);
