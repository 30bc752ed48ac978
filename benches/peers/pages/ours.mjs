// This project, built from benches/page.rs. Backends: wasm, webgpu, and unfused (webgpu, of burn's own
// operations).

export function open(backend, name) {
  const build = backend === "wasm" ? "cpu" : "gpu";
  let page;
  return {
    async start() {
      page = await import(`/ours/${build}/bench_page.js`);
      await page.default();
      const parameters = await page.start(name, backend === "unfused");
      return { library: "seq-jepa", parameters };
    },
    async step() {
      const [loss, submit_ms] = await page.step();
      return { loss, submit_ms };
    },
    encode: () => page.encode(),
  };
}
