// All workers at once, a cell for each: colour for a state, and its strength for the speed.
import { withAlpha } from "../canvas/plot";
import { RectBatch, Surface } from "../canvas/surface";
import type { Worker } from "../live/model";
import { h } from "../ui/dom";
import type { Context } from "../ui/panel";
import type { Colors } from "../ui/theme";
import { mapLayout, workerAt } from "./map_layout";
import type { MapLayout } from "./map_layout";
import { byHost } from "./rows";
import { workerLines } from "./tip_lines";

export class MapView {
  readonly element: HTMLElement;
  private readonly surface = new Surface("A cell for each worker, by host");
  private layout: MapLayout | null = null;
  private layoutKey = "";
  private context: Context | null = null;
  private pointer: { x: number; y: number } | null = null;

  constructor(onPick: (worker: number) => void) {
    this.element = h("div", { class: "map" }, this.surface.canvas);
    const { canvas } = this.surface;
    canvas.addEventListener("pointermove", (event) => {
      this.pointer = { x: event.clientX, y: event.clientY };
    });
    canvas.addEventListener("pointerleave", () => { this.pointer = null; });
    canvas.addEventListener("click", (event) => {
      const worker = this.at(event.clientX, event.clientY);
      if (worker !== null) onPick(worker);
    });
  }

  // `version` changes when the rows do.
  update(context: Context, rows: Worker[], version: number) {
    this.context = context;
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0) return;
    const key = `${version} ${width} ${height}`;
    if (this.layout === null || key !== this.layoutKey) {
      this.layoutKey = key;
      this.layout = mapLayout(byHost(rows), width, height);
    }
    this.surface.begin(width, Math.max(height, this.layout.height));
    this.draw(this.layout, context);
  }

  tip(): { x: number; y: number; lines: string[] } | null {
    if (this.pointer === null || this.context === null) return null;
    const id = this.at(this.pointer.x, this.pointer.y);
    const worker = id === null ? undefined : this.context.state.workers.get(id);
    if (worker === undefined) return null;
    return {
      ...this.pointer,
      lines: [`${worker.name} on ${worker.host}`, ...workerLines(worker, this.context)],
    };
  }

  private at(x: number, y: number): number | null {
    const box = this.surface.canvas.getBoundingClientRect();
    return this.layout === null ? null : workerAt(this.layout, x - box.left, y - box.top);
  }

  private draw(layout: MapLayout, context: Context) {
    const { ctx } = this.surface;
    const { state, colors } = context;
    const batch = new RectBatch();
    const gap = layout.cell >= 5 ? 1 : 0;
    for (const block of layout.blocks) {
      block.workers.forEach((id, i) => {
        const worker = state.workers.get(id);
        if (worker === undefined) return;
        batch.add(cellColor(worker, colors), block.x + (i % block.columns) * layout.cell,
          block.y + layout.label + Math.floor(i / block.columns) * layout.cell,
          layout.cell - gap, layout.cell - gap);
      });
    }
    batch.draw(ctx);
    if (layout.label === 0) return;
    ctx.font = `11px ${colors.font}`;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.fillStyle = colors.faint;
    for (const block of layout.blocks) {
      ctx.fillText(block.host, block.x, block.y + layout.label / 2, block.columns * layout.cell);
    }
  }
}

const shades = 5;

// Few shades, so that drawing seldom changes its colour.
function cellColor(worker: Worker, colors: Colors): string {
  if (worker.state !== "active") return colors.states[worker.state];
  if (worker.rate <= 0) return colors.line;
  const share = worker.claimedRate > 0 ? Math.min(1, worker.rate / worker.claimedRate) : 1;
  return withAlpha(colors.accent, 20 + 80 * (Math.ceil(share * shades) / shades));
}
