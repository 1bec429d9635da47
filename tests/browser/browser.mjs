// Debian's Chromium, and pages in it that note their faults.
import axe from "axe-core";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

// How long a page may take until it shows what a test waits for: a busy machine is slow.
const PATIENCE = 60_000;

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.PI_CHROMIUM,
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
}

// A tab with cookies of its own.
export async function openTab(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  return new Tab(page);
}

class Tab {
  faults = [];  // Errors on the console, which include violations of the page's CSP.

  constructor(page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(error.stack ?? error.message));
  }

  // The root element with these attributes, such as { connection: "live" }.
  async waitForRoot(data) {
    const attributes = Object.entries(data).map(([name, value]) => `[data-${name}="${value}"]`);
    await this.page.waitForSelector(`html${attributes.join("")}`);
  }

  // The attributes of the root element, which tell the page's state.
  root() {
    return this.page.evaluate(() => ({ ...document.documentElement.dataset }));
  }

  // Waits until a number in an attribute of a panel is between these, and returns it.
  async waitForNumber(panel, name, { above = -Infinity, below = Infinity }) {
    const found = await this.page.waitForFunction(
      ([selector, name, above, below]) => {
        const value = Number(document.querySelector(selector)?.dataset[name] ?? "none");
        return value > above && value < below && { value };
      },
      [`[data-panel="${panel}"]`, name, above, below],
    );
    return (await found.jsonValue()).value;
  }

  // Shows a panel alone, such as "workers" or "job=7".
  async showAlone(route) {
    await this.page.evaluate((route) => (location.hash = route), route);
    await this.page.waitForSelector(`body[data-alone="${route.split("=")[0]}"]`);
  }

  // Serious faults of accessibility, a line each.
  async barriers() {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(() => window.axe.run());
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
        `${id}: ${target.join(" ")}: ${failureSummary}`));
  }

  async picture(name) {
    mkdirSync(process.env.PI_PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(process.env.PI_PICTURES, `${name}.png`) });
  }

  // The page as it is printed on A4, kept beside the pictures.
  async pdf(name) {
    mkdirSync(process.env.PI_PICTURES, { recursive: true });
    const path = join(process.env.PI_PICTURES, `${name}.pdf`);
    return this.page.pdf({ path, format: "A4", printBackground: true });
  }

  close() {
    return this.page.context().close();
  }
}
