// Who may change something on the dashboard.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTab, startBrowser } from "./browser.mjs";
import { Cluster } from "./cluster.mjs";

let browser, cluster;
before(async () => {
  [browser, cluster] = await Promise.all([startBrowser(), Cluster.start()]);
});
after(async () => {
  await browser?.close();
  await cluster?.end();
});

// A tab with a job that waits, opened by a link with these options.
async function openWithJob(t, ...options) {
  const job = await cluster.submit("1e15");
  const tab = await openTab(browser);
  t.after(() => tab.close());
  await tab.page.goto(await cluster.link(...options));
  await tab.waitForRoot({ connection: "live" });
  const row = tab.page.locator(`tr[data-job="${job}"]`);
  await row.waitFor();
  return { job, row, tab };
}

test("without control there is no button, and the scheduler refuses", async (t) => {
  const { job, row, tab } = await openWithJob(t);
  await tab.waitForRoot({ control: "no" });
  assert.equal(await row.locator('[data-action="cancel"]').count(), 0);
  const status = await tab.page.evaluate(async (job) => {
    const headers = { "Content-Type": "application/json" };
    const path = `api/v1/jobs/${job}/cancel`;
    return (await fetch(path, { method: "POST", headers, body: "{}" })).status;
  }, job);
  assert.equal(status, 403);
  assert.equal(await cluster.stateOf(job), "queued");
});

test("with control a job is cancelled by its button", async (t) => {
  const { job, row, tab } = await openWithJob(t, "--control");
  await tab.waitForRoot({ control: "yes" });
  await row.locator('[data-action="cancel"]').click();
  await tab.page.locator('dialog[open] [data-action="confirm"]').click();
  await tab.page.waitForSelector(`tr[data-job="${job}"][data-state="cancelled"]`);
  assert.equal(await cluster.stateOf(job), "cancelled");
  await tab.picture("control");
  assert.deepEqual(tab.faults, []);
});

test("a link with control opens once; without a cookie there is no page", async (t) => {
  const link = await cluster.link("--control");
  const first = await openTab(browser);
  t.after(() => first.close());
  assert.equal((await first.page.goto(link)).status(), 200);
  assert.equal(new URL(first.page.url()).search, "");
  const second = await openTab(browser);
  t.after(() => second.close());
  assert.equal((await second.page.goto(link)).status(), 401);
});
