// The current job's estimate in large digits, its error, and how far it is.
import { digitGroups, errorText, estimateDigits, piDigits } from "../format/digits";
import type { Digits } from "../format/digits";
import { durationText } from "../format/durations";
import {
  countText, percentText, rateText, scientificText, siText, thingsText,
} from "../format/quantities";
import { headlineJob } from "../live/choice";
import { clientLine } from "../live/commands";
import { isOver } from "../live/model";
import { progressOf } from "../live/progress";
import type { Job } from "../live/protocol";
import { h, setAttribute, setData, setText, show } from "../ui/dom";
import {
  emptyState, markJob, panelFrame, setPressed, showCommands, toggle,
} from "../ui/panel";
import type { Change, Context, Panel, Requests } from "../ui/panel";

// A figure with its name.
class Fact {
  readonly element: HTMLElement;
  private readonly name: HTMLElement;
  private readonly value = h("dd");

  constructor(name: string) {
    this.name = h("dt", {}, name);
    this.element = h("div", { class: "fact" }, this.name, this.value);
  }

  update(value: string, name?: string) {
    setText(this.value, value);
    if (name !== undefined) setText(this.name, name);
  }
}

export class Headline implements Panel {
  readonly name = "headline";
  readonly topics: Change[] = ["jobs", "wish", "scheduler"];
  readonly element: HTMLElement;
  private readonly title = h("span", { class: "job-title" });
  private readonly estimate = h("div", { class: "estimate", "data-value": "estimate" });
  private readonly error = h("div", { class: "error", "data-value": "error" });
  private readonly truth = h("div", { class: "truth" });
  private readonly verdict = h("div", { class: "verdict", "data-value": "verdict" });
  private readonly bar = h("div", { class: "bar-fill" });
  private readonly meter = h("div", {
    class: "bar", role: "progressbar", "aria-label": "Samples counted", "aria-valuemin": 0,
    "aria-valuemax": 100,
  }, this.bar);
  private readonly progress = h("div", { class: "progress-text", "data-value": "progress" });
  private readonly compare: HTMLButtonElement;
  private readonly current: HTMLButtonElement;
  private readonly facts = {
    rate: new Fact("Rate"), left: new Fact("Left"), workers: new Fact("Workers"),
    threads: new Fact("Threads"),
  };
  private readonly empty = emptyState("no-jobs",
    "No job yet. Submit one from a shell on a machine of the cluster:",
    []);
  private readonly unknown = emptyState("unknown-job", "", []);
  private readonly content: HTMLElement;
  private drawn = "";

  constructor(private readonly requests: Requests) {
    const frame = panelFrame("headline", "Estimate of π");
    this.element = frame.element;
    frame.element.querySelector("h2")?.after(this.title);
    this.compare = toggle("Compare with π", (isOn) => { requests.compareWithPi(isOn); },
      "Show the true digits, and how far off the estimate is");
    this.current = h("button", { type: "button", onclick: () => { this.showCurrent(); } },
      "Current job");
    frame.tools.append(this.current, this.compare);
    this.content = h("div", { class: "headline" },
      h("div", { class: "numbers" }, this.estimate, this.truth,
        h("div", { class: "below" }, this.error, this.verdict)),
      h("dl", { class: "facts" }, this.facts.rate.element, this.facts.left.element,
        this.facts.workers.element, this.facts.threads.element),
      h("div", { class: "progress" }, this.meter, this.progress));
    frame.body.append(this.empty, this.unknown, this.content);
  }

  update(context: Context) {
    const job = headlineJob(context.state, context.wish);
    const wished = context.wish.job;
    showCommands(this.empty, [clientLine(context.state.scheduler, "1e11"),
      clientLine(context.state.scheduler, "1e9 --sampler sobol")]);
    show(this.empty, job === null && wished === null && context.isReceived);
    show(this.unknown, job === null && wished !== null && context.isReceived);
    show(this.content, job !== null || !context.isReceived);
    setText(this.unknown.firstElementChild ?? this.unknown, `Job ${wished ?? ""} is not known to ` +
      "this scheduler: it was forgotten, or it is a job of another one.");
    show(this.title, job !== null);
    show(this.compare, job !== null);
    show(this.current, wished !== null);
    setPressed(this.compare, context.comparesWithPi);
    if (job === null) {
      this.element.removeAttribute("data-job");
      this.element.removeAttribute("data-color");
      return;
    }
    markJob(this.element, job.job);
    this.wish = context.wish;
    setText(this.title, titleOf(job));
    this.showEstimate(job, context.comparesWithPi);
    this.showProgress(job, context);
  }

