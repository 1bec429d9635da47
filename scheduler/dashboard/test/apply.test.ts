import assert from "node:assert/strict";
import { test } from "node:test";
import { allTopics, apply } from "../src/live/apply";
import { emptyState } from "../src/live/model";
import type { BoxRow } from "../src/live/protocol";
import { jobWith, pointWith } from "./samples";

const box = (worker: number, end: number): BoxRow =>
  [worker, 7, end - 10, end, "done", 1, 100, "0", "100"];

test("a field that is absent has not changed", () => {
  const state = emptyState();
  apply(state, { now: 1, control: true, jobs: [jobWith({ job: 7 })] });
  const changed = apply(state, { now: 2 });
  assert.equal(changed.size, 0);
  assert.equal(state.now, 2);
  assert.equal(state.control, true);
  assert.deepEqual([...state.jobs.keys()], [7]);
});

test("the first frame of a connection forgets what was known before", () => {
  const state = emptyState();
  apply(state, { now: 1, jobs: [jobWith({ job: 7 })], boxes: [box(1, 20)], control: true });
  const changed = apply(state, { now: 5, first: true, epoch: "b" });
  assert.equal(state.jobs.size, 0);
  assert.equal(state.lanes.size, 0);
  assert.equal(state.control, false);
  assert.equal(state.epoch, "b");
  assert.deepEqual([...changed].sort(), [...allTopics].sort());
});

test("a worker is known by its description and its state, in any order", () => {
  const state = emptyState();
  apply(state, { now: 1000, states: [[1, "silent", 50, 900, 2, 400, "slow", 5000]] });
  apply(state, { now: 1100, workers: [[1, "n1", "host", "4711", "avx2", "", 8, 70]] });
  const worker = state.workers.get(1);
  assert.equal(worker?.name, "n1");
  assert.equal(worker.state, "silent");
  assert.equal(worker.heardAt, 600);
  assert.equal(worker.connectedMs, 5000);
  assert.equal(worker.endsAt, null);
  apply(state, { now: 1000, states: [[1, "active", 50, 900, 2, 400, "", 5000, 60_000]] });
  assert.equal(state.workers.get(1)?.endsAt, 61_000);
});

test("a worker that is gone takes its row along", () => {
  const state = emptyState();
  apply(state, { now: 1, states: [[1, "active", 0, 0, 0, 0, "", 0]], boxes: [box(1, 20)] });
  const changed = apply(state, { now: 2, workers_gone: [1] });
  assert.equal(state.workers.size, 0);
  assert.equal(state.lanes.size, 0);
  assert.deepEqual([...changed], ["workers"]);
});

test("boxes that are sent again are there once", () => {
  const state = emptyState();
  apply(state, { now: 1, boxes: [box(1, 20), box(1, 30), box(2, 25)] });
  apply(state, { now: 2, boxes: [box(1, 20), box(1, 30), box(1, 40), box(1, 40)] });
  assert.deepEqual(state.lanes.get(1)?.boxes.map(({ end }) => end), [20, 30, 40, 40]);
  assert.deepEqual(state.lanes.get(2)?.boxes.map(({ end }) => end), [25]);
});

test("boxes of a worker are bounded, and the newest are kept", () => {
  const state = emptyState();
  apply(state, { now: 1, boxes: Array.from({ length: 5000 }, (_, i) => box(1, i + 1)) });
  const boxes = state.lanes.get(1)?.boxes ?? [];
  assert.ok(boxes.length < 5000);
  assert.equal(boxes.at(-1)?.end, 5000);
});

test("the running leases are replaced as a whole", () => {
  const state = emptyState();
  apply(state, { now: 1, running: [[1, 7, 10], [2, 7, 11]] });
  apply(state, { now: 2, running: [[2, 8, 12]] });
  assert.equal(state.lanes.get(1)?.running, null);
  assert.deepEqual(state.lanes.get(2)?.running, { job: 8, begin: 12 });
});

test("the range of a running lease is kept until another one is told", () => {
  const state = emptyState();
  apply(state, { now: 1, running: [[1, 7, 10]], ranges: [[1, 10, "5", "9"]] });
  apply(state, { now: 2, running: [[1, 7, 10]] });
  assert.deepEqual(state.lanes.get(1)?.range, { begin: 10, first: "5", after: "9" });
});

test("a period that ends replaces the one that lasted", () => {
  const state = emptyState();
  apply(state, { now: 1, periods: [[1, "active", 0, null]] });
  apply(state, { now: 9, periods: [[1, "active", 0, 8], [1, "lost", 8, null]] });
  assert.deepEqual(state.lanes.get(1)?.periods, [
    { state: "active", begin: 0, end: 8 }, { state: "lost", begin: 8, end: null },
  ]);
});

test("a point with a number that is known replaces it", () => {
  const state = emptyState();
  const points = [pointWith({ number: 1 }), pointWith({ number: 2 })];
  apply(state, { now: 1, convergence: { 7: points } });
  apply(state, { now: 2, convergence: { 7: [pointWith({ number: 2, samples: 900 })] } });
  assert.deepEqual(state.convergence.get(7)?.map(({ samples }) => samples), [100, 900]);
});

test("a corrected point replaces those with as many samples", () => {
  const state = emptyState();
  const before = [100, 200, 300].map((samples, at) => pointWith({ number: at + 1, samples }));
  apply(state, { now: 1, convergence: { 7: before } });
  const corrected = pointWith({ number: 4, samples: 200, is_corrected: true });
  apply(state, { now: 2, convergence: { 7: [corrected] } });
  assert.deepEqual(state.convergence.get(7)?.map(({ number }) => number), [1, 4]);
});

test("the trend grows, and starts again when the groups change", () => {
  const state = emptyState();
  apply(state, { now: 1000, trend: { groups: ["a"], points: [[1000, 5]] } });
  apply(state, { now: 2000, trend: { groups: ["a"], points: [[2000, 6]] } });
  assert.deepEqual(state.trend.points, [[1000, 5], [2000, 6]]);
  apply(state, { now: 3000, trend: { groups: ["a", "b"], points: [[3000, 1, 2]], restart: true } });
  assert.deepEqual(state.trend, { groups: ["a", "b"], points: [[3000, 1, 2]] });
});

test("the trend forgets what is older than fifteen minutes", () => {
  const state = emptyState();
  apply(state, { now: 1000, trend: { groups: ["a"], points: [[1000, 5]] } });
  apply(state, { now: 2_000_000, trend: { groups: ["a"], points: [[2_000_000, 6]] } });
  assert.deepEqual(state.trend.points, [[2_000_000, 6]]);
});

test("rates of the scheduler process come from two of its reports", () => {
  const state = emptyState();
  apply(state, { now: 1000, scheduler: { commits: 10, process: { cpu_seconds: 1 } } });
  apply(state, { now: 3000, scheduler: { commits: 30, process: { cpu_seconds: 1.5 } } });
  assert.equal(state.figures.at(-1)?.cpuShare, 0.25);
  assert.equal(state.figures.at(-1)?.commitsPerSecond, 10);
  assert.ok(Number.isNaN(state.figures[0]?.cpuShare));
});
