// The colours of style.css: can people with any eyes tell them apart, and read them?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JobLooks, jobColors } from "../src/ui/job_looks";

type Three = [number, number, number];

const css = readFileSync("style.css", "utf8");
const themes = { light: css.indexOf(":root {"), dark: css.indexOf(':root[data-theme="dark"]') };

// The colours of a theme, by their names.
function colorsOf(theme: keyof typeof themes): (name: string) => string {
  const block = css.slice(themes[theme], css.indexOf("}", themes[theme]));
  const colors = new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)]
    .map(([, name = "", value = ""]) => [name, value]));
  return (name) => colors.get(name) ?? assert.fail(`${theme} has no --${name}`);
}

// Linear red, green and blue in [0, 1]: IEC 61966-2-1.
function linear(color: string): Three {
  return [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Three;
}

// WCAG 2.2, "contrast ratio".
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [a, b].map((color) => {
    const [red, green, blue] = linear(color);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }).sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

// Colours as people see them who lack one kind of cone: the matrices for severity 1 of Machado,
// Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
// Deficiency", IEEE Transactions on Visualization and Computer Graphics 15 (2009), for linear RGB.
const eyes: Record<string, [Three, Three, Three]> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039]],
};

const dot = (a: Three, b: Three) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

// CIE L*a*b* for the white of sRGB (D65): ISO/CIE 11664-4.
function lab(color: string, eye: [Three, Three, Three]): Three {
  const rgb = linear(color);
  const seen = eye.map((row) => Math.min(1, Math.max(0, dot(row, rgb)))) as Three;
  const xyz = ([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]] as
    [Three, Three, Three]).map((row) => dot(row, seen)) as Three;
  const white: Three = [0.9505, 1, 1.089];
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
  const [x, y, z] = xyz.map((value, i) => f(value / (white[i] ?? 1))) as Three;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

// CIE 1976; a just noticeable difference is about 2.3.
function difference(a: string, b: string, eye: [Three, Three, Three]): number {
  const [one, other] = [lab(a, eye), lab(b, eye)];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

// Twice to five times what is just noticeable, for areas beside each other and apart.
const differenceMin = 11;
// States have names, too: in the table, in tips, and for the lost ones in the log.
const stateDifferenceMin = 9;

for (const theme of ["light", "dark"] as const) {
  const color = colorsOf(theme);
  for (const [kind, eye] of Object.entries(eyes)) {
    test(`the colours of jobs differ in the ${theme} theme for ${kind} vision`, () => {
      const jobs = Array.from({ length: jobColors }, (_, i) => color(`job-${i + 1}`));
      jobs.forEach((a, i) => {
        jobs.slice(i + 1).forEach((b, k) => {
          const found = difference(a, b, eye);
          assert.ok(found >= differenceMin, `${i + 1} and ${i + k + 2}: ${found.toFixed(1)}`);
        });
      });
    });

    test(`groups on one another differ in the ${theme} theme for ${kind} vision`, () => {
      for (let i = 1; i < 12; i += 1) {
        const found = difference(color(`group-${i}`), color(`group-${i + 1}`), eye);
        assert.ok(found >= differenceMin, `${i} and ${i + 1}: ${found.toFixed(1)}`);
      }
    });

    test(`the states of workers differ in the ${theme} theme for ${kind} vision`, () => {
      const states = ["accent", "silent", "absent", "draining", "quarantined", "trouble"];
      states.forEach((a, i) => {
        for (const b of states.slice(i + 1)) {
          const found = difference(color(a), color(b), eye);
          assert.ok(found >= stateDifferenceMin, `${a} and ${b}: ${found.toFixed(1)}`);
        }
      });
    });

    test(`trouble differs from a job's colours in the ${theme} theme for ${kind} vision`, () => {
      for (let i = 1; i <= jobColors; i += 1) {
        const found = difference(color("trouble"), color(`job-${i}`), eye);
        assert.ok(found >= differenceMin, `${i}: ${found.toFixed(1)}`);
      }
    });
  }

  test(`texts can be read in the ${theme} theme, also those on canvases`, () => {
    const texts = ["text", "faint", "accent", "good", "trouble", "silent-text", "draining-text",
      "quarantined-text", "trouble-text"];
    for (const text of texts) {
      for (const surface of ["surface", "raised", "background"]) {
        const found = contrast(color(text), color(surface));
        assert.ok(found >= 4.5, `${text} on ${surface}: ${found.toFixed(2)}`);
      }
    }
  });
}

test("a difference that cannot be seen is noticed", () => {
  assert.ok(difference("#00a000", "#c06000", eyes["usual"] ?? assert.fail()) > 50);
  assert.ok(difference("#808080", "#828282", eyes["usual"] ?? assert.fail()) < 2);
  assert.ok(Math.abs(contrast("#ffffff", "#000000") - 21) < 1e-9);
});

const look = (looks: JobLooks, job: number) => JSON.stringify(looks.of(job));

test("jobs that are told apart have twelve looks: six colours, and again with dashes", () => {
  const looks = new JobLooks();
  const jobs = Array.from({ length: 12 }, (_, i) => 6 * i + 1);  // All have the same usual colour.
  looks.assign(jobs);
  assert.equal(new Set(jobs.map((job) => look(looks, job))).size, 12);
  assert.ok(jobs.slice(0, 6).every((job) => !looks.of(job).isDashed));
});

test("a job keeps its look while others come, and a new one takes what was longest unused", () => {
  const looks = new JobLooks();
  looks.assign([1, 2]);
  const first = look(looks, 1);
  looks.assign([7, 1]);
  assert.equal(look(looks, 1), first);
  assert.notEqual(look(looks, 7), first);
  assert.notEqual(look(looks, 7), look(looks, 2));
});

test("a job without a look of its own has the usual colour", () => {
  assert.deepEqual(new JobLooks().of(8), { color: 1, isDashed: false });
});
