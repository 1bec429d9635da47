// Writes the picture of README.md: four workers, one of them lost, and two jobs.  Needs a quiet
// machine.  In the folder of ctest's "browser: page", with its environment but PI_PICTURES=docs:
//   node browser/picture.mjs
import { openTab, startBrowser } from "./browser.mjs";
import { Cluster } from "./cluster.mjs";

const cluster = await Cluster.start();
const browser = await startBrowser();
try {
  const tab = await openTab(browser, { viewport: { width: 1440, height: 900 } });
  // One worker counts the samples in their order, so the error is known all the way.
  const workers = [cluster.startWorker("node1")];
  const first = await cluster.submit("2e13", "--sampler", "sobol", "--name", "smooth");
  await cluster.client("wait", first);
  workers.push(...[2, 3, 4].map((number) => cluster.startWorker(`node${number}`)));
  await cluster.submit("4e13", "--name", "night run");
  await tab.page.goto(await cluster.link());
  await tab.page.locator(`tr[data-job="${first}"] input`).check();
  await tab.waitForNumber("stream", "boxes", { above: 60 });
  workers[2].kill("SIGKILL");
  await tab.page.locator('tr[data-state="lost"]').waitFor();
  await tab.waitForNumber("stream", "boxes", { above: 100 });
  await tab.picture("dashboard");
} finally {
  await browser.close();
  await cluster.end();
}
