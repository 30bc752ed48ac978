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

// For the next visit without a network; not before this one has what it needs.
function keepForLater() {
  if (!navigator.serviceWorker || navigator.connection?.saveData) return;
  const observer = new MutationObserver(() => {
    if (document.body.dataset.state !== "looking") return;
    observer.disconnect();
    navigator.serviceWorker.register(here("offline.js")).catch((why) => console.warn("not kept for offline:", why));
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-state"] });
}

try {
  keepForLater();
  const program = await import(here(js));
  await program.default({ module_or_path: here(wasm) });
} catch (why) {
  console.error(why);
  document.getElementById("shell-badge").textContent = "Recorded only: this browser could not run the live page";
}
