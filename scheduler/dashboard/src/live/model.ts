// All that the page knows about the scheduler.
import type { Job, LogLine, Outcome, Point, Scheduler, WorkerState } from "./protocol";

export interface Worker {
  id: number;
  name: string;
  host: string;
  batchJob: string;
  kernel: string;
  devices: string;
  threads: number;
  claimedRate: number;  // The speed that it measured when it started.
  state: WorkerState;
  rate: number;  // Its work now, in samples per second that are computed one by one.
  contributed: number;  // Samples counted, also by nets.
  leases: number;
  heardAt: number;
  reason: string;
  connectedMs: number;  // In all its connections.
  endsAt: number | null;  // Then it drains by itself; null if it does not know.
}

// Ended leases of one worker: one, or several that ended together.
export interface Box {
  job: number;
  begin: number;
  end: number;
  outcome: Outcome;
  leases: number;
  counted: number;
  first: string;  // The index of the first sample of all its leases.
  after: string;  // The index after the last one.
}

export interface Period {
  state: WorkerState;
  begin: number;
  end: number | null;  // Null: it lasts.
}

export interface Running {
  job: number;
  begin: number;
}

// The samples of the running lease that began then.
export interface RunningRange {
  begin: number;
  first: string;
  after: string;
}

// The history of a worker in the task stream.
export interface Lane {
  boxes: Box[];  // By their ends.
  periods: Period[];
  running: Running | null;
  range: RunningRange | null;
}

export interface Mark {
  at: number;
  kind: string;
  text: string;
}

// The scheduler process over the last minutes.
export interface Figures {
  at: number;
  cpuShare: number;  // 1 is one core.
  memoryBytes: number;
  loopLagMs: number;
  commitsPerSecond: number;
}

export interface Trend {
  groups: string[];
  points: number[][];  // [at, rate of groups[0], ...]
}

export interface State {
  now: number;
  epoch: string;
  control: boolean;
  scheduler: Scheduler;
  schedulerAt: number;  // When the scheduler said so.
  figures: Figures[];
  jobs: Map<number, Job>;
  workers: Map<number, Worker>;
  lanes: Map<number, Lane>;  // The workers that were followed in this connection.
  marks: Mark[];
  trend: Trend;
  convergence: Map<number, Point[]>;  // By job; by number.
  log: LogLine[];
}

export function emptyState(): State {
  return {
    now: 0,
    epoch: "",
    control: false,
    scheduler: {},
    schedulerAt: 0,
    figures: [],
    jobs: new Map(),
    workers: new Map(),
    lanes: new Map(),
    marks: [],
    trend: { groups: [], points: [] },
    convergence: new Map(),
    log: [],
  };
}

// An id as people and logs know it, "16.3": the scheduler's epoch and a serial number.
export function workerText(id: number): string {
  const perEpoch = 1e9;
  return `${Math.floor(id / perEpoch)}.${id % perEpoch}`;
}

export function isOver(job: Job): boolean {
  return job.state !== "queued" && job.state !== "running";
}
