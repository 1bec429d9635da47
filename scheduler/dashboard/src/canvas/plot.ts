// The common parts of the plots by uPlot: size, axes, and being made again for other colours.
import uPlot from "uplot";
import { h } from "../ui/dom";
import type { Colors } from "../ui/theme";

// Makes the options for these colours; the size is filled in.
export type MakeOptions = (colors: Colors) => Omit<uPlot.Options, "width" | "height">;

// A plot that fills its element.
export class Plot {
  readonly element = h("div", { class: "plot" });
  private chart: uPlot | null = null;
  private key = "";
  private data: uPlot.AlignedData = [[]];

  constructor(private readonly make: MakeOptions) {
    new ResizeObserver(() => { this.resize(); }).observe(this.element);
  }

  // `key` names all that the options depend on: with another one the plot is made again.
  update(data: uPlot.AlignedData, key: string, colors: Colors) {
    this.data = data;
    if (this.chart === null || key !== this.key) {
      this.chart?.destroy();
      this.key = key;
      this.chart = new uPlot({ ...this.make(colors), ...this.size() }, data, this.element);
    } else {
      this.chart.setData(data);
    }
  }

  // With the same data.
  redraw() {
    this.chart?.redraw(false);
  }

  private size(): { width: number; height: number } {
    return {
      width: Math.max(this.element.clientWidth, 100),
      height: Math.max(this.element.clientHeight, 80),
    };
  }

  private resize() {
    if (this.element.clientWidth === 0) return;
    this.chart?.setSize(this.size());
    this.chart?.setData(this.data);
  }
}

// An axis in the page's colours and font.
export function axis(colors: Colors, more: uPlot.Axis): uPlot.Axis {
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.85;
  return {
    stroke: colors.faint,
    font: `${size}px ${colors.font}`,
    labelFont: `${size}px ${colors.font}`,
    grid: { stroke: colors.line, width: 1 },
    ticks: { stroke: colors.line, width: 1, size: 4 },
    ...more,
  };
}

// The colour "#rrggbb" with less weight, for areas.
export function withAlpha(color: string, percent: number): string {
  return color + Math.round(2.55 * percent).toString(16).padStart(2, "0");
}
