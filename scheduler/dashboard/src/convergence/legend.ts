// The legend of the convergence plot.
import { scientificText } from "../format/quantities";
import { jobTitle } from "../live/progress";
import type { Job } from "../live/protocol";
import { h } from "../ui/dom";
import { jobLooks } from "../ui/job_looks";
import { markJob } from "../ui/panel";
import { samplers } from "./samplers";

export interface LegendJob {
  job: Job;
  newestError: number | null;
}

// `onRemove` is for jobs after the first one.
export class Legend {
  readonly element = h("ul", { class: "legend" });
  private key = "";

  constructor(private readonly onRemove: (job: number) => void) {}

  update(jobs: LegendJob[], kind: "error" | "path", comparesWithPi: boolean) {
    const shown = jobs.map(({ job, newestError }) =>
      [job.job, job.name, newestError, jobLooks.of(job.job)]);
    const key = JSON.stringify([shown, kind, comparesWithPi]);
    if (key === this.key) return;
    this.key = key;
    const notes = kind === "error" ? errorNotes(jobs, comparesWithPi) : pathNotes(comparesWithPi);
    this.element.replaceChildren(...jobs.map((job, i) => this.item(job, i > 0)),
      ...notes.map((text) => h("li", { class: "note" }, text)));
  }

  private item({ job, newestError }: LegendJob, isRemovable: boolean): HTMLElement {
    const swatch = h("span", { class: "swatch" });
    markJob(swatch, job.job);
    const item = h("li", {}, swatch,
      h("a", { href: `#job=${job.job}` }, `Job ${jobTitle(job)}`),
      ` ${scientificText(newestError ?? NaN)}`);
    if (isRemovable) {
      item.append(h("button", {
        type: "button", class: "plain", "aria-label": `Do not draw job ${job.job}`,
        onclick: () => { this.onRemove(job.job); },
      }, "×"));
    }
    return item;
  }
}

function errorNotes(jobs: LegendJob[], comparesWithPi: boolean): string[] {
  const slopes = new Set(jobs.map(({ job }) => samplers[job.sampler].slopeText));
  return [
    "shaded: 95 % of estimates are this near to π",
    ...[...slopes].map((slope) => `dotted: error ∝ n${slope}`),
    ...(comparesWithPi ? ["dots: true distance from π"] : []),
  ];
}

function pathNotes(comparesWithPi: boolean): string[] {
  return ["shaded: 95 % interval", `line at 0: ${comparesWithPi ? "π" : "newest estimate"}`];
}
