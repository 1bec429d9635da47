// The last lines of the scheduler's log.
import { h, setAttribute } from "../ui/dom";
import type { LogLine } from "../live/protocol";
import { emptyState, panelFrame, setPressed, showEmpty, toggle } from "../ui/panel";
import type { Change, Context, Panel } from "../ui/panel";

const quiet = new Set(["trace", "debug", "info"]);

export class Log implements Panel {
  readonly name = "log";
  readonly topics: Change[] = ["log"];
  readonly element: HTMLElement;
  private readonly list = h("ol", { class: "log" });
  private readonly scroll = h("div", {
    class: "scroll", tabindex: 0, role: "region", "aria-label": "Lines of the log",
  }, this.list);
  private readonly empty = emptyState("no-log", "The log has no lines yet.", []);
  private readonly onlyWarnings: HTMLButtonElement;
  // By the line itself: its number begins again with the scheduler.
  private readonly shown = new Map<LogLine, HTMLElement>();

  constructor() {
    const frame = panelFrame("log", "Log");
    this.element = frame.element;
    this.onlyWarnings = toggle("Warnings only", (isOn) => { this.filter(isOn); });
    frame.tools.append(this.onlyWarnings);
    frame.body.append(this.empty, this.scroll);
  }

  update(context: Context) {
    const lines = context.state.log;
    showEmpty(this.empty, lines.length === 0 && context.isReceived, this.scroll);
    const follows = this.scroll.scrollTop + this.scroll.clientHeight >=
      this.scroll.scrollHeight - 4;
    const kept = new Set(lines);
    for (const [line, element] of this.shown) {
      if (kept.has(line)) continue;
      element.remove();
      this.shown.delete(line);
    }
    for (const line of lines) {
      if (this.shown.has(line)) continue;
      const element = lineElement(line);
      this.shown.set(line, element);
      this.list.append(element);
    }
    if (follows) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  private filter(isOn: boolean) {
    setPressed(this.onlyWarnings, isOn);
    setAttribute(this.list, "data-only", isOn ? "warnings" : "all");
  }
}

function lineElement(line: LogLine): HTMLElement {
  const level = quiet.has(line.level) ? "quiet" : line.level === "warning" || line.level === "warn"
    ? "warning" : "trouble";
  return h("li", { "data-line": line.number, "data-level": level },
    h("time", { datetime: line.time }, timeOf(line.time)), " ",
    level === "quiet" ? "" : h("b", {}, `${line.level} `), line.text);
}

// The time of day where the reader is.
function timeOf(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleTimeString("en-GB");
}
