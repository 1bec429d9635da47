// A panel of the page: a section with a heading that is a link to the panel alone.
import type { Topic } from "../live/apply";
import type { State } from "../live/model";
import type { Wish } from "../live/choice";
import type { Past } from "../live/past";
import type { PanelName } from "../router";
import { h, setAttribute, setData, show } from "./dom";
import { jobLooks } from "./job_looks";
import type { Colors } from "./theme";

// All that panels read.
export interface Context {
  state: State;
  colors: Colors;
  wish: Wish;
  comparesWithPi: boolean;
  isReceived: boolean;    // Whether there was a frame; before, an empty list means nothing.
  past: Past;             // Of scheduler processes before this one.
  now(): number;          // The scheduler's time.
  wallOffset(): number;   // Wall time minus the scheduler's time.
}

// The requests of panels.
export interface Requests {
  changeWish(wish: Wish): void;
  compareWithPi(isOn: boolean): void;
  followWorkers(workers: number[]): void;
  showWorker(worker: number): void;
  cancel(job: number): void;
  changePriority(job: number, from: number): void;
  submit(): void;
}

export type Change = Topic | "wish" | "colors";

export interface Panel {
  name: PanelName;
  element: HTMLElement;
  // The panel is updated when one of these changed.
  topics: readonly Change[];
  update(context: Context): void;
}

export interface Frame {
  element: HTMLElement;
  tools: HTMLElement;   // To the right of the heading.
  body: HTMLElement;
}

export function panelFrame(name: PanelName, title: string): Frame {
  const tools = h("div", { class: "tools" });
  const body = h("div", { class: "body" });
  const heading = h("h2", { id: `title-${name}` },
    h("a", { href: `#${name}`, title: "Show this panel alone" }, title));
  const element = h("section", {
    class: "panel", "data-panel": name, "aria-labelledby": `title-${name}`,
  }, h("header", {}, heading, tools), body);
  return { element, tools, body };
}

// Help where there is nothing to see.  `lines` are commands to copy.
export function emptyState(kind: string, sentence: string, lines: string[]): HTMLElement {
  const element = h("div", { class: "empty", "data-empty": kind }, h("p", {}, sentence));
  showCommands(element, lines);
  element.hidden = true;
  return element;
}

// Replaces the commands of an empty state.
export function showCommands(empty: HTMLElement, lines: string[]) {
  const shown = [...empty.querySelectorAll("code")].map((code) => code.textContent);
  if (shown.length === lines.length && lines.every((line, i) => line === shown[i])) return;
  for (const command of empty.querySelectorAll(".command")) command.remove();
  empty.append(...lines.map((line) => h("div", { class: "command" },
    h("code", {}, line),
    h("button", { type: "button", onclick: (event: MouseEvent) => { void copy(event, line); } },
      "Copy"))));
}

async function copy(event: MouseEvent, text: string) {
  const button = event.currentTarget as HTMLElement;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Only secure pages may write to the clipboard.
    getSelection()?.selectAllChildren(button.previousElementSibling ?? button);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

// Shows either the empty state or the content.
export function showEmpty(empty: HTMLElement, isEmpty: boolean, ...content: HTMLElement[]) {
  show(empty, isEmpty);
  for (const element of content) show(element, !isEmpty);
}

// A button that is on or off.
export function toggle(text: string, onChange: (isOn: boolean) => void, help = ""):
    HTMLButtonElement {
  const button = h("button", {
    type: "button", class: "toggle", "aria-pressed": "false", title: help === "" ? false : help,
    onclick: () => { onChange(button.getAttribute("aria-pressed") !== "true"); },
  }, text);
  return button;
}

export function setPressed(button: HTMLElement, isOn: boolean) {
  setAttribute(button, "aria-pressed", String(isOn));
}

// Gives the element the job's colour.
export function markJob(element: HTMLElement, job: number) {
  const { color, isDashed } = jobLooks.of(job);
  setData(element, "job", job);
  setData(element, "color", color + 1);
  setData(element, "dashed", isDashed);
}
