// The rows of the task stream: one for each worker, of which only those on the screen are drawn.
import { RectBatch, Surface } from "../canvas/surface";
import { clockText } from "../format/durations";
import type { Box, Worker } from "../live/model";
import { followedWorkersMax } from "../live/protocol";
import { h } from "../ui/dom";
import type { Context } from "../ui/panel";
import type { Colors } from "../ui/theme";
import { BoxReader } from "./box_reader";
import { addLane } from "./lane_drawing";
import { boxAt, rowHeight } from "./lane_layout";
import { hasMoved, pan, ticks, windowOf, zoom } from "./time_view";
import type { TimeView, Window } from "./time_view";
import { tipLines } from "./tip_lines";

// Rows beyond the edges are followed, too, so that scrolling shows boxes at once.
const followedBeyond = 8;

// The places of the last drawing.  Reading them from the document takes time.
interface Geometry {
  scrollTop: number;
  room: number;  // For rows: the height above the axis.
  rowHeight: number;
  labelWidth: number;
  plotWidth: number;
}

// Sizes that follow the text of the page.
function sizesFor(colors: Colors) {
  return {
    font: `${Math.round(0.85 * colors.fontPx)}px ${colors.font}`,
    axis: Math.round(1.5 * colors.fontPx),
    labelGap: colors.fontPx,  // Labels are not nearer to each other.
    tickGap: 7 * colors.fontPx,
  };
}

export interface LanesListener {
  onView(view: TimeView): void;
  onRows(workers: number[]): void;  // Other rows are on the screen.
  onPick(worker: number): void;
}

export class LanesView {
  readonly element: HTMLElement;
  view: TimeView = { spanMs: 60_000, end: null };
  chosen: number | null = null;
  private readonly surface = new Surface("Task stream: a row of boxes for each worker");
  private readonly sizer = h("div", { class: "sizer" });
  private rows: Worker[] = [];
  private context: Context | null = null;
  private sizes = { font: "", axis: 0, labelGap: 0, tickGap: 1 };
  private longestLabel = 0;
  private drawn = { at: -Infinity, boxes: 0 };
  private geometry: Geometry = {
    scrollTop: 0, room: 1, rowHeight: 1, labelWidth: 0, plotWidth: 1,
  };
  private followed = "";
  private pointer: { x: number; y: number } | null = null;
  private readonly reader = new BoxReader();  // Of the chosen row.
  private drag: { x: number; view: TimeView } | null = null;

  constructor(private readonly listener: LanesListener) {
    this.element = h("div", {
      class: "lanes", tabindex: 0, role: "region",
      "aria-label": "Task stream. Arrow keys choose a row and move in time, comma and full stop " +
        "read the boxes of the row, plus and minus zoom, F follows the present, Enter shows the " +
        "leases of the row.",
      onscroll: () => { this.draw(); },
      onkeydown: (event: KeyboardEvent) => { this.press(event); },
      onblur: () => { this.reader.forget(); },
    }, this.reader.element, this.sizer);
    this.sizer.append(this.surface.canvas);
    this.listen(this.surface.canvas);
  }

  // Returns the number of boxes drawn.
  update(context: Context, rows: Worker[]): number {
    const isResized = this.context?.colors !== context.colors;
    this.context = context;
    if (isResized) this.sizes = sizesFor(context.colors);
    if (rows !== this.rows || isResized) this.measureLabels(rows);
    this.rows = rows;
    return this.draw();
  }

  // Brings the worker's row to the screen.
  reveal(worker: number) {
    this.chosen = worker;
    this.measure();
    const { room, rowHeight: height } = this.geometry;
    const index = this.rows.findIndex((row) => row.id === worker);
    this.element.scrollTop = Math.max(0, (index + 0.5) * height - room / 2);
    this.draw();
  }

  // The same for each frame of the screen: a drawing costs more than a look at the time.
  drawIfMoved(): number {
    const { context, geometry, view } = this;
    if (context === null) return 0;
    const pixels = geometry.plotWidth * devicePixelRatio;
    return hasMoved(view, this.drawn.at, context.now(), pixels) ? this.draw() : this.drawn.boxes;
  }

  // Returns the number of boxes drawn.
  draw(): number {
    const { context } = this;
    if (context === null || !this.measure()) return 0;
    const { scrollTop, room, rowHeight: height } = this.geometry;
    const now = context.now();
    const window = windowOf(this.view, now);
    const first = Math.max(0, Math.floor(scrollTop / height));
    const end = Math.min(this.rows.length, Math.ceil((scrollTop + room) / height));
    this.follow(first, end);
    this.drawGrid(window, context);
    const boxes = this.drawRows(first, end, window, now, context);
    this.drawLabels(first, end, context.colors);
    this.drawn = { at: now, boxes };
    return boxes;
  }

