// `./dev bench soak`: whether memory grows while a model trains for long, on WebGPU and natively. Small
// views, so that a software adapter takes minutes; what leaks, leaks at every size.
//
// Usage: soak.mjs [STEPS] [--json]
import { contender } from "./contenders.mjs";
import { printMachine } from "../machine.mjs";

const CASE = "4x2x16";
const N_LOOKS = 10;

const words = process.argv.slice(2);
const json = words.includes("--json");
const steps = Number(words.find((word) => /^\d+$/.test(word)) ?? 2000);
const print = (row, text) => console.log(json ? JSON.stringify(row) : text);

printMachine(json);
for (const name of ["page:ours-webgpu", "seq-jepa:1"]) {
  const one = await contender(name, CASE);
  const looks = [];
  for (let step = 1; step <= steps; step += 1) {
    await one.round("step");
    if (step % Math.ceil(steps / N_LOOKS) === 0) looks.push({ step, mib: one.memoryMib() });
  }
  await one.close();
  const shown = looks.map(({ step, mib }) => `${mib} at ${step}`).join(", ");
  print({ contender: name, case: CASE, memory: looks }, `${name} ${CASE}: MiB ${shown}`);
}
