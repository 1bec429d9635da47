// Draws the rows of the task stream.  Colour says the job; the end of a box says how it ended.
import { withAlpha } from "../canvas/plot";
import type { RectBatch } from "../canvas/surface";
import type { Lane } from "../live/model";
import type { Outcome } from "../live/protocol";
import { jobLooks } from "../ui/job_looks";
import type { Colors } from "../ui/theme";
import { bandsOf, boxRects } from "./lane_layout";
import type { BoxRect } from "./lane_layout";
import type { Window } from "./time_view";

// The place of a row.
export interface RowArea {
  x: number;
  y: number;
  width: number;
  height: number;
}

// How much of a box's colour is left, and the width of its end.
const looks: Record<Outcome | "running", { percent: number; end: number }> = {
  done: { percent: 100, end: 0 },
  truncated: { percent: 100, end: 2 },
  "given back": { percent: 35, end: 2 },
  lost: { percent: 35, end: 3 },
  duplicate: { percent: 20, end: 0 },
  revoked: { percent: 35, end: 2 },
  late: { percent: 100, end: 2 },
  running: { percent: 60, end: 0 },
};

// Adds a row to the batches, and returns how many boxes it has.
export function addLane(batches: { back: RectBatch; front: RectBatch }, lane: Lane, area: RowArea,
    window: Window, now: number, colors: Colors): number {
  for (const band of bandsOf(lane, window, area.width, now)) {
    const color = colors.states[band.state];
    batches.back.add(withAlpha(color, 25), area.x + band.x, area.y, band.width, area.height);
    batches.back.add(color, area.x + band.x, area.y + area.height - 2, band.width, 2);
  }
  const rects = boxRects(lane, window, area.width, now);
  for (const rect of rects) addBox(batches.front, rect, inner(area), colors);
  return rects.length;
}

// Rows have a gap where there is room for one.
function inner(area: RowArea): RowArea {
  const gap = area.height >= 14 ? 2 : area.height >= 7 ? 1 : area.height >= 4 ? 0.5 : 0;
  return { ...area, y: area.y + gap, height: area.height - 2 * gap };
}

function addBox(batch: RectBatch, rect: BoxRect, area: RowArea, colors: Colors) {
  const jobLook = jobLooks.of(rect.job);
  const color = colors.jobs[jobLook.color] ?? colors.accent;
  const look = looks[rect.outcome];
  // A gap after a box shows where it ends.
  const width = Math.max(rect.width - (rect.width > 3 ? 1 : 0), 0.75);
  const x = area.x + rect.x;
  const fill = look.percent === 100 ? color : withAlpha(color, look.percent);
  batch.add(fill, x, area.y, width, area.height);
  if (jobLook.isDashed && area.height >= 4) {
    batch.add(colors.surface, x, area.y + Math.floor(area.height / 2), width, 1);
  }
  if (rect.outcome === "duplicate" && width > 3) {
    batch.add(color, x, area.y, width, 1);
    batch.add(color, x, area.y + area.height - 1, width, 1);
  }
  const end = Math.min(look.end, width);
  const endColor = rect.outcome === "running" ? undefined : colors.ends[rect.outcome];
  if (end > 0 && endColor !== undefined) {
    batch.add(endColor, x + width - end, area.y, end, area.height);
  }
}
