// `./dev bench peers`: this project beside other libraries, both alive at once and timed in turns
// (A B, B A, …), so that whatever else the machine does meets both. Prints the machine, then each
// contender as minimum / median / maximum, then ratios pair by pair; with --json all of it as JSON lines.
//
// Usage: compare.mjs [native] [cpu] [gpu] [--rounds N] [--json]
import { contender } from "./contenders.mjs";
import { load, printMachine, shown, spread } from "../machine.mjs";

/** Ours first; the others are what it is divided by. A turn is so many steps in a row, as in training. */
const COMPARISONS = {
  native: [
    { what: "step", configs: ["a", "b", "c"], turn: 5, names: ["seq-jepa:1", "torch:1"] },
    { what: "step", configs: ["a", "b", "c"], turn: 5, names: ["seq-jepa:2", "seq-jepa:1"] },
    { what: "encode", configs: ["a", "c"], turn: 5, names: ["seq-jepa:1", "ort:1"] },
  ],
  cpu: [
    { what: "step", configs: ["a", "b"], names: ["page:ours-wasm", "page:tfjs-wasm"] },
    { what: "encode", configs: ["a"], names: ["page:ours-wasm", "page:tfjs-wasm", "page:ort-wasm"] },
  ],
  gpu: [
    { what: "step", configs: ["a"], rounds: 3, warm: 1, names: ["page:ours-webgpu", "page:tfjs-webgpu", "page:jax-webgpu"] },
    { what: "encode", configs: ["a"], rounds: 5, warm: 1, names: ["page:ours-webgpu", "page:jax-webgpu", "page:ort-webgpu"] },
    { what: "step", configs: ["tiny"], rounds: 5, names: ["page:ours-webgpu", "page:ours-unfused"] },
  ],
};
const [ROUNDS, WARM] = [15, 3];

const words = process.argv.slice(2);
const json = words.includes("--json");
const at = words.indexOf("--rounds");
const asked = at < 0 ? null : Number(words[at + 1]);
const sets = words.filter((word) => word in COMPARISONS);
const print = (row, text) => console.log(json ? JSON.stringify(row) : text);

printMachine(json);
for (const set of sets.length > 0 ? sets : Object.keys(COMPARISONS)) {
  for (const { configs, ...comparison } of COMPARISONS[set]) {
    for (const config of configs) await compare({ rounds: ROUNDS, warm: WARM, config, ...comparison });
  }
}

async function compare({ what, config, names, rounds, warm, turn = 1 }) {
  const contenders = [];
  try {
    for (const name of names) contenders.push(await contender(name, config));
    for (const one of contenders) await warmUp(one, what, warm);
    for (let round = 0; round < (asked ?? rounds); round += 1) {
      const order = round % 2 === 0 ? contenders : contenders.toReversed();
      for (const one of order) await timeRound(one, what, turn);
    }
    report(what, config, contenders);
  } catch (why) {
    print({ what, config, names, error: why.message }, `${what} ${config}: ${why.message}`);
    process.exitCode = 1;
  } finally {
    for (const one of contenders) await one.close();
  }
}

async function warmUp(one, what, rounds) {
  one.first_ms = (await one.round(what)).ms;
  for (let round = 1; round < rounds; round += 1) await one.round(what);
  one.rounds = [];
  one.cpu_ms = 0;
}

/** The middle one of a turn counts; its CPU time, too coarsely told for a single one, is their mean. */
async function timeRound(one, what, turn) {
  const before = one.cpuMs();
  const times = [];
  for (let i = 0; i < turn; i += 1) times.push(await one.round(what));
  times.sort((a, b) => a.ms - b.ms);
  one.rounds.push(times[turn >> 1]);
  one.cpu_ms += (one.cpuMs() - before) / turn;
}

function report(what, config, [ours, ...others]) {
  const first = (one) => `first ${one.first_ms.toFixed(0)}`;
  for (const one of [ours, ...others]) {
    const column = (key) => one.rounds.map((round) => round[key]);
    const row = {
      what, config, contender: one.name, about: one.about, rounds: one.rounds.length, load: load(),
      ms: spread(column("ms")), cpu_ms: one.cpu_ms / one.rounds.length, first_ms: one.first_ms,
      submit_ms: spread(column("submit_ms")), dispatches: column("dispatches").at(-1),
    };
    const parts = [`${what} ${config}`, one.name, shown(row.ms, 1), `ms, CPU ${row.cpu_ms.toFixed(0)}`, first(one)];
    if (row.submit_ms) parts.push(`submit ${shown(row.submit_ms, 1)}`);
    if (row.dispatches) parts.push(`${row.dispatches} dispatches`);
    print(row, parts.join("  "));
  }
  for (const other of others) {
    const ratio = (key) => spread(ours.rounds.map((round, i) => round[key] / other.rounds[i][key]));
    const row = {
      what, config, ratio: [ours.name, other.name], by_round: ratio("ms"),
      of_cpu: ours.cpu_ms / other.cpu_ms, of_first: ours.first_ms / other.first_ms, of_submit: ratio("submit_ms"),
    };
    const submit = row.of_submit ? `, of submitting ${shown(row.of_submit, 2)}` : "";
    print(row, `${what} ${config}  ${ours.name} / ${other.name}: ${shown(row.by_round, 2)}, `
      + `of CPU time ${row.of_cpu.toFixed(2)}, of the first round ${row.of_first.toFixed(2)}${submit}`);
  }
}
