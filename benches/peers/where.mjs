// `./dev bench where`: where a training step goes, kernel by kernel on WebGPU (every dispatch in a pass of
// its own with timestamps), function by function natively (samples of `perf`, by the fused operation that
// they are in). On a software adapter the shares are those of a CPU that plays a GPU.
//
// Usage: where.mjs [CASE] [--unfused] [--json]
import { execFileSync } from "node:child_process";
import { contender } from "./contenders.mjs";
import { printMachine } from "../machine.mjs";

const words = process.argv.slice(2);
const json = words.includes("--json");
const unfused = words.includes("--unfused");
const config = words.find((word) => !word.startsWith("--")) ?? "a";

printMachine(json);
print("webgpu", await onWebGpu());
print("native, one thread", natively());

function print(where, shares) {
  const sum = shares.reduce((total, { ms }) => total + ms, 0);
  const rows = shares.map((row) => ({ ...row, share: row.ms / sum })).sort((a, b) => b.ms - a.ms);
  if (json) return console.log(JSON.stringify({ where, config, unfused, ms: sum, rows }));
  console.log(`${where}, ${config}${unfused ? ", unfused" : ""}: ${sum.toFixed(1)} ms`);
  for (const { name, ms, n, share } of rows.filter((row) => row.share >= 0.005)) {
    console.log(`  ${(100 * share).toFixed(1).padStart(5)} %  ${ms.toFixed(2).padStart(9)} ms  ${n === undefined ? "" : `${n} × `}${name}`);
  }
}

async function onWebGpu() {
  const one = await contender(unfused ? "page:ours-unfused" : "page:ours-webgpu", config, { profile: true });
  await one.round("step");
  await one.round("step");
  const { kernels } = await one.round("profiled");
  await one.close();
  // A kernel's name ends with its variant.
  return grouped(kernels.map(({ name, ms }) => [name.replace(/_(kernel|entry|c_f32|t_f32).*/, ""), ms]), true);
}

function natively() {
  const rounds = 20;
  const env = { ...process.env, RAYON_NUM_THREADS: "1" };
  const record = ["record", "-q", "-F", "999", "--call-graph", "dwarf,16384", "-o", "-", process.env.SEQ_JEPA_BENCH,
    config, "--steps", "--rounds", String(rounds), ...(unfused ? ["--unfused"] : [])];
  const options = { env, maxBuffer: 2 ** 31, stdio: ["ignore", "pipe", "ignore"] };
  const samples = execFileSync("perf", record, options);
  const script = ["script", "-F", "ip,sym", "-i", "-"];
  const text = execFileSync("perf", script, { ...options, input: samples, stdio: ["pipe", "pipe", "ignore"] }).toString();
  const stacks = text.split("\n\n").filter((stack) => stack.includes("seq_jepa"));
  // Two rounds warm up.
  return grouped(stacks.map((stack) => [owner(stack), 1000 / 999 / (rounds + 2)]), false);
}

/** The outermost function of a fused operation, closures and generics left out. */
function owner(stack) {
  const found = [...stack.matchAll(/seq_jepa::fused::cpu::(?!lanes|machine|pieces|ops)(\w+)::(\w+)/g)].at(-1);
  if (found) return `${found[1]}::${found[2]}`;
  return stack.includes("seq_jepa::fused") ? "fused, inlined where not told" : "burn and the trainer";
}

function grouped(pairs, counted) {
  const rows = new Map();
  for (const [name, ms] of pairs) {
    const row = rows.get(name) ?? { name, ms: 0, n: 0 };
    rows.set(name, { name, ms: row.ms + ms, n: row.n + 1 });
  }
  return [...rows.values()].map(({ n, ...row }) => (counted ? { ...row, n } : row));
}
