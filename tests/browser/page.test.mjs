// The page itself: its weight, its accessibility, and what is there without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTab, startBrowser } from "./browser.mjs";
import { Cluster } from "./cluster.mjs";

const WEIGHT_MAX = 300_000; // Bytes.

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
  test(`axe finds no serious fault in the ${colorScheme} theme`, async (t) => {
    const tab = await open(t, { colorScheme, reducedMotion: "reduce" });
    await tab.waitForNumber("stream", "boxes", { above: 0 });
    assert.deepEqual(await tab.barriers(), []);
    await tab.picture(colorScheme);
    assert.deepEqual(tab.faults, []);
  });
}

test("without scripts the page leads to the plain one", async (t) => {
  const tab = await open(t, { javaScriptEnabled: false });
  await tab.page.locator("noscript a").click();
  await tab.page.locator("td", { hasText: "ada" }).waitFor();
  assert.ok(tab.page.url().endsWith("/plain"));
  await tab.picture("plain");
});
