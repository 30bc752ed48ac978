// Starts the page's program; when that fails, the recorded picture stays and the badge says so.
const { js, wasm } = document.getElementById("start").dataset;
const here = (path) => new URL(path, document.baseURI).href;

// What the page will ask for anyway travels while it is being compiled.
const world = /[#&]m=rot\b/.test(location.hash) ? "rotation" : "saccade";
for (const path of ["worker_cpu_bg.wasm", `checkpoints/${world}-tiny.safetensors`]) {
  const early = Object.assign(document.createElement("link"),
    { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: here(path) });
  document.head.append(early);
}

// What can wait until this visit has what it needs: the engine for the GPU, and the next visit without a
// network.
function keepForLater() {
  const observer = new MutationObserver(() => {
    if (document.body.dataset.state !== "looking") return;
    observer.disconnect();
    const idle = globalThis.requestIdleCallback ?? ((what) => setTimeout(what, 2000));
    idle(() => fetchGpuEngine().catch((why) => console.warn("no engine for the GPU yet:", why)));
    if (!navigator.serviceWorker || navigator.connection?.saveData) return;
    navigator.serviceWorker.register(here("offline.js")).catch((why) => console.warn("not kept for offline:", why));
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-state"] });
}

/** The program as it arrives; after a while the badge tells how far it has got. */
async function arriving() {
  const response = await fetch(here(wasm));
  const total = Number(document.querySelector("meta[name=bytes]").content);
  const badge = document.getElementById("shell-badge");
  const began = performance.now();
  let n = 0;
  const counted = response.body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      n += chunk.length;
      if (total && performance.now() - began > 600) {
        badge.textContent = `Recorded · live page ${Math.min(100, Math.round((100 * n) / total))} %`;
      }
      controller.enqueue(chunk);
    },
  }));
  return new Response(counted, { status: response.status, headers: { "content-type": "application/wasm" } });
}

/** Once the page is live and idle: the engine for the GPU, where there is a real one to train on. */
async function fetchGpuEngine() {
  if (!navigator.gpu || navigator.connection?.saveData || navigator.deviceMemory < 4) return;
  const adapter = await navigator.gpu.requestAdapter();
  const { vendor, architecture, description, isFallbackAdapter } = adapter?.info ?? {};
  const software = /swiftshader|llvmpipe|lavapipe|basic render/i.test([vendor, architecture, description].join(" "));
  if (!adapter?.features.has("timestamp-query") || isFallbackAdapter || software) return;
  const engine = await fetch(here("worker_gpu_bg.wasm"), { priority: "low" });
  await engine.arrayBuffer();
  document.body.dataset.gpu = "ready";
}

try {
  keepForLater();
  const program = await import(here(js));
  await program.default({ module_or_path: arriving() });
} catch (why) {
  console.error(why);
  document.getElementById("shell-badge").textContent = "Recorded only: this browser could not run the live page";
}
