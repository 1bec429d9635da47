// The page before clusters that are played: large ones, and what is rare on a real one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openTab, startBrowser } from "./browser.mjs";
import { Mock } from "./mock.mjs";

const OLD_JOB = 9001;

let browser, mocks;
before(async () => {
  browser = await startBrowser();
  mocks = new Map();
});
after(async () => {
  await browser?.close();
  for (const mock of mocks?.values() ?? []) await mock.end();
});

// One mock for all tests that want the same.
async function mockOf(options) {
  const key = JSON.stringify(options);
  if (!mocks.has(key)) mocks.set(key, await Mock.start(options));
  return mocks.get(key);
}

// A tab that shows the mock.  It counts the drawings of each panel's canvases, and the frames.
async function open(t, mock, { route = "", ...options } = {}) {
  const tab = await openTab(browser, options);
  t.after(() => tab.close());
  await tab.page.addInitScript(() => {
    const counts = { frames: 0, messages: 0, drawn: {} };
    window.counts = counts;
    const clear = window.CanvasRenderingContext2D.prototype.clearRect;
    window.CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      const panel = this.canvas.closest("[data-panel]")?.dataset.panel ?? "";
      counts.drawn[panel] = (counts.drawn[panel] ?? 0) + 1;
      return clear.apply(this, area);
    };
    const tick = () => {
      counts.frames += 1;
      window.requestAnimationFrame(tick);
    };
    tick();
    window.WebSocket = class extends window.WebSocket {
      constructor(...words) {
        super(...words);
        this.addEventListener("message", () => (counts.messages += 1));
      }
    };
  });
  await tab.page.goto(mock.url + route);
  await tab.waitForRoot({ connection: "live" });
  return tab;
}

// The counts while so many messages of the scheduler came.
async function countDuring(tab, messages) {
  const counts = () => tab.page.evaluate(() => JSON.parse(JSON.stringify(window.counts)));
  const first = await counts();
  await tab.page.waitForFunction((end) => window.counts.messages >= end, first.messages + messages);
  const last = await counts();
  return {
    frames: last.frames - first.frames,
    messages: last.messages - first.messages,
    drawn: (last.drawn.stream ?? 0) - (first.drawn.stream ?? 0),
  };
}

// Elements that are wider than their place; the tables may be scrolled.
const overflows = () => {
  const wide = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wide.push(`the page: ${root.scrollWidth}`);
  for (const element of document.querySelectorAll(".top, .panel, .panel > header, .body")) {
    if (element.offsetParent === null || element.scrollWidth <= element.clientWidth + 1) continue;
    wide.push(`${element.closest("[data-panel]")?.dataset.panel} ${element.className}`);
  }
  return wide;
};

for (const colorScheme of ["light", "dark"]) {
  for (const workers of [0, 2]) {
    test(`the page is whole with ${workers} workers, in the ${colorScheme} theme`, async (t) => {
      const tab = await open(t, await mockOf({ workers }), { colorScheme });
      await tab.waitForNumber("stream", "rows", { above: workers - 1 });
      if (workers > 0) await tab.waitForNumber("stream", "boxes", { above: 10 });
      assert.deepEqual(await tab.barriers(), []);
      await tab.picture(`${workers}-workers-${colorScheme}`);
      assert.deepEqual(tab.faults, []);
    });
  }

  test(`200 workers have a row each, in the ${colorScheme} theme`, async (t) => {
    const tab = await open(t, await mockOf({ workers: 200 }), { colorScheme });
    await tab.waitForNumber("stream", "rows", { above: 199 });
    await tab.waitForNumber("stream", "boxes", { above: 200 });
    assert.deepEqual(await tab.barriers(), []);
    await tab.picture(`200-workers-${colorScheme}`);
    await tab.showAlone("stream");
    await tab.waitForNumber("stream", "boxes", { above: 1000 });
    await tab.picture(`200-workers-stream-${colorScheme}`);
    assert.deepEqual(tab.faults, []);
  });

  test(`10,000 workers are on the map, and rows of them too, ${colorScheme}`, async (t) => {
    const mock = await Mock.start({ workers: 10_000, age: 10 });
    t.after(() => mock.end());
    const tab = await open(t, mock, { colorScheme });
    await tab.waitForNumber("stream", "rows", { above: 9_999 });
    await tab.page.waitForSelector('[data-panel="stream"][data-view="map"]');
    assert.deepEqual(await tab.barriers(), []);
    assert.deepEqual(await tab.page.evaluate(overflows), []);
    await tab.picture(`10000-workers-${colorScheme}`);
    await tab.page.getByRole("button", { name: "Rows", exact: true }).click();
    await tab.waitForNumber("stream", "boxes", { above: 20 });
    // Only the rows on the screen are in the document.
    assert.ok((await tab.page.locator("tr").count()) < 500);
    await tab.picture(`10000-workers-rows-${colorScheme}`);
    assert.deepEqual(tab.faults, []);
  });
}

