// Joins the parts: frames go into the state, and panels that show what changed are updated.
import { allTopics, apply } from "./live/apply";
import { followedJobs, jobsInUse } from "./live/choice";
import type { Wish } from "./live/choice";
import { ServerClock } from "./live/clock";
import { Connection } from "./live/connection";
import type { Link } from "./live/connection";
import { emptyState } from "./live/model";
import { noPast, withBefore } from "./live/past";
import type { Frame } from "./live/protocol";
import { Convergence } from "./panels/convergence";
import { Headline } from "./panels/headline";
import { Jobs } from "./panels/jobs";
import { Log } from "./panels/log";
import { SchedulerPanel } from "./panels/scheduler";
import { Stream } from "./panels/stream";
import { Throughput } from "./panels/throughput";
import { Workers } from "./panels/workers";
import { parseRoute, routeText, shownPanels } from "./router";
import type { Route } from "./router";
import { Banner } from "./ui/banner";
import { askForJob, askPriority, askToCancel } from "./ui/dialogs";
import { h, setData, show } from "./ui/dom";
import { Header } from "./ui/header";
import { jobLooks } from "./ui/job_looks";
import type { Change, Context, Panel, Requests } from "./ui/panel";
import { onThemeChange, read, readColors, write } from "./ui/theme";

const compareKey = "pi-compare";
// While the user scrolls, what is followed changes at each frame of the screen.
const followDelayMs = 150;

// A panel that is not on the screen is updated after so long.
const offScreenMs = 2000;

// Whether a panel shows all changes that concern it.
interface Changes {
  isShown: boolean;
  shownAt: number;
}

export class Page implements Requests {
  private readonly clock = new ServerClock();
  private readonly connection: Connection;
  private readonly banner = new Banner(() => { this.connection.retry(); });
  private readonly header = new Header();
  private readonly stream = new Stream(this);
  private readonly panels: Panel[];
  private readonly context: Context = {
    state: emptyState(),
    colors: readColors(),
    wish: { job: null, drawn: [] },
    comparesWithPi: read(compareKey) === "yes",
    isReceived: false,
    past: noPast(),
    now: () => this.clock.shownAt(performance.now()),
    wallOffset: () => Date.now() - this.clock.at(performance.now()),
  };
  private route: Route = { alone: null, jobs: [] };
  private readonly changes = new Map<Panel, Changes>();
  private readonly onScreen = new Set<Element>();
  private readonly watcher = new IntersectionObserver((entries) => { this.watch(entries); });
  private isUpdateDue = false;
  private followedWorkers: number[] = [];
  private said = "";
  private followTimer = 0;
  private epoch = "";

  constructor() {
    this.panels = [
      new Headline(this), this.stream, new Convergence(this), new Throughput(), new Jobs(this),
      new Workers(this), new SchedulerPanel(), new Log(),
    ];
    this.connection = new Connection({
      onFrame: (frame) => { this.take(frame); },
      onLink: (link) => { this.setLink(link); },
    });
  }

  // Fills the document and connects.
  start() {
    for (const panel of this.panels) {
      this.changes.set(panel, { isShown: false, shownAt: -Infinity });
      this.watcher.observe(panel.element);
    }
    const main = h("main", {}, ...this.panels.map((panel) => panel.element));
    document.body.append(this.header.element, this.banner.element, main);
    addEventListener("hashchange", () => { this.goTo(parseRoute(location.hash)); });
    onThemeChange(() => {
      this.context.colors = readColors();
      this.note("colors");
    });
    this.setLink({ kind: "connecting" });
    this.goTo(parseRoute(location.hash));
    this.connection.open();
  }

  changeWish(wish: Wish) {
    this.context.wish = wish;
    if (this.route.alone === "job" || this.route.alone === "convergence") {
      const jobs = this.route.alone === "job"
        ? (wish.job === null ? [] : [wish.job])
        : followedJobs(this.context.state, wish);
      const alone = jobs.length === 0 ? "headline" : this.route.alone;
      location.replace(routeText({ alone, jobs }));
    }
    this.note("wish");
    this.say();
  }

