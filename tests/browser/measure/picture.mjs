// `./dev picture`: the README's picture, taken from the built page: one look back, and an aim.
import { chromium } from "playwright-core";
import { at, says, until } from "../support/page.mjs";
import { serve, CHROMIUM, FLAGS } from "../support/server.mjs";

const { url, close } = await serve("dist");
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
const page = await (await browser.newContext({
  viewport: { width: 1180, height: 1000 }, colorScheme: "light", deviceScaleFactor: 1.5,
})).newPage();
await page.goto(url);
await until(page, "engine", "cpu");
const stage = await at(page, "stage").boundingBox();
const point = (x, y) => [stage.x + stage.width * x, stage.y + stage.height * y];
await page.mouse.click(...point(0.68, 0.32));
await says(page, "status", /rank/);
await page.mouse.move(...point(0.3, 0.3), { steps: 5 });
await page.waitForTimeout(500);
const box = await page.locator("#app").boundingBox();
await page.screenshot({
  path: "docs/page.png", fullPage: true,
  clip: { x: box.x, y: 0, width: box.width, height: stage.y + stage.height + 130 },
});
console.log("docs/page.png");
await browser.close();
close();