test("200 rows are drawn once for each frame of the screen, and cost this much", async (t) => {
  const viewport = { width: 1920, height: 1080 };
  const tab = await open(t, await mockOf({ workers: 200 }), { route: "#stream", viewport });
  await tab.waitForNumber("stream", "boxes", { above: 1000 });
  const session = await tab.page.context().newCDPSession(tab.page);
  await session.send("Performance.enable");
  const metrics = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const first = await metrics();
  const { frames, messages, drawn } = await countDuring(tab, 20);
  const last = await metrics();
  const ms = (name) => ((1000 * (last[name] - first[name])) / frames).toFixed(2);
  const rate = frames / (last.Timestamp - first.Timestamp);
  t.diagnostic(`${rate.toFixed(1)} frames/s, ${drawn} drawings in ${frames} frames; a frame: ` +
    `${ms("ScriptDuration")} ms of script, ${ms("TaskDuration")} ms of all work`);
  assert.ok(drawn > 0);
  // A message updates the panel, which draws, too.
  assert.ok(drawn <= frames + 2 * messages, `${drawn} drawings, ${frames} frames`);
});

test("people who prefer less motion see one drawing for each message", async (t) => {
  const mock = await mockOf({ workers: 200 });
  const tab = await open(t, mock, { route: "#stream", reducedMotion: "reduce" });
  await tab.waitForNumber("stream", "boxes", { above: 200 });
  const { messages, drawn } = await countDuring(tab, 12);
  assert.ok(drawn > 0 && drawn <= 2 * messages, `${drawn} drawings, ${messages} messages`);
});

test("a link to a job shows it, however old it is, or says that it is not known", async (t) => {
  const mock = await mockOf({ workers: 2 });
  const tab = await open(t, mock, { route: `#job=${OLD_JOB}` });
  await tab.page.locator(".job-title", { hasText: `Job ${OLD_JOB} “long ago”` }).waitFor();
  await tab.page.evaluate(() => (location.hash = "#job=77"));
  const unknown = tab.page.locator('[data-empty="unknown-job"]');
  await unknown.filter({ hasText: "Job 77 is not known" }).waitFor();
  assert.equal(await tab.page.locator('[data-value="estimate"]').isVisible(), false);
  await tab.picture("unknown-job");
  await tab.page.getByRole("button", { name: "Current job" }).click();
  await tab.page.locator(".job-title", { hasText: "running" }).waitFor();
  assert.deepEqual(tab.faults, []);
});

test("the switch shows the true value, and how far off each new estimate is", async (t) => {
  const tab = await open(t, await mockOf({ workers: 2 }), { route: "#job=3" });
  const verdict = tab.page.locator('[data-value="verdict"]');
  assert.equal(await verdict.isVisible(), false);
  await tab.page.getByRole("button", { name: "Compare with π" }).click();
  const first = await verdict.textContent();
  assert.match(first, /^off by \d\.\d × 10⁻[⁰¹²³⁴-⁹]+, \d+\.\d standard errors$/);
  await tab.page.waitForFunction((first) =>
    document.querySelector('[data-value="verdict"]').textContent !== first, first);
  await tab.page.locator(".truth").waitFor();
  await tab.picture("compared");
});

