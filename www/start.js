// Starts the page's program; when that fails, the recorded picture stays and the badge says so.
const { js, wasm } = document.getElementById("start").dataset;
const here = (path) => new URL(path, document.baseURI).href;
try {
  const program = await import(here(js));
  await program.default({ module_or_path: here(wasm) });
} catch (why) {
  console.error(why);
  document.getElementById("shell-badge").textContent = "Recorded only: this browser could not run the live page";
}