  // Starts a drawing of the size that the element has now.  False if it is not shown.
  private measure(): boolean {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.element;
    if (width === 0 || height <= this.sizes.axis) return false;
    const room = height - this.sizes.axis;
    const labelWidth = Math.min(this.longestLabel + this.sizes.labelGap, width * 0.2);
    this.geometry = {
      scrollTop, room, labelWidth, plotWidth: width - labelWidth,
      rowHeight: rowHeight(this.rows.length, room, followedWorkersMax - 2 * followedBeyond),
    };
    const sizerHeight = `${this.rows.length * this.geometry.rowHeight + this.sizes.axis}px`;
    if (this.sizer.style.height !== sizerHeight) this.sizer.style.height = sizerHeight;
    this.surface.begin(width, height);
    return true;
  }

  // Text on the thing under the pointer, or on the box that keys have chosen.
  tip(): { x: number; y: number; lines: string[] } | null {
    if (this.reader.box !== null) return this.boxTip(this.reader.box);
    if (this.pointer === null || this.context === null || this.drag !== null) return null;
    const box = this.surface.canvas.getBoundingClientRect();
    const row = this.rowAt(this.pointer.y - box.top);
    if (row === undefined) return null;
    const lane = this.context.state.lanes.get(row.id);
    const x = this.pointer.x - box.left - this.geometry.labelWidth;
    const window = windowOf(this.view, this.context.now());
    const msPerPixel = this.msPerPixel();
    const time = window.begin + x * msPerPixel;
    const found = lane === undefined || x < 0 ? null : boxAt(lane, time, 3 * msPerPixel);
    return { ...this.pointer, lines: tipLines(row, x < 0 ? null : time, found, this.context) };
  }

  private boxTip(box: Box): { x: number; y: number; lines: string[] } | null {
    const index = this.rows.findIndex((row) => row.id === this.chosen);
    const row = this.rows[index];
    if (row === undefined || this.context === null) return null;
    const { scrollTop, rowHeight: height, labelWidth } = this.geometry;
    const area = this.surface.canvas.getBoundingClientRect();
    const window = windowOf(this.view, this.context.now());
    const middle = ((box.begin + box.end) / 2 - window.begin) / this.msPerPixel();
    return {
      x: area.left + labelWidth + Math.max(0, middle),
      y: area.top + (index + 0.5) * height - scrollTop,
      lines: tipLines(row, box.end, box, this.context),
    };
  }

  // The next box of the chosen row in this direction, on the screen.
  private readBox(step: 1 | -1) {
    const { context } = this;
    if (context === null) return;
    if (this.chosen === null) this.choose(1);
    const row = this.rows.find(({ id }) => id === this.chosen);
    if (row === undefined) return;
    this.pointer = null;
    this.reader.step(row, context, step);
    const { box } = this.reader;
    const window = windowOf(this.view, context.now());
    if (box === null || (box.begin >= window.begin && box.end <= window.end)) return;
    this.change(pan(this.view, box.end + this.view.spanMs / 10 - window.end, context.now()));
  }

  private measureLabels(rows: Worker[]) {
    this.surface.ctx.font = this.sizes.font;
    const longest = rows.reduce((most, { name }) => (name.length > most.length ? name : most), "");
    this.longestLabel = Math.ceil(this.surface.ctx.measureText(longest).width);
  }

  private rowAt(y: number): Worker | undefined {
    const { room, scrollTop, rowHeight: height } = this.geometry;
    return y >= room ? undefined : this.rows[Math.floor((y + scrollTop) / height)];
  }

  private follow(first: number, end: number) {
    const ids = this.rows.slice(Math.max(0, first - followedBeyond), end + followedBeyond)
      .map((row) => row.id).slice(0, followedWorkersMax);
    const key = ids.join();
    if (key === this.followed) return;
    this.followed = key;
    this.listener.onRows(ids);
  }

