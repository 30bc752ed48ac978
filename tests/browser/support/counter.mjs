// What an engine asks of WebGPU between a command and its answer: counted inside the worker.

/** Goes before the GPU engine's loader. Told over a channel: one entry a command, in order. */
const COUNTER = `
  const counts = { dispatches: 0, submits: 0, pipelines: 0, buffers: 0 };
  const count = (type, name, key) => {
    const prototype = self[type]?.prototype;
    const original = prototype?.[name];
    if (!original) return;
    prototype[name] = function (...rest) { counts[key] += 1; return original.apply(this, rest); };
  };
  count("GPUComputePassEncoder", "dispatchWorkgroups", "dispatches");
  count("GPUComputePassEncoder", "dispatchWorkgroupsIndirect", "dispatches");
  count("GPUQueue", "submit", "submits");
  count("GPUDevice", "createComputePipeline", "pipelines");
  count("GPUDevice", "createBuffer", "buffers");
  const asked = [];
  self.addEventListener("message", () => asked.push({ from: { ...counts }, to: null }));
  const post = self.postMessage;
  self.postMessage = function (...rest) {
    if (asked.length > 0) asked.at(-1).to = { ...counts };
    return post.apply(this, rest);
  };
  const channel = new BroadcastChannel("gpu-counts");
  channel.onmessage = () => channel.postMessage(asked.splice(0));
`;

/** For `serve`: puts the counter before the engine. */
export const counted = (name, body) => name.endsWith("worker_gpu_loader.js") ? COUNTER + body : body;

/** What each command since the last call asked for. */
export async function asked(page) {
  const all = await page.evaluate(() => new Promise((done) => {
    const channel = new BroadcastChannel("gpu-counts");
    channel.onmessage = (event) => { channel.close(); done(event.data); };
    channel.postMessage("tell");
  }));
  return all.filter(({ to }) => to).map(({ from, to }) =>
    Object.fromEntries(Object.entries(to).map(([key, value]) => [key, value - from[key]])));
}
