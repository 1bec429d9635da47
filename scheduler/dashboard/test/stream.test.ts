import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box, Lane } from "../src/live/model";
import { emptyState } from "../src/live/model";
import { bandsOf, boxAt, boxRects, rowHeight, stepBox } from "../src/stream/lane_layout";
import { mapLayout, nextCell, workerAt } from "../src/stream/map_layout";
import { orderedWorkers } from "../src/stream/rows";
import { hasMoved, pan, ticks, windowOf, zoom } from "../src/stream/time_view";
import { workerWith } from "./samples";

const box = (begin: number, end: number, more: Partial<Box> = {}): Box =>
  ({ job: 7, begin, end, outcome: "done", leases: 1, counted: 5, first: "0", after: "5",
    ...more });
const lane = (more: Partial<Lane>): Lane =>
  ({ boxes: [], periods: [], running: null, range: null, ...more });
const window = { begin: 1000, end: 2000 };

test("boxes are cut at the edges of the window", () => {
  const rects = boxRects(lane({ boxes: [box(0, 900), box(900, 1100), box(1900, 2100)] }),
    window, 100, 2000);
  assert.deepEqual(rects.map(({ x, width }) => [x, width]), [[0, 10], [90, 10]]);
});

test("boxes that are too narrow to be told apart are drawn as one", () => {
  const boxes = Array.from({ length: 1000 }, (_, i) => box(1000 + i, 1001 + i));
  const rects = boxRects(lane({ boxes }), window, 100, 2000);
  assert.equal(rects.length, 1);
  assert.equal(rects[0]?.width, 100);
});

test("narrow boxes of other jobs or with other ends stay visible", () => {
  const boxes = [box(1000, 1001), box(1001, 1002, { outcome: "lost" }),
    box(1002, 1003, { job: 8 })];
  const rects = boxRects(lane({ boxes }), window, 100, 2000);
  assert.deepEqual(rects.map(({ outcome, job }) => [outcome, job]),
    [["done", 7], ["lost", 7], ["done", 8]]);
});

test("a picture is drawn again when time has moved it by a pixel", () => {
  const view = { spanMs: 60_000, end: null };
  assert.ok(!hasMoved(view, 1000, 1059, 1000));
  assert.ok(hasMoved(view, 1000, 1060, 1000));
  assert.ok(hasMoved(view, -Infinity, 0, 1000));
  assert.ok(hasMoved(view, 1060, 1000, 1000));
});

test("a running lease reaches to the present", () => {
  const rects = boxRects(lane({ running: { job: 7, begin: 1500 } }), window, 100, 1800);
  assert.deepEqual(rects, [{ x: 50, width: 30, job: 7, outcome: "running" }]);
});

test("periods have bands, except the active ones", () => {
  const periods = [{ state: "active" as const, begin: 0, end: 1500 },
    { state: "lost" as const, begin: 1500, end: null }];
  assert.deepEqual(bandsOf(lane({ periods }), window, 100, 1900),
    [{ x: 50, width: 40, state: "lost" }]);
});

test("the box under the pointer is found, also one that is narrower than a pixel", () => {
  const row = lane({ boxes: [box(1000, 1200), box(1500, 1501)] });
  assert.equal(boxAt(row, 1100, 5)?.begin, 1000);
  assert.equal(boxAt(row, 1504, 5)?.begin, 1500);
  assert.equal(boxAt(row, 1300, 5), null);
});

test("keys step from box to box", () => {
  const row = lane({ boxes: [box(1000, 1200), box(1200, 1500), box(1500, 1600)] });
  assert.equal(stepBox(row, 2000, -1)?.end, 1600);
  assert.equal(stepBox(row, 1600, -1)?.end, 1500);
  assert.equal(stepBox(row, 1500, 1)?.end, 1600);
  assert.equal(stepBox(row, 1600, 1), null);
  assert.equal(stepBox(row, 1200, -1), null);
});

test("keys step from cell to cell, also to another host, and stop at the edges", () => {
  const hosts = new Map([["n1", [1, 2, 3, 4]], ["n2", [5, 6, 7, 8]]]);
  const layout = mapLayout(hosts, 300, 400);
  const seen = new Set([1]);
  const queue = [1];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      const next = nextCell(layout, id, x, y);
      if (next === null || seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  assert.equal(seen.size, 8);
  assert.equal(nextCell(layout, 1, 0, -1), null);
  assert.equal(nextCell(layout, 1, -1, 0), null);
  assert.equal(nextCell(layout, 1, 1, 0), 2);
});

test("rows share the room, and those on the screen are few enough to be followed", () => {
  assert.equal(rowHeight(2, 300, 240), 26);
  assert.equal(rowHeight(30, 300, 240), 10);
  assert.equal(rowHeight(10_000, 300, 240), 4);
  assert.ok(2000 / rowHeight(10_000, 2000, 240) <= 240);
});

test("a view that follows ends at the present, and zooming keeps it there", () => {
  const view = { spanMs: 60_000, end: null };
  assert.deepEqual(windowOf(view, 100_000), { begin: 40_000, end: 100_000 });
  assert.equal(zoom(view, 0.5, 0.2).end, null);
});

test("zooming keeps the time under the pointer in its place", () => {
  const view = { spanMs: 60_000, end: 100_000 };
  const zoomed = zoom(view, 0.5, 0.25);
  assert.equal(windowOf(zoomed, 0).begin + 0.25 * zoomed.spanMs, 40_000 + 0.25 * 60_000);
});

test("zooming has limits", () => {
  const view = { spanMs: 60_000, end: null };
  assert.equal(zoom(view, 1e-9, 1).spanMs, 2000);
  assert.equal(zoom(view, 1e9, 1).spanMs, 900_000);
});

test("moving into the past stops to follow, and moving to the present follows again", () => {
  const back = pan({ spanMs: 60_000, end: null }, -5000, 100_000);
  assert.equal(back.end, 95_000);
  assert.equal(pan(back, 10_000, 100_000).end, null);
  assert.equal(pan(back, -1e9, 100_000).end, 60_000);
});

test("ticks are at round wall times", () => {
  const offset = 1_700_000_000_123;
  const times = ticks({ begin: 0, end: 60_000 }, offset, 7);
  assert.ok(times.length > 0 && times.length <= 7);
  for (const time of times) assert.equal((time + offset) % 10_000, 0);
});

test("workers are in the order of hosts and names, and numbers count as numbers", () => {
  const state = emptyState();
  for (const [id, host, name] of [[1, "n10", "a"], [2, "n2", "b10"], [3, "n2", "b9"]] as const) {
    state.workers.set(id, workerWith({ id, host, name }));
  }
  assert.deepEqual(orderedWorkers(state).map(({ id }) => id), [3, 2, 1]);
});

test("ten thousand workers fit on the map, and each is found at its cell", () => {
  const hosts = new Map(Array.from({ length: 157 }, (_, host) =>
    [`n${host}`, Array.from({ length: 64 }, (_, i) => 64 * host + i)] as const));
  const layout = mapLayout(hosts, 800, 400);
  assert.ok(layout.height <= 400);
  const found = new Set<number>();
  for (const block of layout.blocks) {
    block.workers.forEach((id, i) => {
      const x = block.x + (i % block.columns + 0.5) * layout.cell;
      const y = block.y + layout.label + (Math.floor(i / block.columns) + 0.5) * layout.cell;
      assert.equal(workerAt(layout, x, y), id);
      found.add(id);
    });
  }
  assert.equal(found.size, 157 * 64);
  assert.equal(workerAt(layout, -1, -1), null);
});
