// Where the boxes and bands of a worker's row are, in pixels.  Pure; lane_drawing.ts draws them.
import type { Box, Lane } from "../live/model";
import type { Outcome, WorkerState } from "../live/protocol";
import type { Window } from "./time_view";

export interface BoxRect {
  x: number;
  width: number;
  job: number;
  outcome: Outcome | "running";
}

export interface Band {
  x: number;
  width: number;
  state: WorkerState;
}

// Boxes narrower than this are drawn together with their neighbours.
const narrow = 1.5;

// The boxes within the window, by their ends.  Neighbours that could not be told apart are one, so
// the number is bounded by the width.
export function boxRects(lane: Lane, window: Window, width: number, now: number): BoxRect[] {
  const scale = width / (window.end - window.begin);
  const rects: BoxRect[] = [];
  let last: BoxRect | null = null;
  for (let i = firstEndingAfter(lane.boxes, window.begin); i < lane.boxes.length; i += 1) {
    const box = lane.boxes[i];
    if (box === undefined || box.begin >= window.end) continue;
    const x = Math.max(0, (box.begin - window.begin) * scale);
    const end = Math.min(width, (box.end - window.begin) * scale);
    const isNarrow = end - x < narrow;
    if (last !== null && isNarrow && x < last.x + last.width + 1 && isLike(last, box)) {
      last.width = Math.max(last.width, end - last.x);
      continue;
    }
    last = { x, width: Math.max(end - x, 1), job: box.job, outcome: box.outcome };
    rects.push(last);
  }
  if (lane.running !== null && lane.running.begin < window.end && now > window.begin) {
    const x = Math.max(0, (lane.running.begin - window.begin) * scale);
    const end = Math.min(width, (now - window.begin) * scale);
    rects.push({ x, width: Math.max(end - x, 1), job: lane.running.job, outcome: "running" });
  }
  return rects;
}

function isLike(rect: BoxRect, box: Box): boolean {
  return rect.job === box.job && rect.outcome === box.outcome;
}

// The index of the first box that ends after `time`.
export function firstEndingAfter(boxes: Box[], time: number): number {
  let low = 0;
  let high = boxes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((boxes[middle]?.end ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

// The periods in which the worker was not active.
export function bandsOf(lane: Lane, window: Window, width: number, now: number): Band[] {
  const scale = width / (window.end - window.begin);
  const bands: Band[] = [];
  for (const period of lane.periods) {
    const end = Math.min(period.end ?? now, window.end);
    if (period.state === "active" || end <= window.begin || period.begin >= window.end) continue;
    const x = Math.max(0, (period.begin - window.begin) * scale);
    const bandEnd = (end - window.begin) * scale;
    bands.push({ x, width: Math.max(1, bandEnd - x), state: period.state });
  }
  return bands;
}

// The box at `time`, or the nearest one within `slack`.
export function boxAt(lane: Lane, time: number, slack: number): Box | null {
  let best: Box | null = null;
  let bestDistance = slack;
  for (let i = firstEndingAfter(lane.boxes, time - slack); i < lane.boxes.length; i += 1) {
    const box = lane.boxes[i];
    if (box === undefined || box.begin > time + slack) continue;
    const distance = Math.max(box.begin - time, time - box.end, 0);
    if (distance < bestDistance || (distance === 0 && best === null)) {
      best = box;
      bestDistance = distance;
    }
    if (distance === 0) break;
  }
  return best;
}

// The box before or after `time`, or the one that ends there; null: there is none.
export function stepBox(lane: Lane, time: number, step: 1 | -1): Box | null {
  const next = firstEndingAfter(lane.boxes, time);
  if (step > 0) return lane.boxes[next] ?? null;
  const before = lane.boxes.slice(0, next).filter((box) => box.end < time);
  return before.at(-1) ?? null;
}

// The height of a row: rows share the room, within bounds that keep them visible and few enough to
// be followed.
export function rowHeight(rows: number, room: number, rowsMax: number): number {
  const highest = 26;
  const lowest = Math.max(4, Math.ceil(room / rowsMax));
  return Math.min(highest, Math.max(lowest, Math.floor(room / Math.max(rows, 1))));
}
