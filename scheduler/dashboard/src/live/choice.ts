// Which jobs the page is about.
import { isOver } from "./model";
import type { State } from "./model";
import { followedJobsMax } from "./protocol";
import type { Job } from "./protocol";

// The user's choice.
export interface Wish {
  job: number | null;  // In the headline.
  drawn: number[];     // In the convergence plot.
}

// The job of the headline: the one that was asked for, else the newest that runs, waits, or ended.
export function headlineJob(state: State, wish: Wish): Job | null {
  const wanted = wish.job === null ? undefined : state.jobs.get(wish.job);
  if (wanted !== undefined) return wanted;
  let best: Job | null = null;
  for (const job of state.jobs.values()) {
    if (best === null || rank(job) > rank(best)) best = job;
  }
  return best;
}

function rank(job: Job): number {
  const ofState = job.state === "running" ? 2 : isOver(job) ? 0 : 1;
  return ofState * 2 ** 48 + job.job;
}

// The jobs of the convergence plot, the one in the headline first.
export function drawnJobs(state: State, wish: Wish): Job[] {
  const first = headlineJob(state, wish);
  const ids = new Set([...(first === null ? [] : [first.job]), ...wish.drawn]);
  const jobs = [...ids].flatMap((id) => state.jobs.get(id) ?? []);
  return jobs.slice(0, followedJobsMax);
}

// With the job drawn, or no longer drawn.
export function toggleDrawn(wish: Wish, job: number): Wish {
  const drawn = wish.drawn.includes(job)
    ? wish.drawn.filter((id) => id !== job)
    : [...wish.drawn, job].slice(-(followedJobsMax - 1));
  return { ...wish, drawn };
}
