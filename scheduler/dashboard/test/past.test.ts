import assert from "node:assert/strict";
import { test } from "node:test";
import { joined, noPast, startOf, withBefore } from "../src/live/past";
import { nextMark, timeRange } from "../src/throughput/stack";

const before = {
  trend: { groups: ["a", "b"], points: [[1000, 5, 7], [59_000, 6, 8]] },
  marks: [{ at: 2000, kind: "joined", text: "a joined" }],
};

test("the time before a restart is negative, with the start of the old scheduler", () => {
  const past = withBefore(noPast(), before, 60_000);
  assert.deepEqual(past.trend, { groups: ["a", "b"], points: [[-59_000, 5, 7], [-1000, 6, 8]] });
  assert.deepEqual(past.marks.map(({ at, kind }) => [at, kind]),
    [[-60_000, "started"], [-58_000, "joined"]]);
  assert.equal(startOf(past).at, 0);
  assert.notEqual(startOf(past).text, startOf(noPast()).text);
});

test("the past of several restarts is kept for fifteen minutes", () => {
  const once = withBefore(noPast(), before, 60_000);
  const twice = withBefore(once, { trend: { groups: ["a"], points: [[500, 1]] }, marks: [] }, 1000);
  assert.deepEqual(twice.trend.points.map(([at]) => at),
    [-60_000, -2000, -1999, -501, -500]);
  assert.deepEqual(twice.marks.map(({ at }) => at), [-61_000, -59_000, -1000]);
  const later = withBefore(twice, { trend: { groups: [], points: [] }, marks: [] }, 1e9);
  assert.deepEqual(later, { trend: { groups: later.trend.groups, points: [] }, marks: [] });
});

test("groups are found by their names, and nothing is counted between two schedulers", () => {
  const first = { groups: ["a", "b"], points: [[-5000, 1, 2]] };
  const second = { groups: ["b", "c"], points: [[1000, 3, 4]] };
  assert.deepEqual(joined(first, second), {
    groups: ["b", "c", "a"],
    points: [[-5000, 2, 0, 1], [-4999, 0, 0, 0], [999, 0, 0, 0], [1000, 3, 4, 0]],
  });
  assert.equal(joined(noPast().trend, second), second);
});

test("the axis begins at the scheduler's start, if it is not long ago", () => {
  assert.deepEqual(timeRange(1000, 9000), [0, 9000]);
  assert.deepEqual(timeRange(60_000, 90_000), [60_000, 90_000]);
  assert.deepEqual(timeRange(-5000, 9000), [-5000, 9000]);
});

test("keys step from mark to mark, and stop at the ends", () => {
  const marks = [0, 5, 5, 9].map((at) => ({ at, kind: "joined", text: "" }));
  assert.equal(nextMark(marks, null, -1), 9);
  assert.equal(nextMark(marks, null, 1), 0);
  assert.equal(nextMark(marks, 9, -1), 5);
  assert.equal(nextMark(marks, 5, -1), 0);
  assert.equal(nextMark(marks, 0, -1), 0);
  assert.equal(nextMark([], null, 1), null);
});
