// The scheduler processes before this one, as the page saw them.  Pure.
import type { Mark, State, Trend } from "./model";

// Times are those of the scheduler that runs now: what was before its start is negative.
export interface Past {
  trend: Trend;
  marks: Mark[];
}

export function noPast(): Past {
  return { trend: { groups: [], points: [] }, marks: [] };
}

const pastKeptMs = 15 * 60 * 1000;

// The past after a restart: what was past already, and `before`, the state of the process that
// ended.  The new process started `ms` after the old one.
export function withBefore(past: Past, before: Pick<State, "trend" | "marks">, ms: number): Past {
  const trend = joined(past.trend, before.trend);
  const marks = [...past.marks, startOf(past), ...before.marks];
  const isKept = (at: number) => at >= -pastKeptMs && at < 0;
  return {
    trend: {
      groups: trend.groups,
      points: trend.points.map(([at = 0, ...rates]) => [at - ms, ...rates])
        .filter(([at = 0]) => isKept(at)),
    },
    marks: marks.map((mark) => ({ ...mark, at: mark.at - ms })).filter(({ at }) => isKept(at)),
  };
}

// The mark of the start of the process after this past.
export function startOf(past: Past): Mark {
  const isFirst = past.trend.points.length === 0 && past.marks.length === 0;
  return { at: 0, kind: "started",
    text: isFirst ? "the scheduler started" : "the scheduler was started again" };
}

// Two trends, one after the other.  Nothing was counted between them.
export function joined(first: Trend, second: Trend): Trend {
  if (first.points.length === 0) return second;
  const groups = [...new Set([...second.groups, ...first.groups])];
  const zeros = groups.map(() => 0);
  const lastAt = first.points.at(-1)?.[0] ?? 0;
  const nextAt = second.points[0]?.[0] ?? lastAt + 2;
  const pause = nextAt - lastAt > 2 ? [[lastAt + 1, ...zeros], [nextAt - 1, ...zeros]] : [];
  return { groups, points: [...inGroups(first, groups), ...pause, ...inGroups(second, groups)] };
}

function inGroups(trend: Trend, groups: string[]): number[][] {
  const places = groups.map((group) => trend.groups.indexOf(group));
  return trend.points.map((point) => [
    point[0] ?? 0, ...places.map((place) => (place < 0 ? 0 : point[place + 1] ?? 0)),
  ]);
}
