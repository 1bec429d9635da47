import assert from "node:assert/strict";
import { test } from "node:test";
import { GroupColors } from "../src/throughput/group_colors";

test("a group keeps its colour while others join and leave", () => {
  const colors = new GroupColors(3);
  colors.assign(["w1", "w2"]);
  assert.deepEqual([colors.of("w1"), colors.of("w2")], [0, 1]);
  colors.assign(["a0", "w1", "w2"]);
  assert.deepEqual([colors.of("a0"), colors.of("w1"), colors.of("w2")], [2, 0, 1]);
  colors.assign(["b0", "w2"]);
  assert.deepEqual([colors.of("b0"), colors.of("w2")], [0, 1]);
});

test("more groups than colours share some", () => {
  const colors = new GroupColors(2);
  colors.assign(["a", "b", "c"]);
  assert.ok(colors.of("c") < 2);
});
