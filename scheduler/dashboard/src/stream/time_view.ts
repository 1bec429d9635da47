// The part of time that the task stream shows.  Pure: the present is an argument.

export interface TimeView {
  spanMs: number;
  end: number | null;  // Null: it follows the present.
}

export interface Window {
  begin: number;
  end: number;
}

// Whether time has moved the picture, `pixels` wide, by a pixel since it was drawn.
export function hasMoved(view: TimeView, drawnAt: number, now: number, pixels: number): boolean {
  return Math.abs(now - drawnAt) * pixels >= view.spanMs;
}

const spanMinMs = 2_000;
const spanMaxMs = 15 * 60_000;

export function windowOf(view: TimeView, now: number): Window {
  const end = view.end ?? now;
  return { begin: end - view.spanMs, end };
}

// Shows a `factor` of the time: 0.5 is twice as near.  The time at `anchor`, in [0, 1] from left to
// right, stays where it is; a view that follows stays at the present.
export function zoom(view: TimeView, factor: number, anchor: number): TimeView {
  const spanMs = Math.min(spanMaxMs, Math.max(spanMinMs, view.spanMs * factor));
  if (view.end === null) return { spanMs, end: null };
  const fixed = view.end - view.spanMs * (1 - anchor);
  return { spanMs, end: fixed + spanMs * (1 - anchor) };
}

// Moves by some milliseconds, into the past if negative.  At the present it follows again.
export function pan(view: TimeView, ms: number, now: number): TimeView {
  const end = (view.end ?? now) + ms;
  if (end >= now) return { ...view, end: null };
  return { ...view, end: Math.max(end, Math.min(now, view.spanMs)) };
}

export function follow(view: TimeView): TimeView {
  return { ...view, end: null };
}

const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].map((seconds) => seconds * 1000);

// Round times within the window, at most `countMax` of them.  `offset` is the wall time of time 0.
export function ticks(window: Window, offset: number, countMax: number): number[] {
  const span = window.end - window.begin;
  const step = tickSteps.find((candidate) => span / candidate <= countMax) ?? span;
  const times: number[] = [];
  const first = Math.ceil((window.begin + offset) / step) * step - offset;
  for (let time = first; time <= window.end; time += step) times.push(time);
  return times;
}
