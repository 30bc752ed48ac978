// Serves the page without a network after the first visit. The two values are filled in at build time by
// offline/build.mjs, so that every build is a worker of its own with a cache of its own.
const BUILD = "";
const FILES = [];

const CACHE = `seq-jepa ${BUILD}`;
const PAGE = new URL("./", self.location).href;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...FILES])));
});

self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET" || !url.startsWith(PAGE)) return;
  event.respondWith(mode === "navigate" ? page(event.request) : part(event.request));
});

async function forgetOthers() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith("seq-jepa ") && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The page of now where there is a network. One of another build must not meet this one's parts. */
async function page(request) {
  try {
    const answer = await fetch(request);
    const text = await answer.clone().text();
    if (answer.ok && !text.includes(`name="build" content="${BUILD}"`)) await caches.delete(CACHE);
    return answer;
  } catch (why) {
    return (await caches.match(PAGE)) ?? Promise.reject(why);
  }
}

/** A part of this build; what is too large to be kept ahead (the GPU engine) is kept when it is used. */
async function part(request) {
  if (!(await caches.has(CACHE))) return fetch(request);
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
