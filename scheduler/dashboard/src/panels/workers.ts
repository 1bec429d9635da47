// The workers: who they are, how fast they are, and what is wrong with them.
import { agoText, durationText } from "../format/durations";
import { countText, percentText, rateText, siText } from "../format/quantities";
import { workerLines } from "../live/commands";
import { workerText } from "../live/model";
import type { State, Worker } from "../live/model";
import { matches, meanRate, speedShare } from "../live/workers";
import { h, setAttribute, setData, setText } from "../ui/dom";
import { emptyState, panelFrame, showCommands, showEmpty } from "../ui/panel";
import type { Change, Context, Panel, Requests } from "../ui/panel";
import { Table, markState, naturalKey } from "../ui/table";
import type { Column } from "../ui/table";

export class Workers implements Panel {
  readonly name = "workers";
  readonly topics: Change[] = ["workers", "states", "scheduler"];
  readonly element: HTMLElement;
  private context: Context | null = null;
  private readonly table: Table<Worker>;
  private readonly filter = h("input", {
    type: "search", placeholder: "Filter: name, host, state …", "aria-label": "Filter the workers",
    oninput: () => { this.showRows(); },
  });
  private readonly count = h("span", { class: "count", role: "status" });
  private readonly empty = emptyState("no-workers",
    "No worker is connected. Start one, or many:", []);
  private readonly none = h("p", { class: "none", hidden: true }, "No worker matches the filter.");

  constructor(private readonly requests: Requests) {
    const frame = panelFrame("workers", "Workers");
    this.element = frame.element;
    frame.tools.append(this.count, this.filter);
    this.table = new Table<Worker>({
      label: "Workers",
      columns: this.columns(),
      id: (worker) => worker.id,
      sort: { key: "name", isDescending: false },
      mark: (row, worker) => { markState(row, ["worker", worker.id], worker.state); },
      onPick: (worker) => { requests.showWorker(worker.id); },
    });
    frame.body.append(this.empty, this.none, this.table.element);
  }

  update(context: Context) {
    this.context = context;
    showEmpty(this.empty, context.state.workers.size === 0 && context.isReceived,
      this.table.element);
    if (context.state.workers.size === 0) {
      showCommands(this.empty, workerLines(context.state.scheduler));
    }
    this.showRows();
  }

  private showRows() {
    if (this.context === null) return;
    const workers = [...this.context.state.workers.values()];
    const words = this.filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const found = workers.filter((worker) => matches(worker, words));
    this.none.hidden = found.length > 0 || workers.length === 0;
    setText(this.count, words.length === 0 ? statesText(this.context.state)
      : `${countText(found.length)} of ${countText(workers.length)}`);
    this.table.update(found);
  }

  // A button, so that the row can be picked without a mouse.
  private fillName(cell: HTMLElement, worker: Worker) {
    let button = cell.querySelector("button");
    if (button === null) {
      button = h("button", { type: "button", class: "plain", onclick: () => {
        this.requests.showWorker(Number(cell.dataset["worker"]));
      } });
      cell.append(button);
    }
    setData(cell, "worker", worker.id);
    setText(button, worker.name);
    setAttribute(button, "title", `${worker.name}: show its leases`);
  }

  private columns(): Column<Worker>[] {
    const now = () => this.context?.now() ?? 0;
    return [
      { key: "name", title: "Name", fill: (cell, worker) => { this.fillName(cell, worker); },
        order: (worker) => naturalKey(worker.name) },
      { key: "number", title: "Number", room: "wide", text: (worker) => workerText(worker.id),
        order: (worker) => worker.id },
      { key: "host", title: "Host", text: (worker) => worker.host,
        order: (worker) => naturalKey(worker.host) },
      { key: "batch", title: "Batch job", room: "widest", text: (worker) => worker.batchJob,
        order: (worker) => naturalKey(worker.batchJob) },
      { key: "left", title: "Time left", isNumber: true, room: "wider",
        help: "Until its batch job or its lifetime ends",
        text: (worker) => worker.endsAt === null ? ""
          : durationText(Math.max(0, Math.round((worker.endsAt - now()) / 1000))),
        order: (worker) => worker.endsAt ?? Infinity },
      { key: "state", title: "State", text: stateText, order: (worker) => worker.state },
      { key: "kernel", title: "Kernel", room: "wide", text: kernelText, order: kernelText },
      { key: "threads", title: "Threads", isNumber: true, text: (worker) =>
        countText(worker.threads), order: (worker) => worker.threads },
      { key: "rate", title: "Rate", isNumber: true,
        help: "Work per second, now, in samples that are computed one by one; nets count more",
        text: (worker) => rateText(worker.rate), order: (worker) => worker.rate },
      { key: "mean", title: "Mean", isNumber: true, room: "wider",
        help: "Samples counted per second, also by nets, in all the time of its connections",
        text: (worker) => rateText(meanRate(worker)),
        order: (worker) => orZero(meanRate(worker)) },
      { key: "speed", title: "Own speed", isNumber: true,
        help: "Its rate now, as a share of the speed that it measured when it started",
        text: (worker) => percentText(speedShare(worker)),
        order: (worker) => orZero(speedShare(worker)) },
      { key: "counted", title: "Counted", isNumber: true, room: "widest",
        help: "Samples of it that were counted", text: (worker) => siText(worker.contributed),
        order: (worker) => worker.contributed },
      { key: "leases", title: "Leases", isNumber: true, room: "widest",
        text: (worker) => String(worker.leases), order: (worker) => worker.leases },
      { key: "heard", title: "Heard", isNumber: true, help: "Since its last message",
        text: (worker) => agoText((now() - worker.heardAt) / 1000),
        order: (worker) => -worker.heardAt },
    ];
  }
}

function orZero(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function stateText(worker: Worker): string {
  return worker.reason === "" ? worker.state : `${worker.state}: ${worker.reason}`;
}

function kernelText(worker: Worker): string {
  return worker.devices === "" ? worker.kernel : `${worker.kernel} · ${worker.devices}`;
}

function statesText(state: State): string {
  const counts = new Map<string, number>();
  for (const worker of state.workers.values()) {
    counts.set(worker.state, (counts.get(worker.state) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${countText(count)} ${name}`).join(", ");
}