  private drawGrid(window: Window, context: Context) {
    const { ctx, width } = this.surface;
    const { colors } = context;
    const { labelWidth: left, plotWidth, room } = this.geometry;
    const scale = plotWidth / (window.end - window.begin);
    ctx.font = this.sizes.font;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const time of ticks(window, context.wallOffset(), plotWidth / this.sizes.tickGap)) {
      const x = left + (time - window.begin) * scale;
      ctx.fillStyle = colors.line;
      ctx.fillRect(Math.round(x), 0, 1, room);
      const half = this.sizes.tickGap / 3;
      if (x - half < left || x + half > width) continue;
      ctx.fillStyle = colors.faint;
      ctx.fillText(clockText(time + context.wallOffset()), x, room + this.sizes.axis / 2);
    }
  }

  private drawRows(first: number, end: number, window: Window, now: number, context: Context):
      number {
    const { ctx } = this.surface;
    const batches = { back: new RectBatch(), front: new RectBatch() };
    const { scrollTop, room, rowHeight: height, labelWidth: x, plotWidth: width } = this.geometry;
    let boxes = 0;
    for (let i = first; i < end; i += 1) {
      const row = this.rows[i];
      const lane = row === undefined ? undefined : context.state.lanes.get(row.id);
      if (row === undefined || lane === undefined) continue;
      const y = i * height - scrollTop;
      if (row.id === this.chosen) batches.back.add(context.colors.raised, 0, y, x + width, height);
      boxes += addLane(batches, lane, { x, y, width, height }, window, now, context.colors);
    }
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, this.surface.width, room);
    ctx.clip();
    batches.back.draw(ctx);
    batches.front.draw(ctx);
    ctx.restore();
    return boxes;
  }

  private drawLabels(first: number, end: number, colors: Colors) {
    const { ctx } = this.surface;
    const { scrollTop, room, rowHeight: height, labelWidth } = this.geometry;
    let last = -Infinity;
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, labelWidth - 8, room);
    ctx.clip();
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (let i = first; i < end; i += 1) {
      const row = this.rows[i];
      const y = (i + 0.5) * height - scrollTop;
      const { labelGap } = this.sizes;
      if (row === undefined || y - last < labelGap || y < labelGap / 2) continue;
      last = y;
      ctx.fillStyle = colors.names[row.state];
      ctx.fillText(row.name, 0, y);
    }
    ctx.restore();
  }

  private msPerPixel(): number {
    return this.view.spanMs / this.geometry.plotWidth;
  }

  private change(view: TimeView) {
    this.view = view;
    this.listener.onView(view);
    this.draw();
  }

  private listen(canvas: HTMLCanvasElement) {
    canvas.addEventListener("pointermove", (event) => {
      this.pointer = { x: event.clientX, y: event.clientY };
      this.reader.forget();
      if (this.drag === null || this.context === null) return;
      const ms = (this.drag.x - event.clientX) * this.msPerPixel();
      this.change(pan(this.drag.view, ms, this.context.now()));
    });
    canvas.addEventListener("pointerleave", () => { this.pointer = null; });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.drag = { x: event.clientX, view: this.view };
    });
    canvas.addEventListener("pointerup", (event) => {
      const hasMoved = this.drag !== null && Math.abs(this.drag.x - event.clientX) > 3;
      this.drag = null;
      const row = this.rowAt(event.clientY - canvas.getBoundingClientRect().top);
      if (!hasMoved && row !== undefined) this.listener.onPick(row.id);
    });
    canvas.addEventListener("wheel", (event) => { this.roll(event); }, { passive: false });
  }

  // The wheel scrolls rows; with Ctrl it zooms, with Shift it moves in time.
  private roll(event: WheelEvent) {
    if (this.context === null) return;
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (event.ctrlKey) {
      event.preventDefault();
      const box = this.surface.canvas.getBoundingClientRect();
      const anchor = (event.clientX - box.left - this.geometry.labelWidth) /
        this.geometry.plotWidth;
      this.change(zoom(this.view, 1.002 ** event.deltaY, anchor));
    } else if (sideways !== 0) {
      event.preventDefault();
      const ms = sideways * this.msPerPixel();
      this.change(pan(this.view, ms, this.context.now()));
    }
  }

  private press(event: KeyboardEvent) {
    if (this.context === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = this.context.now();
    const step = this.view.spanMs / 10;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => { this.change(pan(this.view, -step, now)); },
      ArrowRight: () => { this.change(pan(this.view, step, now)); },
      ArrowUp: () => { this.choose(-1); },
      ArrowDown: () => { this.choose(1); },
      "+": () => { this.change(zoom(this.view, 0.5, 1)); },
      "-": () => { this.change(zoom(this.view, 2, 1)); },
      ",": () => { this.readBox(-1); },
      ".": () => { this.readBox(1); },
      Escape: () => { this.reader.forget(); },
      f: () => { this.change({ ...this.view, end: null }); },
      Enter: () => { if (this.chosen !== null) this.listener.onPick(this.chosen); },
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  private choose(step: number) {
    const index = this.rows.findIndex((row) => row.id === this.chosen);
    const next = this.rows[index < 0 ? 0 : index + step];
    if (next === undefined) return;
    this.chosen = next.id;
    this.reader.readRow(next);
    const { scrollTop, room, rowHeight: height } = this.geometry;
    const top = this.rows.indexOf(next) * height;
    if (top < scrollTop || top + height > scrollTop + room) this.reveal(next.id);
    else this.draw();
  }
}
