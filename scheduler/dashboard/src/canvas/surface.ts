// A canvas with the pixels of the screen, whose drawing is in CSS pixels.
import { h } from "../ui/dom";

export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly ctx: CanvasRenderingContext2D;
  width = 0;
  height = 0;

  constructor(label: string) {
    this.canvas = h("canvas", { role: "img", "aria-label": label });
    const ctx = this.canvas.getContext("2d");
    if (ctx === null) throw new Error("this browser has no canvas");
    this.ctx = ctx;
  }

  // Starts a drawing of this size.
  begin(width: number, height: number) {
    const ratio = devicePixelRatio;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) {
      [this.canvas.width, this.canvas.height] = pixels;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.width = width;
    this.height = height;
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ctx.clearRect(0, 0, width, height);
  }
}

// Rectangles by colour: a canvas is fast as long as the colour seldom changes.
export class RectBatch {
  private readonly byColor = new Map<string, number[]>();

  add(color: string, x: number, y: number, width: number, height: number) {
    let list = this.byColor.get(color);
    if (list === undefined) {
      list = [];
      this.byColor.set(color, list);
    }
    list.push(x, y, width, height);
  }

  draw(ctx: CanvasRenderingContext2D) {
    for (const [color, list] of this.byColor) {
      ctx.fillStyle = color;
      for (let i = 0; i < list.length; i += 4) {
        ctx.fillRect(list[i] ?? 0, list[i + 1] ?? 0, list[i + 2] ?? 0, list[i + 3] ?? 0);
      }
    }
  }
}