  private wish: Context["wish"] = { job: null, drawn: [] };

  private showCurrent() {
    this.requests.changeWish({ ...this.wish, job: null });
  }

  private showEstimate(job: Job, compares: boolean) {
    const digits = estimateDigits(job.pi_text, job.ci95);
    show(this.truth, compares && digits !== null);
    show(this.verdict, compares && digits !== null);
    setText(this.error, job.standard_error === null
      ? "no samples counted yet" : `± ${errorText(job.standard_error)} standard error`);
    setText(this.verdict, verdictOf(job));
    const key = JSON.stringify([digits, compares]);
    if (key === this.drawn) return;
    this.drawn = key;
    if (digits === null) {
      this.estimate.replaceChildren(h("span", { class: "faint" }, "π ≈ …"));
      return;
    }
    this.estimate.replaceChildren(...digitElements(digits, compares));
    setAttribute(this.estimate, "aria-label", `The estimate is ${digits.known}${digits.faint}`);
    setAttribute(this.estimate, "role", "img");
    const known = digits.known.length;
    const truth = {
      known: piDigits.slice(0, known), faint: piDigits.slice(known, known + digits.faint.length),
    };
    this.truth.replaceChildren(h("span", { class: "visually-hidden" }, "π is "),
      ...digitElements(truth, false));
  }

  private showProgress(job: Job, context: Context) {
    const { share, secondsLeft } = progressOf(job);
    this.bar.style.width = `${100 * share}%`;
    setAttribute(this.meter, "aria-valuenow", String(Math.floor(100 * share)));
    setData(this.meter, "state", job.state);
    setText(this.progress, progressText(job, share));
    this.facts.rate.update(rateText(job.samples_per_second),
      isOver(job) ? "Mean rate" : "Samples per second");
    if (isOver(job)) this.facts.left.update(durationText(job.wall_seconds), "Took");
    else this.facts.left.update(secondsLeft === null ? "–" : durationText(secondsLeft), "Left");
    const all = context.state.scheduler;
    const workers = countText(all.workers ?? 0);
    this.facts.workers.update(isOver(job) ? countText(job.workers)
      : `${countText(job.workers_now ?? 0)} of ${workers}`);
    this.facts.threads.update(countText(isOver(job) ? job.threads : all.threads ?? 0));
  }
}

function titleOf(job: Job): string {
  const name = job.name === null ? "" : ` “${job.name}”`;
  const reason = job.reason === null ? "" : `: ${job.reason}`;
  return `Job ${job.job}${name} · ${job.state}${reason} · ${job.sampler} · seed ${job.seed_text}`;
}

function digitElements(digits: Digits, compares: boolean): HTMLElement[] {
  return digitGroups(digits).map((group) => h("span", { class: "group" },
    ...group.map((run) => h("span", {
      class: compares && !run.isRight ? `${run.kind} off` : run.kind,
    }, run.text))));
}

function verdictOf(job: Job): string {
  if (job.pi === null || job.standard_error === null) return "";
  const off = Math.abs(job.pi - Math.PI);
  const errors = (off / job.standard_error).toFixed(1);
  return `off by ${scientificText(off)}, ${errors} standard errors`;
}

function progressText(job: Job, share: number): string {
  const target = job.target_error === null ? ""
    : ` · until the error is ${errorText(job.target_error)}`;
  return `${percentText(share)} · ${siText(Number(job.samples_counted_text))} of ` +
    `${siText(Number(job.samples_text))} samples · ${countText(job.chunks_counted_text)} of ` +
    `${thingsText(job.chunks_text, "chunk")}${target}`;
}
