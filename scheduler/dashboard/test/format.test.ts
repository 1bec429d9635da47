import assert from "node:assert/strict";
import { test } from "node:test";
import { digitGroups, errorText, estimateDigits, piPrefix } from "../src/format/digits";
import { agoText, durationText } from "../src/format/durations";
import {
  countText, percentText, rateText, scientificText, shareOf, siText, thingsText, tickText,
} from "../src/format/quantities";
import { parseSize } from "../src/format/sizes";

test("a quantity has three digits and a unit", () => {
  assert.equal(siText(0), "0");
  assert.equal(siText(512), "512");
  assert.equal(siText(1234), "1.23 k");
  assert.equal(siText(93.21e9), "93.2 G");
  assert.equal(siText(-4.5e6), "−4.50 M");
});

test("a quantity that rounds to 1000 has the next unit", () => {
  assert.equal(siText(999_499), "999 k");
  assert.equal(siText(999_500), "1.00 M");
});

test("a value that is not a number is a dash, not NaN", () => {
  for (const text of [siText(NaN), rateText(Infinity), durationText(NaN), percentText(NaN)]) {
    assert.equal(text, "–");
  }
});

test("ticks have no zeros behind the point, and keep those before it", () => {
  assert.equal(tickText(1e12), "1 T");
  assert.equal(tickText(2.5e11), "250 G");
  assert.equal(tickText(2.5e9), "2.5 G");
  assert.equal(tickText(100), "100");
});

test("100 % means all", () => {
  assert.equal(percentText(0.9999), "99 %");
  assert.equal(percentText(1), "100 %");
});

test("a share of numbers beyond 2^53 is exact enough to tell all from almost all", () => {
  assert.equal(shareOf("9223372036854775807", "9223372036854775807"), 1);
  assert.ok(shareOf("9223372036854775806", "9223372036854775807") < 1);
  assert.equal(shareOf("0", "0"), 0);
});

test("digits of counts are grouped", () => {
  assert.equal(countText("1234567"), "1\u202f234\u202f567");
  assert.equal(countText(100), "100");
});

test("one thing has no plural", () => {
  assert.equal(thingsText(1, "thread"), "1 thread");
  assert.equal(thingsText("1", "chunk"), "1 chunk");
  assert.equal(thingsText(0, "thread"), "0 threads");
  assert.equal(thingsText("1000", "chunk"), "1\u202f000 chunks");
});

test("a small number has a power of ten", () => {
  assert.equal(scientificText(2.44e-5), "2.4 × 10⁻⁵");
});

test("durations have two units at most", () => {
  assert.equal(durationText(0.05), "50 ms");
  assert.equal(durationText(2.5), "2.5 s");
  assert.equal(durationText(59.6), "1 min 00 s");
  assert.equal(durationText(185), "3 min 05 s");
  assert.equal(durationText(7800), "2 h 10 min");
  assert.equal(durationText(360_000), "4 d 4 h");
  assert.equal(agoText(0.2), "< 1 s");
  assert.equal(agoText(3.4), "3 s");
  assert.equal(agoText(75), "1 min 15 s");
});

test("the headline has the digits of the other programs, rounded as theirs", () => {
  for (const [text, low, high] of [
    ["3.14159265358", 3.14159265352, 3.14159265364], ["3.1420", 3.1416, 3.1424], ["4", 0, 4],
  ] as const) {
    const digits = estimateDigits(text, [low, high]);
    assert.equal(`${digits?.known ?? ""}${digits?.faint ?? ""}`, text);
  }
  assert.equal(estimateDigits(null, null), null);
});

test("digits are strong if both ends of the interval have them", () => {
  assert.deepEqual(estimateDigits("3.14159", [3.141553, 3.141631]),
    { known: "3.141", faint: "59" });
  assert.deepEqual(estimateDigits("3.14159265358", [3.14159265352, 3.14159265364]),
    { known: "3.141592653", faint: "58" });
  assert.deepEqual(estimateDigits("3.1400", [3.1396, 3.1404]), { known: "3.1", faint: "400" });
  assert.deepEqual(estimateDigits("3.20", [2.97, 3.43]), { known: "", faint: "3.20" });
  assert.deepEqual(estimateDigits("3.14", null), { known: "", faint: "3.14" });
});

test("an estimate just below a carry is rounded up, and no strong digit changes", () => {
  // 3.1499973 with an error of 0.00002.
  assert.deepEqual(estimateDigits("3.15000", [3.1499581, 3.1500365]),
    { known: "3.1", faint: "5000" });
  assert.deepEqual(estimateDigits("3.14997", [3.1499301, 3.1499999]),
    { known: "3.1499", faint: "7" });
});

test("the error has one digit, or two if the first is a 1", () => {
  assert.equal(errorText(0.000023), "0.00002");
  assert.equal(errorText(0.000016), "0.000016");
  assert.equal(errorText(0.00099), "0.0010");
  assert.equal(errorText(2.4), "2");
});

test("digits are right from the beginning on, not one by one", () => {
  assert.equal(piPrefix("3.1425"), 4);
  const runs = digitGroups({ known: "3.142", faint: "5" }).flat();
  assert.deepEqual(runs.map((run) => [run.text, run.kind, run.isRight]), [
    ["3.", "known", true], ["14", "known", true], ["2", "known", false], ["5", "faint", false],
  ]);
});

test("sizes are read as pi-client reads them", () => {
  assert.equal(parseSize("1e11"), 100_000_000_000n);
  assert.equal(parseSize("2.5e6"), 2_500_000n);
  assert.equal(parseSize("1_000_000"), 1_000_000n);
  assert.equal(parseSize("1.5T"), 1_500_000_000_000n);
  assert.equal(parseSize("9223372036854775807"), 9223372036854775807n);
});

test("text that is not a whole number of samples is refused", () => {
  for (const text of ["", "0", "-1", "1.5", "2.55e1", "1e19", "9223372036854775808", "10 k", "x"]) {
    assert.equal(parseSize(text), null, text);
  }
});
