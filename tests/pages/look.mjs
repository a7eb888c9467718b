// Opens every HTML document of a folder in headless Chromium and says what is wrong with it:
// violations that axe-core finds in light and dark, text that needs scripts, requests that leave
// the page, and content wider than a small screen.
//
// node look.mjs FOLDER

import { readdirSync, readFileSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = resolve(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browsers = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];
const executablePath = browsers.find((path) => path && existsSync(path));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const faults = [];

/** Opens a page, hands it on, and closes it; every request but the page's own is a fault. */
async function open(name, options, look) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("request", (request) => {
    const ours = request.url().startsWith("data:") || request.isNavigationRequest();
    if (!ours) faults.push(`${name}: asks for ${request.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`${name}: ${message.text()}`);
  });
  await page.goto(pathToFileURL(join(folder, name)).href);
  const result = await look(page);
  await context.close();
  return result;
}

/** Every rule in light; in the dark only the colors are others. */
async function violations(name, page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  const rules = colorScheme === "dark" ? { runOnly: ["color-contrast"] } : {};
  const run = (rules) => globalThis.axe.run({ resultTypes: ["violations"], ...rules });
  const found = await page.evaluate(run, rules);
  for (const rule of found.violations) {
    const nodes = rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
    faults.push(`${name}, ${colorScheme}: ${rule.id} (${rule.nodes.length}): ${nodes.join(" | ")}`);
  }
}

const names = readdirSync(folder).filter((name) => name.endsWith(".html")).sort();
for (const name of names) {
  const text = (page) => page.innerText("body");
  const withScripts = await open(name, {}, async (page) => {
    const text = await page.innerText("body");
    await page.evaluate(axe);
    await violations(name, page, "light");
    await violations(name, page, "dark");
    await page.setViewportSize({ width: 320, height: 640 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > 320) faults.push(`${name}: ${wide} pixels wide on a screen of 320`);
    return text;
  });
  const without = await open(name, { javaScriptEnabled: false }, text);
  if (withScripts !== without) faults.push(`${name}: the text needs scripts`);
}
await browser.close();
for (const fault of faults) console.log(fault);
console.log(`${names.length} documents, ${faults.length} faults`);
process.exit(faults.length === 0 && names.length > 0 ? 0 : 1);
