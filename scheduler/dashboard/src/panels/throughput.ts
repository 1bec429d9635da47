// Samples per second over the last minutes, by worker or host, with what happened to workers.
import type uPlot from "uplot";
import { Plot, axis, withAlpha } from "../canvas/plot";
import { rateText, siText, thingsText, tickText } from "../format/quantities";
import { clockText } from "../format/durations";
import type { Mark } from "../live/model";
import { joined, startOf } from "../live/past";
import { GroupColors } from "../throughput/group_colors";
import { marksByPixel, nextMark, stacked, timeRange } from "../throughput/stack";
import { ticks } from "../stream/time_view";
import { h, setData, setText, show } from "../ui/dom";
import { emptyState, panelFrame, showEmpty } from "../ui/panel";
import type { Change, Context, Panel } from "../ui/panel";
import { groupCount } from "../ui/theme";
import type { Colors } from "../ui/theme";

// Marks differ by sign, not by colour alone.
const signs: Record<string, string> = {
  joined: "▲", returned: "△", left: "▽", draining: "◇", lost: "✕", quarantined: "■", started: "●",
};
const marksNear = 6;  // Pixels.

// The top of an axis without work, in samples per second.
const idleTop = 1000;

export class Throughput implements Panel {
  readonly name = "throughput";
  readonly topics: Change[] = ["trend", "marks", "colors"];
  readonly element: HTMLElement;
  private context: Context | null = null;
  private readonly plot = new Plot((colors) => this.options(colors));
  private readonly legend = h("ul", { class: "legend" });
  private readonly values: HTMLElement[] = [];
  private readonly total = h("span", { class: "count" });
  private readonly events = h("p", { class: "events", role: "status" });
  private readonly empty = emptyState("no-trend",
    "The plot begins when workers compute.", []);
  private groups: string[] = [];
  private readonly looks = new GroupColors(groupCount);
  private rates: number[][] = [];
  private times: number[] = [];
  private cursor: number | null = null;
  private mark: number | null = null;  // The time of the mark that was chosen by a key.

  constructor() {
    const frame = panelFrame("throughput", "Throughput");
    this.element = frame.element;
    this.total.title = "In samples that are computed one by one; nets count more";
    frame.tools.append(this.total);
    const { element } = this.plot;
    element.tabIndex = 0;
    element.setAttribute("role", "region");
    element.setAttribute("aria-label",
      "Throughput. Left and right arrow keys read what happened to workers, one after the other.");
    element.addEventListener("keydown", (event) => { this.press(event); });
    element.addEventListener("blur", () => { this.choose(null); });
    frame.body.append(this.empty, this.plot.element, this.legend, this.events);
  }

  update(context: Context) {
    this.context = context;
    const { groups, points } = joined(context.past.trend, context.state.trend);
    const isEmpty = points.length === 0 || groups.length === 0;
    showEmpty(this.empty, isEmpty && context.isReceived, this.plot.element, this.legend);
    if (isEmpty) return;
    this.groups = groups;
    this.looks.assign(groups);
    const { times, tops, rates } = stacked(points, groups.length);
    this.rates = rates;
    this.times = times;
    this.showGroups(groups);
    const key = JSON.stringify([groups, groups.map((group) => this.looks.of(group)),
      context.colors.surface]);
    // The first series is drawn last, so that each covers what is above it.
    this.plot.update([times, ...tops.reverse()] as uPlot.AlignedData, key, context.colors);
    this.showValues();
  }

  private showGroups(groups: string[]) {
    if (this.legend.childElementCount === groups.length &&
        groups.every((group, i) => this.legend.children[i]?.getAttribute("data-group") === group)) {
      return;
    }
    this.values.length = 0;
    this.legend.replaceChildren(...groups.map((group) => {
      const value = h("span", { class: "value" });
      this.values.push(value);
      return h("li", { "data-group": group },
        h("span", { class: "swatch", "data-group-color": this.looks.of(group) + 1 }),
        `${group} `, value);
    }));
  }

  private showValues() {
    const last = (this.rates[0]?.length ?? 1) - 1;
    const index = this.cursor ?? last;
    let total = 0;
    this.values.forEach((element, i) => {
      const rate = this.rates[i]?.[index] ?? 0;
      total += rate;
      setText(element, siText(rate));
    });
    const time = this.times[index];
    const when = this.cursor === null || time === undefined || this.context === null ? "now"
      : `at ${clockText(time + this.context.wallOffset())}`;
    setText(this.total, `${rateText(total)} ${when}`);
  }