test("the theme is chosen by its button, and kept", async (t) => {
  const tab = await open(t, await mockOf({ workers: 2 }), { colorScheme: "dark" });
  const button = tab.page.locator('[data-action="theme"]');
  await tab.waitForRoot({ theme: "dark" });
  await button.click();
  await tab.waitForRoot({ theme: "light" });
  await tab.page.reload();
  await tab.waitForRoot({ theme: "light" });
  await button.click();
  await tab.waitForRoot({ theme: "dark" });
});

test("a restart of the scheduler is said, and marked in the throughput", async (t) => {
  const mock = await Mock.start({ workers: 3, age: 60 });
  t.after(() => mock.end());
  const tab = await open(t, mock);
  const panel = tab.page.locator('[data-panel="throughput"]');
  await tab.page.waitForSelector('[data-panel="throughput"][data-marks~="joined"]');
  const log = tab.page.locator('[data-panel="log"] li');
  await log.filter({ hasText: "worker node3 joined" }).waitFor({ state: "attached" });
  const { epoch } = await tab.root();
  mock.tell("restart");
  await tab.page.waitForFunction((epoch) =>
    document.documentElement.dataset.epoch !== epoch, epoch);
  const banner = tab.page.locator('[data-banner="restarted"]');
  await banner.filter({ hasText: "The scheduler was restarted; connected again at" }).waitFor();
  await tab.page.waitForSelector('[data-panel="throughput"][data-marks~="started"]');
  // The lines of the scheduler that runs now, though their numbers are those of older lines.
  await log.filter({ hasText: "started again" }).waitFor({ state: "attached" });
  assert.equal(await log.filter({ hasText: "scheduler 1.4.0 at" }).count(), 0);
  await panel.scrollIntoViewIfNeeded();
  await tab.picture("restarted");
  assert.deepEqual(tab.faults, []);
});

test("a page without a place says so in the scheduler's words, and gets one later", async (t) => {
  const mock = await Mock.start({ workers: 2 });
  t.after(() => mock.end());
  mock.tell("fill");
  const tab = await openTab(browser);
  t.after(() => tab.close());
  await tab.page.goto(mock.url);
  const banner = tab.page.locator('[data-banner="lost"]');
  await banner.filter({
    hasText: "no place for this page: all 32 places for viewers are taken (limit)",
  }).waitFor();
  const { width } = await tab.page.locator(".headline .bar-fill").boundingBox();
  assert.equal(width, 0);
  await tab.picture("full");
  mock.tell("empty");
  await tab.page.getByRole("button", { name: "Try now" }).click();
  await tab.waitForRoot({ connection: "live" });
});

test("an open list of leases costs a bounded number of bytes", async (t) => {
  const mock = await Mock.start({ workers: 2, leases: 300, age: 200 });
  t.after(() => mock.end());
  const tab = await open(t, mock);
  const isLeases = (answer) => answer.url().includes("/leases");
  for (let i = 0; i < 2; i += 1) {
    const answer = tab.page.waitForResponse(isLeases);
    if (i === 0) await tab.page.locator("td button", { hasText: "node1" }).first().click();
    const { length } = await (await answer).body();
    assert.ok(length > 1000 && length < 25_000, `${length} bytes`);
  }
  await tab.page.locator(".detail", { hasText: "The newest 60 leases" }).waitFor();
});

test("keys reach the boxes, the cells of the map, and the marks, and read them", async (t) => {
  const tab = await open(t, await mockOf({ workers: 200 }));
  await tab.waitForNumber("stream", "boxes", { above: 200 });
  const status = (selector) => tab.page.locator(`${selector} [role="status"]`);
  const tip = tab.page.locator(".tip");

  await tab.page.locator(".lanes").focus();
  await tab.page.keyboard.press("ArrowDown");
  await status(".lanes").filter({ hasText: "node1-1, " }).waitFor();
  await tab.page.keyboard.press(",");
  await status(".lanes").filter({ hasText: /node1-1 on node1, Job \d+: / }).waitFor();
  await tip.filter({ hasText: "node1-1 on node1" }).waitFor();
  const first = await status(".lanes").textContent();
  await tab.page.keyboard.press(",");
  assert.notEqual(await status(".lanes").textContent(), first);

  await tab.page.getByRole("button", { name: "Map", exact: true }).click();
  await tab.page.locator(".map").focus();
  await tab.page.keyboard.press("ArrowDown");
  await status(".map").filter({ hasText: "node1-1 on node1" }).waitFor();
  await tab.page.keyboard.press("ArrowRight");
  await status(".map").filter({ hasText: "node1-2 on node1" }).waitFor();
  await tip.filter({ hasText: "node1-2 on node1" }).waitFor();
  await tab.page.keyboard.press("Enter");
  await tab.page.locator("h3", { hasText: "Leases of node1-2" }).waitFor();

  await tab.page.locator('[data-panel="throughput"] .plot').focus();
  await tab.page.keyboard.press("ArrowLeft");
  const event = /:\d\d .+ (joined|lost|returned|draining)/;
  await tab.page.locator(".events", { hasText: event }).waitFor();
  await tab.picture("keys");
  assert.deepEqual(await tab.barriers(), []);
  assert.deepEqual(tab.faults, []);
});

