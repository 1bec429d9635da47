// How the estimates of some jobs converge: their errors, or the path of the estimates, against the
// number of samples.
import uPlot from "uplot";
import { Plot, axis, withAlpha } from "../canvas/plot";
import { decades, errorLabel, everyOther, roomy, signedDecades } from "../convergence/scales";
import { Legend } from "../convergence/legend";
import { seriesOf } from "../convergence/series";
import type { Series } from "../convergence/series";
import { tickText } from "../format/quantities";
import { drawnJobs, toggleDrawn } from "../live/choice";
import type { Job } from "../live/protocol";
import { h, setData } from "../ui/dom";
import { emptyState, panelFrame, setPressed, showEmpty, toggle } from "../ui/panel";
import type { Change, Context, Panel, Requests } from "../ui/panel";
import { jobLooks } from "../ui/job_looks";
import type { Colors } from "../ui/theme";

type Kind = "error" | "path";

// uPlot's names for these do not exist at run time.
/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment */
const logarithmic: uPlot.Scale.Distr = 3;
const arcsinh: uPlot.Scale.Distr = 4;
/* eslint-enable */

interface Drawn {
  job: Job;
  series: Series;
}

export class Convergence implements Panel {
  readonly name = "convergence";
  readonly topics: Change[] = ["jobs", "convergence", "wish", "colors"];
  readonly element: HTMLElement;
  private kind: Kind = "error";
  private drawn: Drawn[] = [];
  private context: Context | null = null;
  private readonly kinds: Record<Kind, HTMLButtonElement>;
  private readonly compare: HTMLButtonElement;
  private readonly legend: Legend;
  private readonly plot = new Plot((colors) => this.options(colors));
  private readonly empty = emptyState("no-points",
    "The plot begins with the first samples that are counted.", []);

  constructor(private readonly requests: Requests) {
    const frame = panelFrame("convergence", "Convergence");
    this.element = frame.element;
    this.kinds = {
      error: toggle("Error", () => { this.choose("error"); },
        "The standard error against the samples, both logarithmic"),
      path: toggle("Estimate", () => { this.choose("path"); },
        "The estimate and its 95 % interval against the samples"),
    };
    this.compare = toggle("π", (isOn) => { requests.compareWithPi(isOn); },
      "Show the true value");
    frame.tools.append(
      h("span", { class: "segments", role: "group", "aria-label": "Quantity that is drawn" },
        this.kinds.error, this.kinds.path), this.compare);
    this.legend = new Legend((job) => { this.remove(job); });
    frame.body.append(this.empty, this.plot.element, this.legend.element);
  }

  update(context: Context) {
    this.context = context;
    const jobs = drawnJobs(context.state, context.wish);
    this.drawn = jobs.map((job) => {
      const points = context.state.convergence.get(job.job) ?? [];
      return { job, series: seriesOf(job, points, context.comparesWithPi ? Math.PI : null) };
    });
    setPressed(this.kinds.error, this.kind === "error");
    setPressed(this.kinds.path, this.kind === "path");
    setPressed(this.compare, context.comparesWithPi);
    const first = this.drawn[0]?.series;
    setData(this.element, "points", first?.samples.length ?? 0);
    setData(this.element, "error", first?.newestError ?? "");
    const isEmpty = this.drawn.every(({ series }) => series.samples.length === 0);
    showEmpty(this.empty, isEmpty && context.isReceived, this.plot.element, this.legend.element);
    this.legend.update(this.drawn.map(({ job, series: { newestError } }) => ({ job, newestError })),
      this.kind, context.comparesWithPi);
    if (isEmpty) return;
    const key = JSON.stringify([this.kind, context.comparesWithPi, context.colors.surface,
      jobs.map((job) => [job.job, jobLooks.of(job.job)]), this.linearPart()]);
    this.plot.update(this.data(), key, context.colors);
  }

  private choose(kind: Kind) {
    this.kind = kind;
    if (this.context !== null) this.update(this.context);
  }

  private remove(job: number) {
    if (this.context !== null) this.requests.changeWish(toggleDrawn(this.context.wish, job));
  }

  private columns({ series }: Drawn): (number | null)[][] {
    return this.kind === "error"
      ? [series.band, series.error, series.theory, series.distance]
      : [series.high, series.low, series.path];
  }

  private data(): uPlot.AlignedData {
    const tables = this.drawn.map((drawn) =>
      [drawn.series.samples, ...this.columns(drawn)] as uPlot.AlignedData);
    return tables.length === 1 && tables[0] !== undefined ? tables[0] : uPlot.join(tables);
  }

