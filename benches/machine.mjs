// The machine's own accounts: what it is, and the CPU time of a process with all its children. Of two
// programs on a shared machine the CPU time says more than the clock: others' work does not count.
import fs from "node:fs";
import os from "node:os";

const TICK_MS = 10;

/** What the machine is. */
export const machine = () => ({
  cpu: os.cpus()[0].model.trim(), cores: os.cpus().length,
  memory_gib: Math.round(os.totalmem() / 2 ** 30), node: process.version, date: new Date().toISOString(),
});

/** The machine in a line for readers, or in an object. */
export function printMachine(json) {
  const found = machine();
  console.log(json ? JSON.stringify({ machine: found }) : Object.values(found).join(" · "));
}

/** Smallest, middle and largest; nothing of nothing. */
export function spread(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted.at(-1) };
}

/** The same for readers. */
export const shown = ({ min, median, max }, digits) =>
  [min, median, max].map((value) => value.toFixed(digits)).join(" / ");

export const load = () => Number(os.loadavg()[0].toFixed(2));

/** Every process as [id, parent, CPU milliseconds]; none where there is no /proc. */
function processes() {
  if (!fs.existsSync("/proc/self/stat")) return [];
  const ids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.flatMap((id) => {
    try {
      const stat = fs.readFileSync(`/proc/${id}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [[Number(id), Number(fields[1]), (Number(fields[11]) + Number(fields[12])) * TICK_MS]];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

export const children = (id = process.pid) =>
  processes().filter(([, parent]) => parent === id).map(([child]) => child);

/** Processes with all their children. */
function family(roots) {
  const all = processes();
  const found = [];
  for (let wave = new Set(roots); wave.size > 0;) {
    found.push(...all.filter(([id]) => wave.has(id)));
    wave = new Set(all.filter(([, parent]) => wave.has(parent)).map(([id]) => id));
  }
  return found;
}

/** CPU milliseconds of processes and their children so far. */
export const cpuMs = (roots) => family(roots).reduce((sum, [, , ms]) => sum + ms, 0);

/** Memory of processes and their children in MiB; of what several share, each has its share. */
export function memoryMib(roots) {
  const kib = family(roots).map(([id]) => {
    try {
      return Number(fs.readFileSync(`/proc/${id}/smaps_rollup`, "utf8").match(/^Pss:\s+(\d+)/m)[1]);
    } catch {
      return 0; // It ended meanwhile.
    }
  });
  return Math.round(kib.reduce((sum, one) => sum + one, 0) / 1024);
}
