// One page: all that it was told, and its next frame.
import { oldJob } from "./cluster.mjs";

const statesPerFrame = 500;
const pointsMax = 500;

export class Viewer {
  constructor(cluster, control) {
    this.cluster = cluster;
    this.control = control;
    this.isFirst = true;
    this.jobs = [];
    this.workers = [];
    this.seenJobs = new Map();
    this.seenStates = new Map();
    this.seenBoxes = new Map();
    this.seenPeriods = new Map();
    this.seenRanges = new Map();
    this.seenPoints = new Map();
    this.seen = { marks: 0, log: 0, trendAt: -1, schedulerAt: -Infinity };
    this.next = 0;
  }

  follow({ jobs, workers }) {
    this.jobs = jobs;
    this.workers = workers;
  }

  frame() {
    const { cluster } = this;
    const frame = { now: cluster.now };
    if (this.isFirst) this.addFirst(frame);
    this.addRows(frame);
    this.addLanes(frame);
    this.addSeries(frame);
    this.isFirst = false;
    return frame;
  }

  addFirst(frame) {
    const { cluster } = this;
    Object.assign(frame, {
      first: true, epoch: cluster.epoch, control: this.control, period_ms: 250,
      workers: cluster.workers.map((worker) => [worker.id, worker.name, worker.host, "4711_1",
        "avx512", "", worker.threads, worker.claimed]),
    });
  }

  addRows(frame) {
    const { cluster, seen } = this;
    if (cluster.now - seen.schedulerAt >= 1000) {
      frame.scheduler = cluster.scheduler();
      seen.schedulerAt = cluster.now;
    }
    const jobs = this.jobs.includes(oldJob) ? [...cluster.jobs, cluster.old] : cluster.jobs;
    const changed = jobs.filter((job) => this.seenJobs.get(job.id) !== job.changes);
    if (changed.length > 0) frame.jobs = changed.map((job) => job.document(cluster.now));
    for (const job of changed) this.seenJobs.set(job.id, job.changes);
    const count = this.isFirst ? cluster.workers.length : statesPerFrame;
    frame.states = this.someWorkers(count).map((worker) => [worker.id, worker.state, worker.rate(),
      worker.contributed, worker.lease === null ? 0 : 1, worker.state === "active" ? 300 : 9000,
      worker.reason, cluster.now - worker.periods[0].begin]);
  }

  // The next workers that changed, in turn.
  someWorkers(count) {
    const { workers } = this.cluster;
    const found = [];
    for (let i = 0; i < workers.length && found.length < count; i += 1) {
      const worker = workers[this.next % workers.length];
      this.next += 1;
      if (this.seenStates.get(worker.id) === worker.changes) continue;
      this.seenStates.set(worker.id, worker.changes);
      found.push(worker);
    }
    return found;
  }

  addLanes(frame) {
    const followed = this.workers.flatMap((id) => this.cluster.byId.get(id) ?? []);
    frame.running = followed.filter((worker) => worker.lease !== null).map((worker) =>
      [worker.id, worker.lease.job.id, worker.lease.begin]);
    frame.ranges = followed.filter((worker) => worker.lease !== null &&
      this.seenRanges.get(worker.id) !== worker.lease.begin).map((worker) => {
      const { begin, job: { counted } } = worker.lease;
      this.seenRanges.set(worker.id, begin);
      return [worker.id, begin, String(counted), String(counted + worker.claimed)];
    });
    frame.boxes = [];
    frame.periods = [];
    for (const worker of followed) {
      const fresh = worker.ended - (this.seenBoxes.get(worker.id) ?? 0);
      this.seenBoxes.set(worker.id, worker.ended);
      for (const box of fresh > 0 ? worker.boxes.slice(-fresh) : []) {
        frame.boxes.push([worker.id, box.job, box.begin, box.end, box.outcome, 1, box.counted,
          String(box.first), String(box.first + box.samples)]);
      }
      const from = Math.max(0, (this.seenPeriods.get(worker.id) ?? 0) - 1);
      if (this.seenPeriods.get(worker.id) === worker.periods.length) continue;
      this.seenPeriods.set(worker.id, worker.periods.length);
      for (const period of worker.periods.slice(from)) {
        frame.periods.push([worker.id, period.state, period.begin, period.end]);
      }
    }
  }

  addSeries(frame) {
    const { cluster, seen } = this;
    frame.convergence = {};
    for (const id of this.jobs) {
      const points = cluster.jobs.find((job) => job.id === id)?.points ?? [];
      const from = this.seenPoints.get(id) ?? 0;
      if (points.length > from) frame.convergence[id] = points.slice(from).slice(-pointsMax);
      this.seenPoints.set(id, points.length);
    }
    const trend = cluster.trend.filter(([at]) => at > seen.trendAt);
    if (trend.length > 0) {
      frame.trend = { groups: cluster.groups.names, points: trend };
      seen.trendAt = trend.at(-1)[0];
    }
    if (cluster.marks.length > seen.marks) frame.marks = cluster.marks.slice(seen.marks);
    if (cluster.log.length > seen.log) frame.log = cluster.log.slice(seen.log).slice(-100);
    seen.marks = cluster.marks.length;
    seen.log = cluster.log.length;
  }
}
