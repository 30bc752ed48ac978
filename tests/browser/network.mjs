// What goes over the wire: nothing foreign, under a strict policy, and soon enough on a slow one.
import assert from "node:assert/strict";
import { at, says, until, withPage } from "./support/page.mjs";
import { serve } from "./support/server.mjs";

/** What the page may do; everything else is forbidden. */
const POLICY = {
  "default-src": ["'none'"],
  "script-src": ["'self'", "'wasm-unsafe-eval'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:", "blob:"],
  "connect-src": ["'self'"],
  "worker-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
};

/** 10 Mbit/s with 40 ms to and fro. */
const SLOW = { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 };

export default {
  "what is on its way is told in bytes": (browser, url) =>
    withPage(browser, "about:blank", async (page) => {
      const network = await page.context().newCDPSession(page);
      await network.send("Network.enable");
      await network.send("Network.emulateNetworkConditions", {
        offline: false, latency: 40, downloadThroughput: 3e6 / 8, uploadThroughput: 3e6 / 8,
      });
      const told = page.waitForFunction(() =>
        document.getElementById("shell-badge")?.textContent.match(/^Recorded · live page (\d+) %$/)?.[1], null, { polling: 20 });
      await page.goto(url, { waitUntil: "commit" });
      const share = Number(await (await told).jsonValue());
      assert.ok(share > 0 && share <= 100, `${share} %`);
    }),

  "a strict policy holds, and nothing is asked of another host": (browser, url) =>
    withPage(browser, "about:blank", async (page) => {
      const [foreign, broken] = [[], []];
      page.on("request", (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) foreign.push(request.url());
      });
      page.on("console", (line) => {
        if (/Content Security Policy/.test(line.text())) broken.push(line.text());
      });
      await page.goto(`${url}#train=1&engine=cpu`);
      await until(page, "engine", "cpu");
      await page.click("[data-testid=auto]");
      await says(page, "session", /^1 look/);
      await page.click("[data-testid=step]");
      await says(page, "run-step", /step 1/);
      const policy = await page.getAttribute("meta[http-equiv=Content-Security-Policy]", "content");
      const read = Object.fromEntries(policy.split(";").map((rule) => rule.trim().split(" "))
        .map(([name, ...sources]) => [name, sources]));
      assert.deepEqual(read, POLICY);
      assert.deepEqual([foreign, broken], [[], []]);
      assert.equal(await page.evaluate(() => document.cookie), "");
      const inline = await page.$$eval("script:not([src]), style, [onclick]", (all) => all.map((one) => one.outerHTML));
      assert.deepEqual(inline, []);
    }),

  "what the policy forbids is stopped": (browser, url) =>
    withPage(browser, url, async (page) => {
      await until(page, "engine", "cpu");
      const stopped = await page.evaluate(() => fetch("https://example.com/").then(() => "fetched", () => "stopped"));
      assert.equal(stopped, "stopped");
    }),

  // Packed as hosts do. The ceilings are thrice what two shared cores need; the goals are 0.5 and 3 s.
  "at 10 Mbit/s and a quarter of the speed the frame is there first and the model soon": async (browser) => {
    const { url, close } = await serve("dist", { packed: true });
    await withPage(browser, url, (page) => until(page, "engine", "cpu")); // Packs every file once.
    await withPage(browser, "about:blank", async (page) => {
      const session = await page.context().newCDPSession(page);
      await session.send("Network.enable");
      await session.send("Network.emulateNetworkConditions", SLOW);
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      const began = Date.now();
      await page.goto(url, { waitUntil: "commit" });
      await page.waitForFunction(() => [...document.querySelectorAll("#recorded image")].length > 0);
      const paint = await page.waitForFunction(() =>
        performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
      const frame = await paint.jsonValue();
      await until(page, "engine", "cpu");
      const live = Date.now() - began;
      const box = await at(page, "stage").boundingBox();
      await page.mouse.click(box.x + box.width * 0.7, box.y + box.height * 0.3);
      await says(page, "session", /^1 look/);
      console.log(`     first frame after ${Math.round(frame)} ms, live on the CPU after ${live} ms`);
      assert.ok(frame < 1500, `the frame came after ${Math.round(frame)} ms`);
      assert.ok(live < 9000, `live after ${live} ms`);
    });
    close();
  },
};
