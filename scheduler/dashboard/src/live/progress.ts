// How far a job is.
import type { Job } from "./protocol";
import { shareOf } from "../format/quantities";

export interface Progress {
  share: number;               // In [0, 1].
  secondsLeft: number | null;  // Null: not known.
}

export function progressOf(job: Job): Progress {
  const share = shareOf(job.samples_counted_text, job.samples_text);
  const left = Number(BigInt(job.samples_text) - BigInt(job.samples_counted_text));
  const isKnown = job.state === "running" && job.samples_per_second > 0;
  return { share, secondsLeft: isKnown ? left / job.samples_per_second : null };
}

// Orders jobs by their rates.  Those that are counted by nets are apart, above the others: they
// count far more samples in the same time, so the two kinds of rates cannot be compared.
export function rateOrder(job: Job): number {
  const aboveAnyRate = 1e20;
  return job.samples_per_second + (job.counted_by === "nets" ? aboveAnyRate : 0);
}

// "7 night", the name by which people know it.
export function jobTitle(job: Job): string {
  return job.name === null ? String(job.job) : `${job.job} ${job.name}`;
}
