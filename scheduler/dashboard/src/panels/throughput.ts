// Samples per second over the last minutes, by worker or host, with what happened to workers.
import type uPlot from "uplot";
import { Plot, axis, withAlpha } from "../canvas/plot";
import { rateText, siText, thingsText, tickText } from "../format/quantities";
import { clockText } from "../format/durations";
import type { Mark } from "../live/model";
import { marksByPixel, stacked } from "../throughput/stack";
import { ticks } from "../stream/time_view";
import { h, setText, show } from "../ui/dom";
import { emptyState, panelFrame, showEmpty } from "../ui/panel";
import type { Change, Context, Panel } from "../ui/panel";
import type { Colors } from "../ui/theme";

// Marks differ by sign, not by colour alone.
const signs: Record<string, string> = {
  joined: "▲", returned: "△", left: "▽", draining: "◇", lost: "✕", quarantined: "■", started: "●",
};
const marksNear = 6;  // Pixels.

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
  private rates: number[][] = [];
  private cursor: number | null = null;

  constructor() {
    const frame = panelFrame("throughput", "Throughput");
    this.element = frame.element;
    frame.tools.append(this.total);
    frame.body.append(this.empty, this.plot.element, this.legend, this.events);
  }

  update(context: Context) {
    this.context = context;
    const { groups, points } = context.state.trend;
    const isEmpty = points.length === 0 || groups.length === 0;
    showEmpty(this.empty, isEmpty && context.isReceived, this.plot.element, this.legend);
    if (isEmpty) return;
    this.groups = groups;
    const { times, tops, rates } = stacked(points, groups.length);
    this.rates = rates;
    this.showGroups(groups);
    const key = JSON.stringify([groups, context.colors.surface]);
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
    this.legend.replaceChildren(...groups.map((group, i) => {
      const value = h("span", { class: "value" });
      this.values.push(value);
      return h("li", { "data-group": group },
        h("span", { class: "swatch", "data-group-color": i + 1 }), `${group} `, value);
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
    const time = this.context?.state.trend.points[index]?.[0];
    const when = this.cursor === null || time === undefined || this.context === null ? "now"
      : `at ${clockText(time + this.context.wallOffset())}`;
    setText(this.total, `${rateText(total)} ${when}`);
  }

  private options(colors: Colors): Omit<uPlot.Options, "width" | "height"> {
    const series: uPlot.Series[] = this.groups.map((_, i) => {
      const color = colors.groups[i % colors.groups.length] ?? colors.accent;
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
        x: { time: false, range: (_, low, high) => [low, Math.max(high, low + 1)] },
        y: { range: (_, __, high) => [0, Math.max(high, 1) * 1.05] },
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
    // Times count from the scheduler's start.
    return [{ at: 0, kind: "started", text: "the scheduler started" }, ...this.context.state.marks];
  }

  private drawMarks(plot: uPlot, colors: Colors) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.textAlign = "center";
    ctx.font = `${10 * devicePixelRatio}px ${colors.font}`;
    const columns = marksByPixel(this.marks(),
      (time) => Math.round(plot.valToPos(time, "x", true)));
    for (const [x, marks] of columns) {
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      const kind = marks.at(-1)?.kind ?? "";
      const color = kind === "lost" || kind === "quarantined" ? colors.trouble : colors.faint;
      ctx.fillStyle = withAlpha(color, 40);
      ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
      ctx.fillStyle = color;
      ctx.fillText(signs[kind] ?? "•", x, bbox.top - 3 * devicePixelRatio);
    }
    ctx.restore();
  }

  private moveCursor(plot: uPlot) {
    this.cursor = plot.cursor.idx ?? null;
    this.showValues();
    const left = plot.cursor.left ?? -1;
    const near = left < 0 ? [] : this.marks().filter((mark) =>
      Math.abs(plot.valToPos(mark.at, "x") - left) <= marksNear);
    const shown = near.slice(0, 3).map((mark) =>
      `${signs[mark.kind] ?? "•"} ${this.timeLabel(mark.at)} ${mark.kind} ${mark.text}`);
    const more = near.length - shown.length;
    if (more > 0) shown.push(`and ${thingsText(more, "other")}`);
    setText(this.events, shown.join(" · "));
    show(this.events, shown.length > 0);
  }
}
