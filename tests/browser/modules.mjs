// What the built modules must not contain. Nothing else fails when it is there.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

// Before wasm-bindgen, which drops the names of functions.
const built = (profile, name) =>
  fs.readFileSync(path.join(process.env.CARGO_TARGET_DIR, "wasm32-unknown-unknown", profile, `${name}.wasm`));

export default {
  // The linker makes such wrappers round every export of a module that does not run its constructors
  // itself; each call from JavaScript then runs all of them, 95 % of a training step.
  "no engine runs its constructors again with every call": async () => {
    for (const [profile, name] of [["web-cpu", "worker_cpu"], ["web", "worker_gpu"]]) {
      const module = built(profile, name);
      assert.ok(module.includes("__wasm_call_ctors"), `${name}: names are there to look at`);
      assert.ok(!module.includes(".command_export"), `${name}: an export is wrapped: call worker::start first`);
    }
  },
};
