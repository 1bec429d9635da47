// Takes frames into the state.  The result depends on the state and the frame alone: no clock, no
// document, no socket.
import { emptyState } from "./model";
import type { Figures, Lane, State, Worker } from "./model";
import type {
  BoxRow, Frame, MarkRow, PeriodRow, Point, RangeRow, RunningRow, Scheduler, StateRow, TrendPart,
  WorkerRow,
} from "./protocol";

// The parts that a frame changed, so that only the panels concerned are updated.
export type Topic =
  | "control" | "scheduler" | "jobs" | "workers" | "states" | "lanes" | "marks" | "trend"
  | "convergence" | "log";

export const allTopics: readonly Topic[] = [
  "control", "scheduler", "jobs", "workers", "states", "lanes", "marks", "trend", "convergence",
  "log",
];

// Older ones are forgotten.
const boxesKept = 2000;
const linesKept = 1000;
const marksKept = 500;
const figuresKept = 300;
const trendKeptMs = 15 * 60 * 1000;

// Changes the state, and says what changed.
export function apply(state: State, frame: Frame): Set<Topic> {
  const changed = new Set<Topic>();
  if (frame.first === true) {
    Object.assign(state, emptyState());
    for (const topic of allTopics) changed.add(topic);
  }
  state.now = frame.now;
  function take<Value>(value: Value | undefined, topic: Topic, into: (value: Value) => void) {
    if (value === undefined) return;
    into(value);
    changed.add(topic);
  }
  if (frame.epoch !== undefined) state.epoch = frame.epoch;
  take(frame.control, "control", (control) => { state.control = control; });
  take(frame.scheduler, "scheduler", (scheduler) => { replaceScheduler(state, scheduler); });
  take(frame.jobs, "jobs", (jobs) => { jobs.forEach((job) => state.jobs.set(job.job, job)); });
  take(frame.jobs_gone, "jobs", (ids) => { ids.forEach((id) => { forgetJob(state, id); }); });
  take(frame.workers, "workers", (rows) => { rows.forEach((row) => { describe(state, row); }); });
  take(frame.states, "states", (rows) => { rows.forEach((row) => { report(state, row); }); });
  take(frame.workers_gone, "workers", (ids) => {
    ids.forEach((id) => { forgetWorker(state, id); });
  });
  take(frame.periods, "lanes", (rows) => { rows.forEach((row) => { addPeriod(state, row); }); });
  take(frame.boxes, "lanes", (rows) => { addBoxes(state, rows); });
  take(frame.running, "lanes", (rows) => { replaceRunning(state, rows); });
  take(frame.ranges, "lanes", (rows) => { takeRanges(state, rows); });
  take(frame.marks, "marks", (rows) => { addMarks(state, rows); });
  take(frame.trend, "trend", (part) => { extendTrend(state, part); });
  take(frame.convergence, "convergence", (series) => {
    for (const [job, points] of Object.entries(series)) addPoints(state, Number(job), points);
  });
  take(frame.log, "log", (lines) => { state.log = [...state.log, ...lines].slice(-linesKept); });
  return changed;
}

// Appends, and forgets the oldest.
function push<Item>(list: Item[], items: Item[], kept: number) {
  for (const item of items) list.push(item);
  if (list.length > kept) list.splice(0, list.length - kept);
}

function replaceScheduler(state: State, scheduler: Scheduler) {
  const seconds = (state.now - state.schedulerAt) / 1000;
  const perSecond = (now: number | undefined, before: number | undefined) =>
    ((now ?? NaN) - (before ?? NaN)) / seconds;
  const figures: Figures = {
    at: state.now,
    cpuShare: perSecond(scheduler.process?.cpu_seconds, state.scheduler.process?.cpu_seconds),
    memoryBytes: scheduler.process?.memory_bytes ?? NaN,
    loopLagMs: scheduler.loop_lag_ms ?? NaN,
    commitsPerSecond: perSecond(scheduler.commits, state.scheduler.commits),
  };
  push(state.figures, [figures], figuresKept);
  state.scheduler = scheduler;
  state.schedulerAt = state.now;
}

