// The jobs, the newest first.
import { errorText } from "../format/digits";
import { durationText } from "../format/durations";
import { percentText, rateText, siText } from "../format/quantities";
import { drawnJobs, headlineJob, toggleDrawn } from "../live/choice";
import { clientLine } from "../live/commands";
import { isOver } from "../live/model";
import { progressOf, rateOrder } from "../live/progress";
import type { Job } from "../live/protocol";
import { h, setAttribute, setData, setText, show } from "../ui/dom";
import { emptyState, markJob, panelFrame, showCommands, showEmpty } from "../ui/panel";
import type { Change, Context, Panel, Requests } from "../ui/panel";
import { Table, markState } from "../ui/table";
import type { Column } from "../ui/table";

export class Jobs implements Panel {
  readonly name = "jobs";
  readonly topics: Change[] = ["jobs", "wish", "control", "scheduler"];
  readonly element: HTMLElement;
  private context: Context | null = null;
  private drawn = new Set<number>();
  private chosen: number | null = null;
  private readonly table: Table<Job>;
  private readonly submit: HTMLButtonElement;
  private readonly count = h("span", { class: "count" });
  private readonly empty = emptyState("no-jobs", "No job yet. Submit one from a shell:", []);

  constructor(private readonly requests: Requests) {
    const frame = panelFrame("jobs", "Jobs");
    this.element = frame.element;
    this.submit = h("button", { type: "button", "data-action": "submit",
      onclick: () => { requests.submit(); } }, "New job…");
    frame.tools.append(this.count, this.submit);
    this.table = new Table<Job>({
      label: "Jobs",
      columns: this.columns(),
      id: (job) => job.job,
      sort: { key: "job", isDescending: true },
      mark: (row, job) => {
        markState(row, ["job", job.job], job.state);
        row.classList.toggle("chosen", job.job === this.chosen);
      },
      onPick: (job) => { this.wish({ job: job.job }); },
    });
    frame.body.append(this.empty, this.table.element);
  }

  update(context: Context) {
    this.context = context;
    const { state, wish } = context;
    this.drawn = new Set(drawnJobs(state, wish).map((job) => job.job));
    this.chosen = headlineJob(state, wish)?.job ?? null;
    showEmpty(this.empty, state.jobs.size === 0 && context.isReceived, this.table.element);
    showCommands(this.empty, [clientLine(state.scheduler, "1e11")]);
    show(this.submit, state.control);
    setData(this.table.element, "control", state.control);
    setText(this.count, countsText(state.scheduler.jobs_by_state ?? {}));
    this.table.update([...state.jobs.values()]);
  }

  private wish(change: Partial<Context["wish"]>) {
    if (this.context !== null) this.requests.changeWish({ ...this.context.wish, ...change });
  }

  private columns(): Column<Job>[] {
    return [
      { key: "draw", title: "Draw", help: "Whether the convergence plot has it",
        fill: (cell, job) => { this.fillDraw(cell, job); } },
      { key: "job", title: "Job", isNumber: true, order: (job) => job.job, fill: fillNumber },
      { key: "name", title: "Name", text: (job) => job.name ?? "",
        order: (job) => job.name ?? "" },
      { key: "state", title: "State", text: stateText, order: (job) => job.state },
      { key: "progress", title: "Counted", fill: fillProgress,
        order: (job) => progressOf(job).share },
      { key: "samples", title: "Samples", isNumber: true, room: "wide",
        text: (job) => siText(job.samples), order: (job) => job.samples },
      { key: "estimate", title: "Estimate", room: "widest", text: estimateText,
        order: (job) => -(job.standard_error ?? 9) },
      { key: "rate", title: "Rate", isNumber: true, text: (job) => rateText(job.samples_per_second),
        order: rateOrder },
      { key: "time", title: "Time", isNumber: true, help: "Left, or how long it took",
        text: timeText, order: (job) => job.wall_seconds },
      { key: "priority", title: "Priority", isNumber: true, room: "wide",
        fill: (cell, job) => { this.fillPriority(cell, job); }, order: (job) => job.priority },
      { key: "submitter", title: "From", room: "widest", text: (job) => job.submitter ?? "",
        order: (job) => job.submitter ?? "" },
      { key: "action", title: "Actions", isUntitled: true,
        fill: (cell, job) => { this.fillAction(cell, job); } },
    ];
  }

