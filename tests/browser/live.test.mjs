// The dashboard of a running cluster.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTab, startBrowser } from "./browser.mjs";
import { Cluster } from "./cluster.mjs";

const LONG = "1e15"; // Samples of a job that outlives its test.

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

// A tab with the live dashboard of a cluster with these workers.
async function watch(t, ...names) {
  const cluster = await Cluster.start();
  t.after(() => cluster.end());
  const workers = names.map((name) => cluster.startWorker(name));
  const tab = await openTab(browser);
  t.after(() => tab.close());
  await tab.page.goto(await cluster.link());
  await tab.waitForRoot({ connection: "live" });
  return { cluster, tab, workers };
}

test("without workers and jobs the page says how to start some", async (t) => {
  const { tab } = await watch(t);
  await tab.page.waitForSelector('[data-empty="no-workers"]:visible');
  await tab.page.waitForSelector('[data-empty="no-jobs"]:visible');
  await tab.picture("empty");
  assert.deepEqual(tab.faults, []);
});

test("the lines to copy start a worker and a job in a shell that knows nothing else", async (t) => {
  const { cluster, tab } = await watch(t);
  const codes = (empty) => tab.page.locator(`[data-empty="${empty}"]:visible code`);
  await codes("no-workers").filter({ hasText: "--connection-file" }).first().waitFor();
  const [worker, srun, batch] = await codes("no-workers").allTextContents();
  assert.equal(srun, `srun ${worker}`);
  assert.match(batch, /^sbatch .*worker\.sbatch --connection-file /);
  const [client] = await codes("no-jobs").allTextContents();
  cluster.runLine(`${worker} --threads 1 --device cpu --name copied`);
  await tab.page.locator('tr[data-state="active"]', { hasText: "copied" }).waitFor();
  cluster.runLine(client.replace("1e11", "submit 1e7"));
  await tab.page.locator('tr[data-job="1"][data-state="finished"]').waitFor();
  assert.deepEqual(tab.faults, []);
});

test("a page gets at most four messages in a second of the scheduler", async (t) => {
  const cluster = await Cluster.start();
  t.after(() => cluster.end());
  cluster.startWorker("ada");
  await cluster.submit(LONG);
  const tab = await openTab(browser);
  t.after(() => tab.close());
  const times = [];
  const enough = new Promise((resolve) => {
    tab.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => {
      times.push(JSON.parse(payload).now);
      if (times.length === 20) resolve();
    }));
  });
  await tab.page.goto(await cluster.link());
  await enough;
  // By the scheduler's clock, whatever the speed of this machine is; it is cut to milliseconds.
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  assert.ok(Math.min(...gaps) >= 249, String(gaps));
});

test("boxes appear while a job runs, and the error becomes smaller", async (t) => {
  const { cluster, tab } = await watch(t, "ada", "emmy");
  const job = await cluster.submit(LONG);
  await tab.page.waitForSelector(`tr[data-job="${job}"][data-state="running"]`);
  await tab.waitForNumber("stream", "rows", { above: 1 });
  await tab.waitForNumber("stream", "boxes", { above: 0 });
  const error = await tab.waitForNumber("convergence", "error", { above: 0 });
  await tab.waitForNumber("convergence", "error", { below: error / 2 });
  await tab.picture("running");
  assert.deepEqual(tab.faults, []);
});

test("a killed worker shows as lost", async (t) => {
  const { cluster, tab, workers } = await watch(t, "ada", "emmy");
  await cluster.submit(LONG);
  await tab.waitForNumber("stream", "boxes", { above: 0 });
  workers[0].kill("SIGKILL");
  await tab.page.locator('tr[data-state="lost"]', { hasText: "ada" }).waitFor();
  await tab.page.locator('tr[data-state="active"]', { hasText: "emmy" }).waitFor();
  await tab.picture("lost-worker");
  assert.deepEqual(tab.faults, []);
});

test("a page whose cookie is no longer valid says so, and does not try again", async (t) => {
  const { cluster, tab } = await watch(t, "ada");
  const restart = await cluster.killScheduler();
  await tab.waitForRoot({ connection: "lost" });
  await tab.page.context().clearCookies();
  await restart();
  await tab.waitForRoot({ connection: "refused" });
  await tab.page.locator('[data-empty="refused"]', { hasText: "pi-client dashboard" }).waitFor();
  await tab.picture("refused");
});

test("the page comes back with the same job after a restart of the scheduler", async (t) => {
  const { cluster, tab } = await watch(t, "ada");
  const job = await cluster.submit(LONG);
  const row = `tr[data-job="${job}"][data-state="running"]`;
  await tab.page.waitForSelector(row);
  const { epoch } = await tab.root();
  const restart = await cluster.killScheduler();
  await tab.waitForRoot({ connection: "lost" });
  const banner = (kind) => tab.page.locator(`[role="alert"][data-banner="${kind}"]`);
  await banner("lost").filter({
    hasText: /The scheduler has not answered since \d\d:\d\d:\d\d: what you see is from then/,
  }).waitFor();
  await tab.picture("lost-scheduler");
  await restart();
  await tab.waitForRoot({ connection: "live" });
  await banner("restarted").filter({
    hasText: /was restarted; connected again at \d\d:\d\d:\d\d\. Jobs and counts are kept/,
  }).waitFor();
  await tab.page.waitForSelector(row);
  assert.notEqual((await tab.root()).epoch, epoch);
  await tab.page.waitForSelector('[data-panel="throughput"][data-marks~="started"]');
  // Chromium itself reports each request that the killed scheduler did not answer: what it says
  // depends on whether the request was under way.
  const unanswered = /net::ERR_(CONNECTION_|EMPTY_RESPONSE|SOCKET_)/;
  assert.deepEqual(tab.faults.filter((text) => !unanswered.test(text)), []);
});
