// Values for tests.
import type { Worker } from "../src/live/model";
import type { Job, Point } from "../src/live/protocol";

export function jobWith(fields: Partial<Job>): Job {
  return {
    job: 7, name: null, submitter: null, state: "running", reason: null, waiting_for_disk: false,
    priority: 0, submitted_at: null, started_at: null, ended_at: null, samples: 1000,
    samples_text: "1000", samples_counted: 0, samples_counted_text: "0", hits_text: "0", pi: null,
    pi_text: null, standard_error: null, ci95: null, target_error: null, target_reached: null,
    seed_text: "2017", sampler: "random", counted_by: "sampling", chunk_size_text: "1",
    chunks_text: "1000", chunks_counted_text: "0", waiting_seconds: 0, wall_seconds: 0,
    samples_per_second: 0, workers_now: 0, workers: 0, threads: 0, duplicates_dropped_text: "0",
    ...fields,
  };
}

export function workerWith(fields: Partial<Worker>): Worker {
  return {
    id: 1, name: "n1", host: "n1", batchJob: "", kernel: "avx2", devices: "", threads: 8,
    claimedRate: 1000, state: "active", rate: 0, contributed: 0, leases: 0, heardAt: 0, reason: "",
    connectedMs: 0, endsAt: null, ...fields,
  };
}

export function pointWith(fields: Partial<Point>): Point {
  return {
    number: 1, samples: 100, pi: 3.14, standard_error: 0.1, elapsed_seconds: 1, is_prefix: true,
    is_corrected: false, ...fields,
  };
}
