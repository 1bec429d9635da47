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