  private fillDraw(cell: HTMLElement, job: Job) {
    let box = cell.querySelector("input");
    if (box === null) {
      box = h("input", { type: "checkbox", onchange: () => {
        if (this.context === null) return;
        this.requests.changeWish(toggleDrawn(this.context.wish, Number(cell.dataset["job"])));
      } });
      cell.append(box);
    }
    setData(cell, "job", job.job);
    setAttribute(box, "aria-label", `Draw job ${job.job}`);
    box.checked = this.drawn.has(job.job);
    box.disabled = job.job === this.chosen;
  }

  private fillPriority(cell: HTMLElement, job: Job) {
    if (this.context?.state.control !== true || isOver(job)) {
      setText(cell, String(job.priority));
      return;
    }
    const button = buttonIn(cell, "priority", () => {
      const current = this.context?.state.jobs.get(Number(button.dataset["job"]));
      if (current !== undefined) this.requests.changePriority(current.job, current.priority);
    });
    setData(button, "job", job.job);
    setText(button, String(job.priority));
    setAttribute(button, "aria-label", `Priority ${job.priority} of job ${job.job}: change`);
  }

  private fillAction(cell: HTMLElement, job: Job) {
    if (this.context?.state.control !== true || isOver(job)) {
      cell.replaceChildren();
      return;
    }
    const button = buttonIn(cell, "cancel", () => {
      this.requests.cancel(Number(button.dataset["job"]));
    });
    setData(button, "job", job.job);
    setText(button, "Cancel");
    setAttribute(button, "aria-label", `Cancel job ${job.job}`);
  }
}

// The cell's only button; made if there is none.
function buttonIn(cell: HTMLElement, action: string, onClick: () => void): HTMLButtonElement {
  const found = cell.querySelector("button");
  if (found !== null) return found;
  const button = h("button", { type: "button", "data-action": action, onclick: onClick });
  cell.replaceChildren(button);
  return button;
}

function fillNumber(cell: HTMLElement, job: Job) {
  let link = cell.querySelector("a");
  if (link === null) {
    link = h("a");
    cell.append(h("span", { class: "swatch" }), link);
  }
  const swatch = cell.firstElementChild;
  if (swatch instanceof HTMLElement) markJob(swatch, job.job);
  setAttribute(link, "href", `#job=${job.job}`);
  setText(link, String(job.job));
}

function fillProgress(cell: HTMLElement, job: Job) {
  let bar = cell.querySelector<HTMLElement>(".bar-fill");
  if (bar === null) {
    bar = h("span", { class: "bar-fill" });
    cell.append(h("span", { class: "bar", "aria-hidden": true }, bar), h("span"));
  }
  const { share } = progressOf(job);
  bar.style.width = `${100 * share}%`;
  setText(cell.lastElementChild ?? cell, percentText(share));
}

function stateText(job: Job): string {
  return job.waiting_for_disk === true ? `${job.state}, waits for the disk` : job.state;
}

function estimateText(job: Job): string {
  if (job.pi_text === null || job.standard_error === null) return "";
  return `${job.pi_text} ± ${errorText(job.standard_error)}`;
}

function timeText(job: Job): string {
  if (isOver(job)) return durationText(job.wall_seconds);
  const { secondsLeft } = progressOf(job);
  return secondsLeft === null ? "" : `${durationText(secondsLeft)} left`;
}

function countsText(counts: Partial<Record<string, number>>): string {
  return Object.entries(counts).filter(([, count]) => (count ?? 0) > 0)
    .map(([state, count]) => `${count ?? 0} ${state}`).join(", ");
}
