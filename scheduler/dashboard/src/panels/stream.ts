// The task stream: what each worker does, over the last minutes.
import { durationText } from "../format/durations";
import { workerLines } from "../live/commands";
import type { Worker } from "../live/model";
import type { Outcome } from "../live/protocol";
import { LanesView } from "../stream/lanes_view";
import { LeaseDetail } from "../stream/lease_detail";
import { MapView } from "../stream/map_view";
import { orderedWorkers } from "../stream/rows";
import { follow, zoom } from "../stream/time_view";
import { Tip } from "../stream/tip";
import { outcomeTexts } from "../stream/tip_lines";
import { h, setData, setText, show } from "../ui/dom";
import { emptyState, panelFrame, setPressed, showCommands, toggle } from "../ui/panel";
import type { Change, Context, Panel, Requests } from "../ui/panel";

type Kind = "rows" | "map";

// With more workers than this the map is shown first.
const rowsAtFirst = 256;

export class Stream implements Panel {
  readonly name = "stream";
  readonly topics: Change[] = ["workers", "states", "lanes", "colors", "scheduler"];
  readonly element: HTMLElement;
  private context: Context | null = null;
  private kind: Kind | null = null;  // Null: not chosen by the user.
  private rows: Worker[] = [];
  private version = 0;
  private detailed: number | null = null;
  private readonly lanes: LanesView;
  private readonly map: MapView;
  private readonly detail: LeaseDetail;
  private readonly tip = new Tip();
  private readonly tools = this.makeTools();
  private readonly legends = { rows: lanesLegend(), map: mapLegend() };
  private readonly empty = emptyState("no-workers",
    "No worker is connected. Start one on any machine of the cluster, or many with Slurm:", []);

  constructor(requests: Requests) {
    const frame = panelFrame("stream", "Task stream");
    this.element = frame.element;
    this.lanes = new LanesView({
      onView: () => { this.showTools(); },
      onRows: (workers) => { requests.followWorkers(workers); },
      onPick: (worker) => { this.showDetail(worker === this.detailed ? null : worker); },
    });
    this.map = new MapView((worker) => { this.showWorker(worker); });
    this.detail = new LeaseDetail(() => { this.showDetail(null); });
    const { kinds, nearer, farther, span, followed } = this.tools;
    frame.tools.append(kinds.rows, kinds.map, farther, span, nearer, followed);
    frame.body.append(this.empty, this.lanes.element, this.map.element, this.detail.element,
      this.legends.rows, this.legends.map, this.tip.element);
    this.animate();
  }

  update(context: Context) {
    this.context = context;
    this.showContent();
  }

  // The set of workers changed, so that rows are put in order again.
  arrange(context: Context) {
    this.rows = orderedWorkers(context.state);
    this.version += 1;
  }

  // Opens the worker's row and its leases.
  showWorker(worker: number) {
    this.kind = "rows";
    this.showContent();
    this.lanes.reveal(worker);
    this.showDetail(worker);
  }

  private shownKind(): Kind {
    return this.kind ?? (this.rows.length > rowsAtFirst ? "map" : "rows");
  }

  private showContent() {
    const { context } = this;
    if (context === null) return;
    const kind = this.shownKind();
    const isEmpty = this.rows.length === 0;
    if (isEmpty) showCommands(this.empty, workerLines(context.state.scheduler));
    show(this.empty, isEmpty && context.isReceived);
    for (const each of ["rows", "map"] as const) {
      show(this.legends[each], each === kind && !isEmpty);
    }
    show(this.lanes.element, kind === "rows" && !isEmpty);
    show(this.map.element, kind === "map" && !isEmpty);
    this.showTools();
    setData(this.element, "rows", this.rows.length);
    setData(this.element, "view", kind);
    if (kind === "map") this.map.update(context, this.rows, this.version);
    else setData(this.element, "boxes", this.lanes.update(context, this.rows));
    this.detail.update(context, this.detailed);
  }

  private showDetail(worker: number | null) {
    this.detailed = worker;
    this.lanes.chosen = worker;
    this.showContent();
  }

  // Draws at each frame of the screen while time moves; for people who prefer less motion, only at
  // the frames of the scheduler.
  private animate() {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
    const tick = () => {
      requestAnimationFrame(tick);
      const isMoving = this.lanes.view.end === null && !isCalm.matches;
      if (isMoving && !this.lanes.element.hidden && this.element.offsetParent !== null) {
        setData(this.element, "boxes", this.lanes.drawIfMoved());
      }
      const tip = this.lanes.element.hidden ? this.map.tip() : this.lanes.tip();
      if (tip === null) this.tip.hide();
      else this.tip.show(tip.x, tip.y, tip.lines);
    };
    requestAnimationFrame(tick);
  }

  private makeTools() {
    const scale = (factor: number) => () => {
      this.lanes.view = zoom(this.lanes.view, factor, 1);
      this.showContent();
    };
    const choose = (kind: Kind) => () => {
      this.kind = kind;
      this.showContent();
    };
    return {
      kinds: {
        rows: toggle("Rows", choose("rows"), "A row for each worker"),
        map: toggle("Map", choose("map"), "A cell for each worker: all of them at once"),
      },
      nearer: h("button", { type: "button", "aria-label": "Show less time", onclick: scale(0.5) },
        "+"),
      farther: h("button", { type: "button", "aria-label": "Show more time", onclick: scale(2) },
        "−"),
      span: h("span", { class: "count" }),
      followed: toggle("Follow", () => {
        this.lanes.view = this.lanes.view.end === null && this.context !== null
          ? { ...this.lanes.view, end: this.context.now() } : follow(this.lanes.view);
        this.showContent();
      }, "Stay at the present"),
    };
  }

  private showTools() {
    const { kinds, nearer, farther, span, followed } = this.tools;
    const kind = this.shownKind();
    setPressed(kinds.rows, kind === "rows");
    setPressed(kinds.map, kind === "map");
    for (const tool of [nearer, farther, span, followed]) show(tool, kind === "rows");
    setText(span, durationText(this.lanes.view.spanMs / 1000));
    setPressed(followed, this.lanes.view.end === null);
    setData(this.element, "following", this.lanes.view.end === null);
  }
}


// The meaning of the map's colours.
function mapLegend(): HTMLElement {
  const texts: [string, string][] = [
    ["active", "at its own speed"], ["slow", "slower"], ["idle", "without work"],
    ["silent", "silent"], ["absent", "absent"], ["draining", "draining"],
    ["quarantined", "quarantined"], ["lost", "lost"],
  ];
  return h("ul", { class: "legend" }, h("li", { class: "note" }, "a cell: a worker"),
    ...texts.map(([state, text]) => h("li", {},
      h("span", { class: "cell", "data-state": state }), text)));
}

// How leases end and what bands mean.
function lanesLegend(): HTMLElement {
  const ends: (Outcome | "running")[] = ["done", "running", "truncated", "given back", "revoked",
    "lost", "duplicate", "late"];
  const states = ["silent", "absent", "draining", "quarantined"];
  return h("ul", { class: "legend" },
    h("li", { class: "note" }, "colour: job"),
    ...ends.map((end) => h("li", { title: end === "running" ? end : outcomeTexts[end] },
      h("span", { class: "lease", "data-end": end }), end)),
    ...states.map((state) => h("li", {}, h("span", { class: "band", "data-state": state }),
      state)));
}
