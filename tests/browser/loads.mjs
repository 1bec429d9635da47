// Loads the page some times, each without a cache, and prints {"bytes": N, "loaded_ms": [...],
// "live_ms": [...]}: the bytes that are sent, and the times until the page is loaded, and until it
// shows the scheduler's state.  scripts/bench runs it.
//   node browser/loads.mjs TIMES
import { openTab, startBrowser } from "./browser.mjs";
import { Cluster } from "./cluster.mjs";

const times = Number(process.argv[2] ?? 10);
const cluster = await Cluster.start();
const browser = await startBrowser();
try {
  const link = await cluster.link();
  const loads = [];
  for (let i = 0; i < times; i += 1) {
    const tab = await openTab(browser);
    await tab.page.goto(link);
    await tab.waitForRoot({ connection: "live" });
    loads.push(await tab.page.evaluate(() => {
      const kinds = ["navigation", "resource"];
      const parts = kinds.flatMap((kind) => performance.getEntriesByType(kind));
      return {
        bytes: parts.reduce((sum, { transferSize }) => sum + transferSize, 0),
        loaded: performance.getEntriesByType("navigation")[0].loadEventEnd,
        live: performance.now(),
      };
    }));
    await tab.close();
  }
  const bytes = Math.max(...loads.map((load) => load.bytes));
  console.log(JSON.stringify({
    bytes, loaded_ms: loads.map(({ loaded }) => loaded), live_ms: loads.map(({ live }) => live),
  }));
} finally {
  await browser.close();
  await cluster.end();
}
