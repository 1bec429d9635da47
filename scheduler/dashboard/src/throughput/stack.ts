// The throughput of groups, one upon the other.  Pure.
import type { Mark } from "../live/model";

export interface Stack {
  times: number[];
  rates: number[][];  // By group.
  tops: number[][];   // By group: its rate and those of the groups below.
}

// `points` are [time, rate of the first group, ...].
export function stacked(points: number[][], groups: number): Stack {
  const times = points.map((point) => point[0] ?? 0);
  const rates: number[][] = [];
  const tops: number[][] = [];
  let below = points.map(() => 0);
  for (let group = 0; group < groups; group += 1) {
    const own = points.map((point) => point[group + 1] ?? 0);
    below = below.map((sum, i) => sum + (own[i] ?? 0));
    rates.push(own);
    tops.push(below);
  }
  return { times, rates, tops };
}

// Marks that would be drawn at the same place, together: many workers join at once.
export function marksByPixel(marks: Mark[], pixelOf: (time: number) => number):
    Map<number, Mark[]> {
  const columns = new Map<number, Mark[]>();
  for (const mark of marks) {
    const x = pixelOf(mark.at);
    const column = columns.get(x);
    if (column === undefined) columns.set(x, [mark]);
    else column.push(mark);
  }
  return columns;
}

// The scheduler's start is drawn as long as the first point is near to it.
const startNearMs = 10_000;

// The range of the axis of times, for the first point and the last one.
export function timeRange(first: number, last: number): [number, number] {
  const low = first > 0 && first <= startNearMs ? 0 : first;
  return [low, Math.max(last, low + 1)];
}

// The time of the next mark in this direction; from null on, the newest or the oldest one.
export function nextMark(marks: Mark[], from: number | null, step: 1 | -1): number | null {
  const times = [...new Set(marks.map((mark) => mark.at))].sort((a, b) => a - b);
  if (from === null) return (step < 0 ? times.at(-1) : times[0]) ?? null;
  const found = step < 0 ? times.filter((time) => time < from).at(-1)
    : times.find((time) => time > from);
  return found ?? from;
}