function forgetJob(state: State, id: number) {
  state.jobs.delete(id);
  state.convergence.delete(id);
}

function workerOf(state: State, id: number): Worker {
  let worker = state.workers.get(id);
  if (worker === undefined) {
    worker = {
      id, name: "", host: "", batchJob: "", kernel: "", devices: "", threads: 0, claimedRate: 0,
      state: "active", rate: 0, contributed: 0, leases: 0, heardAt: state.now, reason: "",
      connectedMs: 0, endsAt: null,
    };
    state.workers.set(id, worker);
  }
  return worker;
}

function describe(state: State, row: WorkerRow) {
  const [id, name, host, batchJob, kernel, devices, threads, claimedRate] = row;
  Object.assign(workerOf(state, id), {
    name, host, batchJob, kernel, devices, threads, claimedRate,
  });
}

function report(state: State, row: StateRow) {
  const [id, workerState, rate, contributed, leases, heardMsAgo, reason, connectedMs, msLeft] = row;
  const worker = workerOf(state, id);
  const heardAt = state.now - heardMsAgo;
  const endsAt = msLeft === undefined ? null : state.now + msLeft;
  Object.assign(worker, {
    state: workerState, rate, contributed, leases, heardAt, reason, connectedMs, endsAt,
  });
}

function forgetWorker(state: State, id: number) {
  state.workers.delete(id);
  state.lanes.delete(id);
}

function laneOf(state: State, worker: number): Lane {
  let lane = state.lanes.get(worker);
  if (lane === undefined) {
    lane = { boxes: [], periods: [], running: null, range: null };
    state.lanes.set(worker, lane);
  }
  return lane;
}

// A period has the identity of its worker and its begin: when it ends, it is sent again.
function addPeriod(state: State, row: PeriodRow) {
  const [worker, workerState, begin, end] = row;
  const periods = laneOf(state, worker).periods;
  const same = periods.findIndex((period) => period.begin === begin);
  const period = { state: workerState, begin, end };
  if (same >= 0) {
    periods[same] = period;
  } else {
    periods.push(period);
    periods.sort((a, b) => a.begin - b.begin);
  }
}

// The boxes of a worker that is followed again are sent again: only those that are new are added.
function addBoxes(state: State, rows: BoxRow[]) {
  const lastEnds = new Map<number, number>();
  for (const [worker, job, begin, end, outcome, leases, counted, first, after] of rows) {
    const boxes = laneOf(state, worker).boxes;
    const lastEnd = lastEnds.get(worker) ?? boxes.at(-1)?.end ?? -Infinity;
    lastEnds.set(worker, lastEnd);
    if (end <= lastEnd) continue;
    push(boxes, [{ job, begin, end, outcome, leases, counted, first, after }], boxesKept);
  }
}

function replaceRunning(state: State, rows: RunningRow[]) {
  for (const lane of state.lanes.values()) lane.running = null;
  for (const [worker, job, begin] of rows) laneOf(state, worker).running = { job, begin };
}

function takeRanges(state: State, rows: RangeRow[]) {
  for (const [worker, begin, first, after] of rows) {
    laneOf(state, worker).range = { begin, first, after };
  }
}

function addMarks(state: State, rows: MarkRow[]) {
  push(state.marks, rows.map(([at, kind, text]) => ({ at, kind, text })), marksKept);
}

function extendTrend(state: State, part: TrendPart) {
  const isNew = part.restart === true || state.trend.groups.length === 0;
  const points = isNew ? part.points : [...state.trend.points, ...part.points];
  state.trend = {
    groups: part.groups,
    points: points.filter((point) => (point[0] ?? 0) >= state.now - trendKeptMs),
  };
}

// A corrected point replaces those before it that have as many samples or more.
function addPoints(state: State, job: number, points: Point[]) {
  let known = new Map((state.convergence.get(job) ?? []).map((point) => [point.number, point]));
  for (const point of points) {
    if (point.is_corrected) {
      known = new Map([...known].filter(([, { samples }]) => samples < point.samples));
    }
    known.set(point.number, point);
  }
  state.convergence.set(job, [...known.values()].sort((a, b) => a.number - b.number));
}