  private options(colors: Colors): Omit<uPlot.Options, "width" | "height"> {
    const series: uPlot.Series[] = this.groups.map((group) => {
      const color = colors.groups[this.looks.of(group)] ?? colors.accent;
      return {
        stroke: colors.surface, width: 1, fill: color, points: { show: false },
      };
    }).reverse();
    return {
      series: [{}, ...series],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      padding: [16, 12, 0, 0],
      scales: {
        x: { time: false, range: (_, low, high) => timeRange(low, high) },
        // Without work the axis has whole numbers.
        y: { range: (_, __, high) => [0, Math.max(high, idleTop) * 1.05] },
      },
      axes: [
        axis(colors, {
          splits: (plot, _, begin, end) =>
            ticks({ begin, end }, this.context?.wallOffset() ?? 0, plot.width / 100),
          values: (_, splits) => splits.map((time) => this.timeLabel(time)), size: 26,
        }),
        axis(colors, {
          values: (_, splits) => splits.map((rate) => tickText(rate)), size: 58,
        }),
      ],
      hooks: {
        setCursor: [(plot) => { this.moveCursor(plot); }],
        draw: [(plot) => { this.drawMarks(plot, colors); }],
      },
    };
  }

  private timeLabel(time: number): string {
    return clockText(time + (this.context?.wallOffset() ?? 0));
  }

  private marks(): Mark[] {
    if (this.context === null) return [];
    const { past, state } = this.context;
    return [...past.marks, startOf(past), ...state.marks];
  }

  private drawMarks(plot: uPlot, colors: Colors) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.textAlign = "center";
    ctx.font = `${10 * devicePixelRatio}px ${colors.font}`;
    const drawn = new Set<string>();
    const columns = marksByPixel(this.marks(),
      (time) => Math.round(plot.valToPos(time, "x", true)));
    for (const [x, marks] of columns) {
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      for (const mark of marks) drawn.add(mark.kind);
      // A start of the scheduler is rare: no other mark hides it.
      const kind = marks.some((mark) => mark.kind === "started") ? "started"
        : marks.at(-1)?.kind ?? "";
      const color = kind === "lost" || kind === "quarantined" ? colors.trouble
        : kind === "started" ? colors.text : colors.faint;
      ctx.fillStyle = withAlpha(color, 40);
      ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
      ctx.fillStyle = color;
      ctx.fillText(signs[kind] ?? "•", x, bbox.top - 3 * devicePixelRatio);
    }
    if (this.mark !== null) {
      ctx.fillStyle = colors.accent;
      ctx.fillRect(plot.valToPos(this.mark, "x", true) - devicePixelRatio, bbox.top,
        3 * devicePixelRatio, bbox.height);
    }
    ctx.restore();
    setData(this.element, "marks", [...drawn].sort().join(" "));
  }

  private press(event: KeyboardEvent) {
    const steps: Record<string, 1 | -1> = { ArrowLeft: -1, ArrowRight: 1 };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const shown = this.marks().filter((mark) => mark.at >= Math.min(this.times[0] ?? 0, 0));
    this.choose(nextMark(shown, this.mark, step));
  }

  // Shows what happened at this time.
  private choose(at: number | null) {
    if (at === this.mark) return;
    this.mark = at;
    this.showEvents(at === null ? [] : this.marks().filter((mark) => mark.at === at));
    this.plot.redraw();
  }

  private moveCursor(plot: uPlot) {
    this.cursor = plot.cursor.idx ?? null;
    this.showValues();
    const left = plot.cursor.left ?? -1;
    const near = left < 0 ? [] : this.marks().filter((mark) =>
      Math.abs(plot.valToPos(mark.at, "x") - left) <= marksNear);
    if (left >= 0 || this.mark === null) this.showEvents(near);
  }

  private showEvents(near: Mark[]) {
    const shown = near.slice(0, 3).map((mark) =>
      `${signs[mark.kind] ?? "•"} ${this.timeLabel(mark.at)} ${mark.text}`);
    const more = near.length - shown.length;
    if (more > 0) shown.push(`and ${thingsText(more, "other")}`);
    setText(this.events, shown.join(" · "));
    show(this.events, shown.length > 0);
  }
}
