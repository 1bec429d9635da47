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

test("with control a priority is changed and a job submitted, after a question", async (t) => {
  const { job, row, tab } = await openWithJob(t, "--control");
  await tab.showAlone("jobs");
  const question = (kind) => tab.page.locator(`dialog[open][data-dialog="${kind}"]`);
  const confirm = '[data-action="confirm"]';

  await row.locator('[data-action="priority"]').click();
  assert.deepEqual(await tab.barriers(), []);
  await question("priority").locator("input").fill("5");
  await question("priority").locator(confirm).click();
  await row.locator('[data-action="priority"]', { hasText: "5" }).waitFor();
  assert.equal((await cluster.documentOf(job)).priority, 5);

  await tab.page.locator('[data-action="submit"]').click();
  assert.deepEqual(await tab.barriers(), []);
  const form = question("submit");
  await form.getByLabel("Samples").fill("many");
  await form.getByLabel("Name").fill("from the page");
  await form.getByLabel("Sampler").selectOption("sobol");
  await form.locator(confirm).click();
  await form.locator(".failure", { hasText: "write one such as 1e11" }).waitFor();
  await tab.picture("question");
  await form.getByLabel("Samples").fill("1e12");
  await form.locator(confirm).click();
  await tab.page.locator("tr", { hasText: "from the page" }).waitFor();
  await form.waitFor({ state: "detached" });
  const { name, sampler, samples } = await cluster.documentOf("last");
  assert.deepEqual([name, sampler, samples], ["from the page", "sobol", 1e12]);
  assert.deepEqual(tab.faults, []);
});

test("a link with control opens once, and without a cookie there is no page", async (t) => {
  const link = await cluster.link("--control");
  const first = await openTab(browser);
  t.after(() => first.close());
  assert.equal((await first.page.goto(link)).status(), 200);
  assert.equal(new URL(first.page.url()).search, "");
  const second = await openTab(browser);
  t.after(() => second.close());
  assert.equal((await second.page.goto(link)).status(), 401);
});
