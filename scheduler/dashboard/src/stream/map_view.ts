// All workers at once, a cell for each: colour for a state, and its strength for the speed.
import { withAlpha } from "../canvas/plot";
import { RectBatch, Surface } from "../canvas/surface";
import type { Worker } from "../live/model";
import { h, setText } from "../ui/dom";
import type { Context } from "../ui/panel";
import type { Colors } from "../ui/theme";
import { cellOf, mapLayout, nextCell, workerAt } from "./map_layout";
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
  private chosen: number | null = null;  // By keys.
  private readonly spoken = h("p", { class: "visually-hidden", role: "status" });

  constructor(private readonly onPick: (worker: number) => void) {
    this.element = h("div", {
      class: "map", tabindex: 0, role: "region",
      "aria-label": "Map of the workers. Arrow keys choose a worker, Enter shows its row and " +
        "its leases.",
      onkeydown: (event: KeyboardEvent) => { this.press(event); },
      onblur: () => { this.choose(null); },
    }, this.spoken, this.surface.canvas);
    const { canvas } = this.surface;
    canvas.addEventListener("pointermove", (event) => {
      this.pointer = { x: event.clientX, y: event.clientY };
    });
    canvas.addEventListener("pointerleave", () => { this.pointer = null; });
    canvas.addEventListener("click", (event) => {
      const worker = this.at(event.clientX, event.clientY);
      if (worker !== null) this.onPick(worker);
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

  // On the worker under the pointer, else on the one that keys have chosen.
  tip(): { x: number; y: number; lines: string[] } | null {
    const id = this.pointer === null ? this.chosen : this.at(this.pointer.x, this.pointer.y);
    const place = this.pointer ?? this.placeOf(id);
    const lines = id === null ? [] : this.lines(id);
    return place === null || lines.length === 0 ? null : { ...place, lines };
  }

  private lines(id: number): string[] {
    const worker = this.context?.state.workers.get(id);
    if (worker === undefined || this.context === null) return [];
    return [`${worker.name} on ${worker.host}`, ...workerLines(worker, this.context)];
  }

  // In the window.
  private placeOf(id: number | null): { x: number; y: number } | null {
    if (id === null || this.layout === null) return null;
    const cell = cellOf(this.layout, id);
    const box = this.surface.canvas.getBoundingClientRect();
    return cell === null ? null : { x: box.left + cell.x, y: box.top + cell.y };
  }

  private press(event: KeyboardEvent) {
    if (this.layout === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    };
    const step = steps[event.key];
    if (event.key === "Enter" && this.chosen !== null) this.onPick(this.chosen);
    else if (step === undefined) return;
    else if (this.chosen === null) this.choose(this.layout.blocks[0]?.workers[0] ?? null);
    else this.choose(nextCell(this.layout, this.chosen, ...step) ?? this.chosen);
    event.preventDefault();
  }

  private choose(worker: number | null) {
    this.chosen = worker;
    setText(this.spoken, worker === null ? "" : this.lines(worker).join(", "));
    if (worker !== null) this.pointer = null;
    if (this.layout === null || this.context === null) return;
    const cell = worker === null ? null : cellOf(this.layout, worker);
    const { scrollTop, clientHeight } = this.element;
    if (cell !== null && (cell.y < scrollTop || cell.y > scrollTop + clientHeight)) {
      this.element.scrollTop = cell.y - clientHeight / 2;
    }
    this.surface.begin(this.surface.width, this.surface.height);
    this.draw(this.layout, this.context);
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
    const chosen = this.chosen === null ? null : cellOf(layout, this.chosen);
    if (chosen !== null) {
      const side = Math.max(layout.cell, 6);
      ctx.strokeStyle = colors.text;
      ctx.lineWidth = 2;
      ctx.strokeRect(chosen.x - side / 2, chosen.y - side / 2, side, side);
    }
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