for (const width of [1024, 1280, 1440, 1600]) {
  test(`no column is beyond the edge of its table in a window of ${width} pixels`, async (t) => {
    const mock = await mockOf({ workers: 20, control: true });
    const tab = await open(t, mock, { viewport: { width, height: 900 } });
    await tab.page.locator('[data-action="cancel"]').first().waitFor();
    for (const panel of ["jobs", "workers"]) {
      const cut = await tab.page.evaluate((panel) => {
        const scroll = document.querySelector(`[data-panel="${panel}"] .scroll`);
        const right = scroll.getBoundingClientRect().left + scroll.clientWidth + 1;
        return [...scroll.querySelectorAll("th, td, td button")]
          .filter((cell) => cell.getBoundingClientRect().right > right)
          .map((cell) => cell.className);
      }, panel);
      assert.deepEqual(cut, [], panel);
    }
  });
}

test("in a narrow window the panels are below each other, and none is cut", async (t) => {
  const viewport = { width: 768, height: 1024 };
  const tab = await open(t, await mockOf({ workers: 20, control: true }), { viewport });
  const boxes = await tab.page.evaluate(() => [...document.querySelectorAll(".panel")]
    .map((panel) => panel.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]));
  boxes.slice(1).forEach(([top], i) => assert.ok(top >= boxes[i][1], `panel ${i + 1}`));
  assert.deepEqual(await tab.page.evaluate(overflows), []);
  await tab.picture("width-768");
});

for (const [width, height] of [[1024, 768], [3840, 2160]]) {
  test(`nothing is wider than its place in a window of ${width} pixels`, async (t) => {
    const tab = await open(t, await mockOf({ workers: 200 }), { viewport: { width, height } });
    await tab.waitForNumber("stream", "boxes", { above: 200 });
    assert.deepEqual(await tab.page.evaluate(overflows), []);
    await tab.picture(`width-${width}`);
    for (const route of ["headline", "stream", "throughput", "jobs", "workers", "job=3"]) {
      await tab.showAlone(route);
      assert.deepEqual(await tab.page.evaluate(overflows), [], route);
    }
  });
}

test("on A4 all panels are printed, and none is cut", async (t) => {
  const tab = await open(t, await mockOf({ workers: 200 }), { colorScheme: "dark" });
  await tab.waitForNumber("stream", "boxes", { above: 200 });
  await tab.page.setViewportSize({ width: 718, height: 1046 });  // A4 with margins of 1 cm.
  await tab.page.emulateMedia({ media: "print" });
  const cut = await tab.page.evaluate(() =>
    [...document.querySelectorAll(".panel")].flatMap((panel) => {
      const right = panel.getBoundingClientRect().right + 1;
      return [...panel.querySelectorAll("canvas, svg, .legend, .facts, table, .estimate")]
        .filter((part) => part.offsetParent !== null || part instanceof window.SVGElement)
        .filter((part) => part.getBoundingClientRect().right > right)
        .map((part) => `${panel.dataset.panel}: ${part.tagName} ${part.className}`);
    }));
  assert.deepEqual(cut, []);
  const pdf = await tab.pdf("paper");
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  t.diagnostic(`${pages} pages`);
  assert.ok(pages >= 1 && pages <= 6, `${pages} pages`);
});
