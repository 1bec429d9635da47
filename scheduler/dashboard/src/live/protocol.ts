// The frames of GET /api/v1/live, as the scheduler sends them.  Times are milliseconds since the
// scheduler's start.  A field that is absent has not changed.
import type { SamplerName } from "../convergence/samplers";

export type WorkerState = "active" | "silent" | "absent" | "draining" | "quarantined" | "lost";
export type JobState = "queued" | "running" | "finished" | "cancelled" | "failed";
export type Outcome =
  | "done" | "truncated" | "given back" | "lost" | "duplicate" | "revoked" | "late";

// The fields of GET /api/v1/jobs/ID that the page shows.  A `_text` twin has all digits of a
// number that can exceed 2^53.
export interface Job {
  job: number;
  name: string | null;
  submitter: string | null;
  state: JobState;
  reason: string | null;
  waiting_for_disk: boolean | null;
  priority: number;
  submitted_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  samples: number;
  samples_text: string;
  samples_counted: number;
  samples_counted_text: string;
  hits_text: string;
  pi: number | null;
  pi_text: string | null;
  standard_error: number | null;
  ci95: [number, number] | null;
  target_error: number | null;
  target_reached: boolean | null;
  seed_text: string;
  sampler: SamplerName;
  counted_by: string;
  chunk_size_text: string;
  chunks_text: string;
  chunks_counted_text: string;
  waiting_seconds: number;
  wall_seconds: number;
  samples_per_second: number;
  workers_now: number | null;
  workers: number;
  threads: number;
  duplicates_dropped_text: string;
}

export interface Scheduler {
  version?: string;
  git_commit?: string;
  host?: string;
  pid?: number;
  addresses?: string[];
  uptime_seconds?: number;
  unfinished_jobs?: number;
  workers?: number;
  threads?: number;
  samples_per_second?: number;
  disk_failure?: string | null;
  jobs_by_state?: Partial<Record<JobState, number>>;
  workers_by_state?: Partial<Record<WorkerState, number>>;
  process?: { cpu_seconds?: number; memory_bytes?: number; open_files?: number };
  loop_lag_ms?: number;
  commits?: number;
  commit_ms?: number;
  connections?: { rpc?: number; http?: number };
  // Lines for a shell of a machine that sees the same files.
  commands?: { worker?: string; batch_job?: string; client?: string; client_options?: string };
}

export interface Point {
  number: number;
  samples: number;
  samples_text?: string;
  pi: number | null;
  standard_error: number | null;
  elapsed_seconds: number;
  is_prefix: boolean;
  is_corrected: boolean;
}

export interface LogLine {
  number: number;
  time: string;
  level: string;
  text: string;
  job?: number;          // The job that it is about.
  worker?: number;       // The worker that it is about.
  worker_text?: string;  // The same for people.
}

// [id, name, host, batch_job, kernel, devices, threads, claimed_samples_per_second]
export type WorkerRow = [number, string, string, string, string, string, number, number];
// [id, state, samples_per_second, samples_contributed, leases, heard_ms_ago, reason, connected_ms,
//  ms_left, if it knows when it ends]
export type StateRow = [number, WorkerState, number, number, number, number, string, number,
  number?];
// [worker, job, begin, end, outcome, leases, counted, first sample, sample after the last]
export type BoxRow = [number, number, number, number, Outcome, number, number, string, string];
// [worker, job, begin]
export type RunningRow = [number, number, number];
// [worker, begin, first sample, sample after the last]: the range of the lease that began then
export type RangeRow = [number, number, string, string];
// [worker, state, begin, end]
export type PeriodRow = [number, WorkerState, number, number | null];
// [at, kind, text]
export type MarkRow = [number, string, string];

// New points, or all of them with `restart`.
export interface TrendPart {
  groups: string[];
  points: number[][];  // [at, rate of groups[0], ...]
  restart?: boolean;
}

export interface Frame {
  now: number;
  first?: boolean;
  epoch?: string;
  control?: boolean;
  period_ms?: number;
  scheduler?: Scheduler;
  jobs?: Job[];
  jobs_gone?: number[];
  workers?: WorkerRow[];
  states?: StateRow[];
  workers_gone?: number[];
  boxes?: BoxRow[];
  running?: RunningRow[];
  ranges?: RangeRow[];
  periods?: PeriodRow[];
  marks?: MarkRow[];
  trend?: TrendPart;
  convergence?: Record<string, Point[]>;
  log?: LogLine[];
}

// Replaces what this viewer follows.
export interface FollowMessage {
  jobs: number[];
  workers: number[];
}

export const followedJobsMax = 8;
export const followedWorkersMax = 256;
