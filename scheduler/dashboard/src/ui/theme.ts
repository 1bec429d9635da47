// Light and dark, and the colours of the canvases.  style.css has the colours; this reads them.
import type { Outcome, WorkerState } from "../live/protocol";
import { jobColors } from "./job_looks";

export type ThemeChoice = "auto" | "light" | "dark";

export interface Colors {
  text: string;
  faint: string;  // Text of less weight.
  line: string;
  surface: string;
  raised: string;  // A surface that differs a little.
  accent: string;
  good: string;
  trouble: string;
  jobs: string[];
  groups: string[];  // Workers or hosts in a stack.
  states: Record<WorkerState, string>;
  names: Record<WorkerState, string>;  // The same, dark or light enough for text.
  ends: Partial<Record<Outcome, string>>;  // The end of a lease that ended so.
  font: string;
  fontPx: number;  // The size of the page's text, which follows the width of the window.
}

export const groupCount = 12;
const storageKey = "pi-theme";

export function themeChoice(): ThemeChoice {
  const stored = read(storageKey);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function chooseTheme(choice: ThemeChoice) {
  write(storageKey, choice);
  applyTheme();
}

const darkIsPreferred = "(prefers-color-scheme: dark)";

// Tells style.css the theme, now and whenever the browser prefers another one.
export function startTheme() {
  matchMedia(darkIsPreferred).addEventListener("change", applyTheme);
  applyTheme();
}

function applyTheme() {
  const choice = themeChoice();
  const preferred = matchMedia(darkIsPreferred).matches ? "dark" : "light";
  document.documentElement.dataset["theme"] = choice === "auto" ? preferred : choice;
}

// Calls back when the colours or the size of the text may have changed: paper has its own.
export function onThemeChange(callback: () => void) {
  addEventListener("resize", callback);
  matchMedia("print").addEventListener("change", callback);
  new MutationObserver(callback).observe(document.documentElement, {
    attributeFilter: ["data-theme"],
  });
}

export function readColors(): Colors {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => color(`${name}-${i + 1}`));
  return {
    text: color("text"),
    faint: color("faint"),
    line: color("line"),
    surface: color("surface"),
    raised: color("raised"),
    accent: color("accent"),
    good: color("good"),
    trouble: color("trouble"),
    jobs: numbered("job", jobColors),
    groups: numbered("group", groupCount),
    states: {
      active: color("good"),
      silent: color("silent"),
      absent: color("absent"),
      draining: color("draining"),
      quarantined: color("quarantined"),
      lost: color("trouble"),
    },
    names: {
      active: color("text"),
      silent: color("silent-text"),
      absent: color("faint"),
      draining: color("draining-text"),
      quarantined: color("quarantined-text"),
      lost: color("trouble-text"),
    },
    ends: {
      truncated: color("text"),
      lost: color("trouble"),
      revoked: color("absent"),
      "given back": color("absent"),
      late: color("silent"),
    },
    font: style.fontFamily || "sans-serif",
    fontPx: parseFloat(style.fontSize) || 13,
  };
}

// Storage may be forbidden; then a choice lasts as long as the page.
const fallback = new Map<string, string>();

export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return fallback.get(key) ?? null;
  }
}

export function write(key: string, value: string) {
  fallback.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // See above.
  }
}
