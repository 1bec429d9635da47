// The leases of one worker, one by one.
import { clockText, durationText } from "../format/durations";
import { countText, rateText, siText } from "../format/quantities";
import { h, setText } from "../ui/dom";
import type { Context } from "../ui/panel";
import { Table } from "../ui/table";

// A lease of GET /api/v1/workers/ID/leases.
interface Lease {
  lease: number;
  job: number;
  outcome: string;
  begin_text: string;
  end_text: string;
  counted: number;
  begun_seconds: number;
  ended_seconds: number | null;
}

// So many leases every two seconds: what they cost does not grow with the leases.
const refreshMs = 2000;
const leasesMax = 60;

export function leasesPath(worker: number): string {
  return `api/v1/workers/${worker}/leases?limit=${leasesMax}`;
}

export class LeaseDetail {
  readonly element: HTMLElement;
  private worker: number | null = null;
  private askedAt = -Infinity;
  private context: Context | null = null;
  private readonly title = h("h3");
  private readonly message = h("p", { class: "none" });
  private readonly table: Table<Lease>;

  constructor(onClose: () => void) {
    const wallTime = (seconds: number) =>
      clockText(1000 * seconds + (this.context?.wallOffset() ?? 0));
    const now = () => (this.context?.now() ?? 0) / 1000;
    this.table = new Table<Lease>({
      label: "Leases of the worker",
      id: (lease) => lease.lease,
      sort: { key: "begun", isDescending: true },
      columns: [
        { key: "begun", title: "Begun", text: (lease) => wallTime(lease.begun_seconds),
          order: (lease) => lease.begun_seconds },
        { key: "job", title: "Job", isNumber: true, text: (lease) => String(lease.job),
          order: (lease) => lease.job },
        { key: "outcome", title: "End", text: (lease) => lease.outcome,
          order: (lease) => lease.outcome },
        { key: "range", title: "Samples from", isNumber: true,
          text: (lease) => countText(lease.begin_text) },
        { key: "to", title: "to", isNumber: true, text: (lease) => countText(lease.end_text) },
        { key: "counted", title: "Counted", isNumber: true, text: (lease) => siText(lease.counted),
          order: (lease) => lease.counted },
        { key: "took", title: "Took", isNumber: true,
          text: (lease) => durationText(duration(lease, now())),
          order: (lease) => duration(lease, now()) },
        { key: "rate", title: "Rate", isNumber: true,
          text: (lease) => rateText(lease.counted / duration(lease, now())) },
      ],
    });
    this.element = h("div", { class: "detail", hidden: true },
      h("header", {}, this.title, h("button", { type: "button", onclick: onClose }, "Close")),
      this.message, this.table.element);
  }

  // Shows this worker's leases, and asks for them again from time to time.  Null: nothing.
  update(context: Context, worker: number | null) {
    this.context = context;
    this.element.hidden = worker === null;
    if (worker !== this.worker) {
      this.askedAt = -Infinity;
      this.table.update([]);
    }
    this.worker = worker;
    if (worker === null || performance.now() - this.askedAt < refreshMs) return;
    this.askedAt = performance.now();
    const known = context.state.workers.get(worker);
    setText(this.title, `Leases of ${known?.name ?? "a worker that is gone"}`);
    void this.ask(worker);
  }

  private async ask(worker: number) {
    try {
      const answer = await fetch(leasesPath(worker), { cache: "no-store" });
      const body = (await answer.json()) as { leases?: Lease[]; error?: string };
      if (worker !== this.worker) return;
      const leases = body.leases ?? [];
      this.table.update(leases);
      setText(this.message, body.error ?? messageFor(leases.length));
    } catch {
      setText(this.message, "The scheduler does not answer.");
    }
  }
}

function messageFor(count: number): string {
  if (count === 0) return "No leases yet.";
  return count < leasesMax ? "" : `The newest ${leasesMax} leases.`;
}

// In seconds.
function duration(lease: Lease, now: number): number {
  return Math.max((lease.ended_seconds ?? now) - lease.begun_seconds, 1e-3);
}
