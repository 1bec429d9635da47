// The scheduler process: is it healthy, and what does it cost?
import { durationText } from "../format/durations";
import { bytesText, countText, siText } from "../format/quantities";
import type { Figures } from "../live/model";
import { h, setAttribute, setText, svg } from "../ui/dom";
import { panelFrame } from "../ui/panel";
import type { Change, Context, Panel } from "../ui/panel";

// A figure with its last minutes.
class Trace {
  readonly element: HTMLElement;
  private readonly value = h("dd");
  private readonly line = svg("polyline", { class: "spark-line", points: "" });

  constructor(name: string, private readonly read: (figures: Figures) => number,
    private readonly text: (value: number) => string, help = "") {
    const spark = svg("svg", {
      class: "spark", viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true",
    }, this.line);
    this.element = h("div", { class: "fact", title: help === "" ? false : help },
      h("dt", {}, name), this.value);
    this.element.append(spark);
  }

  update(figures: Figures[]) {
    const values = figures.map(this.read).filter((value) => Number.isFinite(value));
    const newest = values.at(-1);
    setText(this.value, newest === undefined ? "–" : this.text(newest));
    setAttribute(this.line, "points", sparkPoints(values));
  }
}

export class SchedulerPanel implements Panel {
  readonly name = "scheduler";
  readonly topics: Change[] = ["scheduler"];
  readonly element: HTMLElement;
  private readonly traces = [
    new Trace("CPU", (figures) => figures.cpuShare, (share) => `${(100 * share).toFixed(1)} %`),
    new Trace("Memory", (figures) => figures.memoryBytes, bytesText),
    new Trace("Loop lag", (figures) => figures.loopLagMs, (ms) => durationText(ms / 1000),
      "How late the scheduler's loop is: above a second it is too busy"),
    new Trace("Commits", (figures) => figures.commitsPerSecond, (rate) => `${siText(rate)} /s`,
      "Writes to the disk"),
  ];
  private readonly rows = new Map<string, HTMLElement>();
  private readonly list = h("dl", { class: "pairs" });

  constructor() {
    const frame = panelFrame("scheduler", "Scheduler");
    this.element = frame.element;
    frame.body.append(
      h("dl", { class: "traces" }, ...this.traces.map((trace) => trace.element)), this.list);
  }

  update(context: Context) {
    const { scheduler, figures } = context.state;
    for (const trace of this.traces) trace.update(figures);
    const connections = scheduler.connections;
    this.set("Commit takes", scheduler.commit_ms === undefined ? "–"
      : durationText(scheduler.commit_ms / 1000));
    this.set("Connections", connections === undefined ? "–"
      : `${countText(connections.rpc ?? 0)} RPC, ${countText(connections.http ?? 0)} HTTP`);
    this.set("Open files", countText(scheduler.process?.open_files ?? "–"));
    this.set("Up for", durationText(scheduler.uptime_seconds ?? NaN));
    this.set("Version", [scheduler.version, shortCommit(scheduler.git_commit)]
      .filter((part) => part !== undefined && part !== "").join(" · "));
    this.set("Process", scheduler.pid === undefined ? "–"
      : `${scheduler.pid} on ${scheduler.host ?? "?"}`);
    this.set("Addresses", (scheduler.addresses ?? []).join("\n"));
  }

  private set(name: string, value: string) {
    let element = this.rows.get(name);
    if (element === undefined) {
      element = h("dd");
      this.rows.set(name, element);
      this.list.append(h("div", {}, h("dt", {}, name), element));
    }
    setText(element, value);
  }
}

// Twelve digits, and the word that the programs add to a tree with changes: "-dirty".
function shortCommit(commit = ""): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]*/, "$1");
}

// In a box of 100 by 20; the lowest line is zero.
function sparkPoints(values: number[]): string {
  const most = Math.max(...values, 1e-12);
  return values.map((value, i) => {
    const x = values.length < 2 ? 0 : (100 * i) / (values.length - 1);
    return `${x.toFixed(1)},${(19 - (18 * value) / most).toFixed(1)}`;
  }).join(" ");
}