  private options(colors: Colors): Omit<uPlot.Options, "width" | "height"> {
    const isError = this.kind === "error";
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    for (const { job } of this.drawn) {
      const look = jobLooks.of(job.job);
      const color = colors.jobs[look.color] ?? colors.text;
      const dash = look.isDashed ? [12, 4] : [];
      if (isError) {
        series.push(...this.errorSeries(color, dash, colors));
      } else {
        bands.push({ series: [series.length, series.length + 1], fill: withAlpha(color, 20) });
        series.push(edge(color), edge(color), line(color, dash));
      }
    }
    return {
      series,
      bands,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: false, distr: logarithmic, log: 10, range: (_, low, high) => roomy(low, high) },
        y: isError
          ? { distr: logarithmic, log: 10, range: (_, low, high) => roomy(low, high) }
          : { distr: arcsinh, asinh: this.linearPart(), range: () => this.pathRange() },
      },
      axes: this.axes(colors),
      hooks: { draw: [(plot) => { this.drawMarks(plot, colors); }] },
    };
  }

  private errorSeries(color: string, dash: number[], colors: Colors): uPlot.Series[] {
    const distance: uPlot.Series = {
      show: this.context?.comparesWithPi === true,
      points: { show: true, size: 5, fill: colors.text, stroke: colors.text },
      paths: () => null,
      stroke: colors.text,
    };
    return [
      {
        stroke: withAlpha(color, 35), width: 1, fill: withAlpha(color, 12), spanGaps: true,
        fillTo: (plot) => plot.scales["y"]?.min ?? 0, points: { show: false },
      },
      line(color, dash),
      { stroke: colors.text, width: 1, dash: [2, 6], spanGaps: true, points: { show: false } },
      distance,
    ];
  }

  private axes(colors: Colors): uPlot.Axis[] {
    const isError = this.kind === "error";
    return [
      axis(colors, {
        splits: (plot) => decades(plot.scales["x"]?.min ?? 1, plot.scales["x"]?.max ?? 10),
        filter: (_, splits) => splits,
        values: (_, splits) => everyOther(splits).map((value) =>
          value === null ? "" : tickText(value)),
        size: 26,
      }),
      axis(colors, {
        splits: (plot) => {
          const { min = 0, max = 1 } = plot.scales["y"] ?? {};
          return isError ? decades(min, max) : signedDecades(min, max, this.linearPart());
        },
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map((value) => errorLabel(value)),
        size: 58,
      }),
    ];
  }

  // Differences below this are drawn linearly: the newest error.
  private linearPart(): number {
    const errors = this.drawn.flatMap(({ series: { newestError } }) =>
      newestError === null || newestError <= 0 ? [] : [newestError]);
    return 10 ** Math.floor(Math.log10(errors.length === 0 ? 1 : Math.min(...errors)));
  }

  private pathRange(): [number, number] {
    const values = this.drawn.flatMap(({ series }) => [...series.low, ...series.high]);
    const most = Math.max(1e-18, ...values.map((value) => Math.abs(value ?? 0)));
    return [-1.2 * most, 1.2 * most];
  }

  // Where counts were corrected, and the reference of the path.
  private drawMarks(plot: uPlot, colors: Colors) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.lineWidth = devicePixelRatio;
    ctx.strokeStyle = colors.faint;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const { series } of this.drawn) {
      for (const samples of series.corrected) {
        const x = plot.valToPos(samples, "x", true);
        strokeLine(ctx, x, bbox.top, x, bbox.top + bbox.height);
      }
    }
    if (this.kind === "path") {
      ctx.strokeStyle = this.context?.comparesWithPi === true ? colors.good : colors.faint;
      ctx.setLineDash([]);
      const y = plot.valToPos(0, "y", true);
      strokeLine(ctx, bbox.left, y, bbox.left + bbox.width, y);
    }
    ctx.restore();
  }
}

function line(color: string, dash: number[]): uPlot.Series {
  return { stroke: color, width: 2, dash, spanGaps: true, points: loneDot(color, 6) };
}

function edge(color: string): uPlot.Series {
  const faint = withAlpha(color, 40);
  return { stroke: faint, width: 1, spanGaps: true, points: loneDot(faint, 4) };
}

// One point makes no line, so it is a dot.
function loneDot(color: string, size: number): uPlot.Series.Points {
  const isLone = (plot: uPlot, index: number) =>
    Array.from(plot.data[index] ?? []).filter((value) => typeof value === "number").length === 1;
  return { show: isLone, size, fill: color, stroke: color };
}

function strokeLine(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number,
    y2: number) {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
