import assert from "node:assert/strict";
import { test } from "node:test";
import { matches, meanRate, speedShare } from "../src/live/workers";
import { workerWith } from "./samples";

test("a worker is found by all words of the filter, anywhere in what is known of it", () => {
  const worker = workerWith({ name: "node7-1", host: "node7", state: "lost", kernel: "avx512" });
  assert.ok(matches(worker, []));
  assert.ok(matches(worker, ["lost", "node7"]));
  assert.ok(!matches(worker, ["lost", "node8"]));
});

test("the mean rate is over the time for which the worker was connected, from a second on", () => {
  assert.equal(meanRate(workerWith({ contributed: 5000, connectedMs: 2500 })), 2000);
  assert.ok(Number.isNaN(meanRate(workerWith({ contributed: 5000, connectedMs: 999 }))));
});

test("a worker that measured no speed has no share of it", () => {
  assert.equal(speedShare(workerWith({ rate: 900, claimedRate: 1000 })), 0.9);
  assert.ok(Number.isNaN(speedShare(workerWith({ claimedRate: 0 }))));
});
