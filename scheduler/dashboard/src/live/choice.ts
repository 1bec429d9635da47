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

// The job of the headline: the one that was asked for, null as long as the page does not know it;
// if none was asked for, the newest that runs, waits, or ended.
export function headlineJob(state: State, wish: Wish): Job | null {
  if (wish.job !== null) return state.jobs.get(wish.job) ?? null;
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

// The jobs that the page asks the scheduler for, known or not: it tells of each job that is
// followed, however old it is.
export function followedJobs(state: State, wish: Wish): number[] {
  const first = wish.job ?? headlineJob(state, wish)?.job;
  const ids = new Set([...(first === undefined ? [] : [first]), ...wish.drawn]);
  return [...ids].slice(0, followedJobsMax);
}

// The jobs that people have to tell apart: those of the plot, then those that run.
export function jobsInUse(state: State, wish: Wish): number[] {
  const ids = new Set(drawnJobs(state, wish).map((job) => job.job));
  for (const job of state.jobs.values()) if (job.state === "running") ids.add(job.job);
  return [...ids];
}

// With the job drawn, or no longer drawn.
export function toggleDrawn(wish: Wish, job: number): Wish {
  const drawn = wish.drawn.includes(job)
    ? wish.drawn.filter((id) => id !== job)
    : [...wish.drawn, job].slice(-(followedJobsMax - 1));
  return { ...wish, drawn };
}
