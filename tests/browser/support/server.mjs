// A static server over a folder on a port of its own, and the browser that the scripts drive.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import zlib from "node:zlib";

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Headless, with the software WebGPU adapter, and without Chromium's own network traffic. */
export const FLAGS = [
  "--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
];

const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm",
  ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png",
};

/** A file as a host packs it, once. */
const packs = new Map();
function pack(file) {
  if (!packs.has(file)) {
    const quality = { [zlib.constants.BROTLI_PARAM_QUALITY]: 9 };
    packs.set(file, zlib.brotliCompressSync(fs.readFileSync(file), { params: quality }));
  }
  return packs.get(file);
}

/** Serves `root`, `packed` with brotli or as it is; `rewrite(name, text)` may change scripts on their way. */
export function serve(root, { rewrite, packed } = {}) {
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const file = path.join(root, name.endsWith("/") ? `${name}index.html` : name);
    if (!fs.existsSync(file) || fs.statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    if (packed && request.headers["accept-encoding"]?.includes("br")) {
      const headers = { "content-type": type, "content-encoding": "br", "cache-control": "max-age=600" };
      response.writeHead(200, headers).end(pack(file));
      return;
    }
    response.writeHead(200, { "content-type": type });
    if (rewrite && type === "text/javascript") response.end(rewrite(name, fs.readFileSync(file, "utf8")));
    else fs.createReadStream(file).pipe(response);
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => {
    const url = `http://127.0.0.1:${server.address().port}/`;
    done({ url, close: () => server.close() });
  }));
}

// Lets a test break a worker from outside: a GPU that is lost as by a driver's reset, a script that
// throws. Workers hear it on a channel of their kind.
const ACCIDENTS = `
  const request = self.GPUAdapter?.prototype.requestDevice;
  if (request) self.GPUAdapter.prototype.requestDevice = async function (...rest) {
    const device = await request.apply(this, rest);
    new BroadcastChannel("lose-gpu").onmessage = () => device.destroy();
    return device;
  };
  const crash = () => setTimeout(() => { throw new Error("crashed by a test"); });
  new BroadcastChannel("crash-workers").onmessage = crash;
  const makers = new BroadcastChannel("crash-makers");
  if (self.location.pathname.includes("worker_views")) makers.onmessage = () => {
    makers.postMessage("crashed");
    crash();
  };
`;

/** For `serve`: workers with which accidents happen. */
export const accidents = (name, body) => (/worker_\w+_loader\.js$/.test(name) ? ACCIDENTS + body : body);

/** Crashes the workers that make views, and waits until one says so. */
export const crashMakers = (page) => page.evaluate(() => new Promise((done) => {
  const channel = new BroadcastChannel("crash-makers");
  channel.onmessage = () => done();
  channel.postMessage("now");
}));

/** Lets one happen. */
export const happen = (page, accident) =>
  page.evaluate((name) => new BroadcastChannel(name).postMessage("now"), accident);
