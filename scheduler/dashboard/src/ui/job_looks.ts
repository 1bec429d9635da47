// How jobs look: each that people have to tell from others has a look of its own, as long as there
// are enough.  No document here: theme.ts has the colours.

export const jobColors = 6;
// The same colours are used again with dashes.
const slotCount = 2 * jobColors;

export interface Look {
  color: number;  // Which of the colours.
  isDashed: boolean;
}

export class JobLooks {
  private readonly slots = new Map<number, number>();  // By job.
  private readonly usedAt = Array.from({ length: slotCount }, () => 0);
  private users = new Set<number>();
  private turns = 0;

  // `jobs` are to be told apart, the most important ones first.  Jobs that had a look keep it.
  assign(jobs: number[]) {
    this.turns += 1;
    const known = jobs.filter((job) => this.users.has(job));
    const others = jobs.filter((job) => !this.users.has(job));
    const taken = new Set<number>();
    for (const job of [...known, ...others].slice(0, slotCount)) {
      const own = this.slots.get(job);
      const slot = own !== undefined && !taken.has(own) ? own : this.freeSlot(job, taken);
      taken.add(slot);
      this.slots.set(job, slot);
      this.usedAt[slot] = this.turns;
    }
    this.users = new Set(jobs);
    for (const job of this.slots.keys()) if (this.slots.size > 1000) this.slots.delete(job);
  }

  of(job: number): Look {
    const slot = this.slots.get(job) ?? usualColor(job);
    return { color: slot % jobColors, isDashed: slot >= jobColors };
  }

  // The usual one, or that which was not used for the longest time; colours first, then dashes.
  private freeSlot(job: number, taken: Set<number>): number {
    for (const first of [0, jobColors]) {
      const free = Array.from({ length: jobColors }, (_, i) => first + i)
        .filter((slot) => !taken.has(slot));
      const usual = first + usualColor(job);
      if (free.includes(usual)) return usual;
      free.sort((a, b) => (this.usedAt[a] ?? 0) - (this.usedAt[b] ?? 0));
      if (free[0] !== undefined) return free[0];
    }
    return usualColor(job);
  }
}

// Jobs that follow each other differ.
function usualColor(job: number): number {
  return (job - 1 + jobColors) % jobColors;
}

// The page's.
export const jobLooks = new JobLooks();