  compareWithPi(isOn: boolean) {
    this.context.comparesWithPi = isOn;
    write(compareKey, isOn ? "yes" : "no");
    this.note("wish");
  }

  followWorkers(workers: number[]) {
    this.followedWorkers = workers;
    clearTimeout(this.followTimer);
    this.followTimer = setTimeout(() => { this.say(); }, followDelayMs);
  }

  showWorker(worker: number) {
    if (this.route.alone !== null && this.route.alone !== "stream") location.hash = "#stream";
    this.stream.showWorker(worker);
    this.stream.element.scrollIntoView({ block: "nearest" });
  }

  cancel(job: number) {
    askToCancel(job);
  }

  changePriority(job: number, from: number) {
    askPriority(job, from);
  }

  submit() {
    askForJob();
  }

  private take(frame: Frame) {
    const { state } = this.context;
    const isRestart = frame.first === true && this.epoch !== "" && frame.epoch !== this.epoch;
    const before = { ...state, wallOffset: this.context.wallOffset() };
    this.clock.note(frame.now, performance.now());
    if (isRestart) {
      const ms = this.context.wallOffset() - before.wallOffset;
      this.context.past = withBefore(this.context.past, before, ms);
      this.banner.noteRestart();
    }
    for (const topic of apply(state, frame)) this.note(topic);
    this.context.isReceived = true;
    if (frame.first === true) {
      this.epoch = state.epoch;
      setData(document.documentElement, "epoch", state.epoch);
    }
    setData(document.documentElement, "control", state.control ? "yes" : "no");
    this.header.setScheduler(state.scheduler, state.control);
    this.banner.setDiskFailure(state.scheduler.disk_failure ?? null);
    this.say();
  }

  private setLink(link: Link) {
    this.header.setLink(link);
    this.banner.setLink(link);
  }

  private goTo(route: Route) {
    this.route = route;
    const shown = shownPanels(route);
    for (const panel of this.panels) show(panel.element, shown.includes(panel.name));
    document.body.dataset["alone"] = route.alone ?? "";
    this.header.setRoute(route);
    const [first] = route.jobs;
    if (route.alone === "job" && first !== undefined) {
      this.context.wish = { job: first, drawn: [] };
    } else if (route.jobs.length > 0) {
      this.context.wish = { job: first ?? null, drawn: route.jobs.slice(1) };
    }
    for (const topic of allTopics) this.note(topic);
    this.note("wish");
  }

  // Panels are updated together, those that are not on the screen only now and then.
  private note(change: Change) {
    if (change === "workers") this.stream.arrange(this.context);
    for (const panel of this.panels) {
      const changes = this.changes.get(panel);
      if (changes !== undefined && panel.topics.includes(change)) changes.isShown = false;
    }
    this.updateSoon();
  }

  private updateSoon() {
    if (this.isUpdateDue) return;
    this.isUpdateDue = true;
    queueMicrotask(() => { this.update(); });
  }

  private update() {
    this.isUpdateDue = false;
    jobLooks.assign(jobsInUse(this.context.state, this.context.wish));
    const now = performance.now();
    for (const [panel, changes] of this.changes) {
      const isDue = this.onScreen.has(panel.element) || now - changes.shownAt >= offScreenMs;
      if (changes.isShown || !isDue || panel.element.hidden) continue;
      changes.isShown = true;
      changes.shownAt = now;
      panel.update(this.context);
    }
  }

  private watch(entries: IntersectionObserverEntry[]) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.onScreen.add(target);
      else this.onScreen.delete(target);
    }
    this.updateSoon();
  }

  // Tells the scheduler what this page shows, if that is something else.
  private say() {
    const jobs = followedJobs(this.context.state, this.context.wish);
    const message = { jobs, workers: this.stream.element.hidden ? [] : this.followedWorkers };
    const text = JSON.stringify(message);
    if (text === this.said || !this.context.isReceived) return;
    this.said = text;
    this.connection.follow(message);
  }
}
