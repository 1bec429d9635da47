import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box } from "../src/live/model";
import { emptyState } from "../src/live/model";
import { tipLines } from "../src/stream/tip_lines";
import type { Context } from "../src/ui/panel";
import { workerWith } from "./samples";

const box: Box = {
  job: 7, begin: 1000, end: 3000, outcome: "done", leases: 1, counted: 4_000_000,
  first: "9007199254740993", after: "9007199258740993",
};
// The parts of a context that a tip reads.
const context = { state: emptyState(), now: () => 5000, wallOffset: () => 0 } as unknown as Context;

test("a box tells its samples exactly, its duration and its rate", () => {
  const worker = workerWith({ name: "n1", host: "h1" });
  const [title, job, samples, counted, rate] = tipLines(worker, 2000, box, context);
  assert.equal(title, "n1 on h1");
  assert.equal(job, "Job 7: done");
  assert.equal(samples?.replace(/\u202f/g, ""), "samples 9007199254740993 to 9007199258740993");
  assert.equal(counted, "4.00 M samples counted in 2.0 s");
  assert.equal(rate, "2.00 M/s");
});

test("a running lease tells its samples, since when it runs, and the worker's rate", () => {
  const state = emptyState();
  const running = { job: 7, begin: 1000 };
  const range = { begin: 1000, first: "5000000", after: "9000000" };
  state.lanes.set(1, { boxes: [], periods: [], running, range });
  const at = { ...context, state };
  const worker = workerWith({ rate: 2_000_000 });
  const texts = tipLines(worker, 2000, null, at).map((text) => text.replace(/\u202f/g, ""));
  assert.deepEqual(texts.slice(1, 4),
    ["Job 7: running for 4.0 s", "samples 5000000 to 9000000", "2.00 M/s by this worker now"]);
});

test("the range of another lease is not told for the one that runs", () => {
  const state = emptyState();
  const range = { begin: 500, first: "5", after: "9" };
  state.lanes.set(1, { boxes: [], periods: [], running: { job: 7, begin: 1000 }, range });
  const lines = tipLines(workerWith({}), 2000, null, { ...context, state });
  assert.ok(!lines.some((text) => text.startsWith("samples")));
});

test("a box of several leases tells between which samples they are", () => {
  const [, job, samples] = tipLines(workerWith({}), 2000, { ...box, leases: 3 }, context);
  assert.equal(job, "Job 7: 3 leases, done");
  assert.ok(samples?.startsWith("within samples "));
});
