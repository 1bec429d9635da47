import assert from "node:assert/strict";
import { test } from "node:test";
import { decades, errorLabel, everyOther, signedDecades } from "../src/convergence/scales";
import { seriesOf } from "../src/convergence/series";
import { marksByPixel, stacked } from "../src/throughput/stack";
import { jobWith, pointWith } from "./samples";

test("errors that fall by theory lie on the theory's line", () => {
  for (const [sampler, slope] of [["random", -0.5], ["sobol", -0.75]] as const) {
    const points = [100, 1000, 10_000].map((samples, i) =>
      pointWith({ number: i + 1, samples, standard_error: 2 * samples ** slope }));
    const { error, theory } = seriesOf(jobWith({ sampler }), points, null);
    theory.forEach((value, i) => {
      assert.ok(Math.abs((value ?? 0) / (error[i] ?? 1) - 1) < 1e-9);
    });
  }
});

test("a quasi-random job is drawn only where the error is known", () => {
  const points = [pointWith({ number: 1, samples: 10 }),
    pointWith({ number: 2, samples: 20, is_prefix: false })];
  assert.deepEqual(seriesOf(jobWith({ sampler: "sobol" }), points, null).samples, [10]);
  assert.deepEqual(seriesOf(jobWith({ sampler: "random" }), points, null).samples, [10, 20]);
});

test("samples ascend, also after a correction, which is marked", () => {
  const points = [pointWith({ number: 1, samples: 100 }),
    pointWith({ number: 2, samples: 50, is_corrected: true }),
    pointWith({ number: 3, samples: 100, pi: 3.2 })];
  const series = seriesOf(jobWith({}), points, 0);
  assert.deepEqual(series.samples, [50, 100]);
  assert.deepEqual(series.path, [3.14, 3.2]);
  assert.deepEqual(series.corrected, [50]);
});

test("the path is drawn from the newest estimate, or from pi", () => {
  const points = [pointWith({ number: 1, samples: 10, pi: 3 }),
    pointWith({ number: 2, samples: 20, pi: 3.5 })];
  assert.deepEqual(seriesOf(jobWith({}), points, null).path, [-0.5, 0]);
  assert.deepEqual(seriesOf(jobWith({}), points, 3).path, [0, 0.5]);
});

test("an estimate that is pi itself has no place on a logarithmic axis", () => {
  const series = seriesOf(jobWith({}), [pointWith({ pi: Math.PI })], null);
  assert.deepEqual(series.distance, [null]);
});

test("logarithmic ticks are powers of ten, or also 2 and 5 of them in a short range", () => {
  assert.deepEqual(decades(50, 20_000), [100, 1000, 10_000]);
  assert.deepEqual(decades(15, 150), [20, 50, 100]);
});

test("ticks of the path are the same on both sides of zero", () => {
  const ticks = signedDecades(-0.5, 0.5, 0.001);
  assert.deepEqual(ticks, [-0.1, -0.01, 0, 0.01, 0.1]);
});

test("labels of errors are powers", () => {
  assert.deepEqual([1e-5, 2e-3, -0.01, 0].map(errorLabel), ["10⁻⁵", "2·10⁻³", "−10⁻²", "0"]);
  assert.deepEqual(everyOther([1, 2, 3, 4, 5, 6, 7, 8, 9]).filter((value) => value !== null).length,
    5);
});

test("groups lie on one another", () => {
  const stack = stacked([[1000, 5, 7], [2000, 6, 8]], 2);
  assert.deepEqual(stack.times, [1000, 2000]);
  assert.deepEqual(stack.rates, [[5, 6], [7, 8]]);
  assert.deepEqual(stack.tops, [[5, 6], [12, 14]]);
});

test("marks at the same place are drawn once", () => {
  const marks = [1000, 1001, 5000].map((at) => ({ at, kind: "joined", text: `${at}` }));
  const columns = marksByPixel(marks, (time) => Math.round(time / 100));
  assert.deepEqual([...columns].map(([x, list]) => [x, list.length]), [[10, 2], [50, 1]]);
});
