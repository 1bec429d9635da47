// The page itself: its weight, its accessibility, and what is there without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTab, startBrowser } from "./browser.mjs";
import { Cluster } from "./cluster.mjs";

const WEIGHT_MAX = 300_000; // Bytes.
const ALONE = [
  ...["headline", "stream", "convergence", "throughput", "jobs", "workers", "scheduler", "log"],
  "job=1",
];

let browser, cluster;
before(async () => {
  [browser, cluster] = await Promise.all([startBrowser(), Cluster.start()]);
  cluster.startWorker("ada");
  await cluster.submit("1e15");
});
after(async () => {
  await browser?.close();
  await cluster?.end();
});

async function open(t, options) {
  const tab = await openTab(browser, options);
  t.after(() => tab.close());
  await tab.page.goto(await cluster.link());
  return tab;
}

test("the page is light, and is asked for again but not sent again", async (t) => {
  const tab = await open(t);
  const bytes = () =>
    tab.page.evaluate(() => {
      const loads = [
        ...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource"),
      ];
      return loads.reduce((sum, { transferSize }) => sum + transferSize, 0);
    });
  await tab.waitForRoot({ connection: "live" });
  const weight = await bytes();
  const time = await tab.page.evaluate(
    () => performance.getEntriesByType("navigation")[0].loadEventEnd,
  );
  t.diagnostic(`${weight} bytes, loaded in ${Math.round(time)} ms`);
  assert.ok(weight < WEIGHT_MAX);
  await tab.page.reload();
  await tab.waitForRoot({ connection: "live" });
  assert.ok((await bytes()) < 10_000);
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds no serious fault in the ${colorScheme} theme, in no panel alone`, async (t) => {
    const tab = await open(t, { colorScheme, reducedMotion: "reduce" });
    await tab.waitForNumber("stream", "boxes", { above: 0 });
    assert.equal((await tab.root()).theme, colorScheme);
    assert.deepEqual(await tab.barriers(), []);
    await tab.picture(colorScheme);
    for (const route of ALONE) {
      await tab.showAlone(route);
      assert.deepEqual(await tab.barriers(), [], route);
    }
    assert.deepEqual(tab.faults, []);
  });
}

test("a worker's leases are shown by keys alone", async (t) => {
  const tab = await open(t);
  await tab.showAlone("workers");
  await tab.page.locator("td button", { hasText: "ada" }).focus();
  await tab.page.keyboard.press("Enter");
  await tab.page.locator("h3", { hasText: "Leases of ada" }).waitFor();
  assert.deepEqual(tab.faults, []);
});

test("paper is light, whatever the screen is", async (t) => {
  const tab = await open(t, { colorScheme: "dark" });
  await tab.waitForRoot({ theme: "dark" });
  const surface = () =>
    tab.page.evaluate(() =>
      getComputedStyle(document.querySelector(".panel")).getPropertyValue("background-color"),
    );
  const dark = await surface();
  await tab.page.emulateMedia({ media: "print" });
  assert.equal(await surface(), "rgb(255, 255, 255)");
  await tab.page.emulateMedia({ media: "screen" });
  assert.equal(await surface(), dark);
});

test("without a cookie, or with a wrong link, the page names the command", async (t) => {
  for (const target of ["", "?token=wrong", "#workers"]) {
    const tab = await openTab(browser);
    t.after(() => tab.close());
    const { origin } = new URL(await cluster.link());
    const answer = await tab.page.goto(`${origin}/${target}`);
    assert.equal(answer.status(), 401);
    await tab.page.locator("h1", { hasText: "This page needs a valid link" }).waitFor();
    await tab.page.locator("code", { hasText: "pi-client dashboard" }).waitFor();
    assert.deepEqual(await tab.barriers(), []);
    await tab.picture("no-cookie");
    // Chromium itself reports the status.
    assert.deepEqual(tab.faults.filter((text) => !text.includes("401")), []);
  }
});

test("without scripts the page leads to the plain one", async (t) => {
  const tab = await open(t, { javaScriptEnabled: false });
  await tab.page.locator("noscript a").click();
  await tab.page.locator("td", { hasText: "ada" }).waitFor();
  assert.ok(tab.page.url().endsWith("/plain"));
  await tab.picture("plain");
});
