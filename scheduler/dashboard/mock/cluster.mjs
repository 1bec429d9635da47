// The state of the played cluster.  Time is that since its start, in milliseconds.
import { Job } from "./job.mjs";
import { Random } from "./random.mjs";
import { Worker } from "./worker.mjs";

const stepMs = 250;
const trendEveryMs = 1000;
const groupsMax = 12;
const trendKept = 900;

const plans = [
  { name: "first try", samples: 1e9, sampler: "random" },
  { name: null, samples: 5e11, sampler: "sobol" },
  { name: "night run of all samplers, for the lesson", samples: 4e15, sampler: "random",
    priority: 1 },
  { name: "smooth", samples: 2e15, sampler: "sobol" },
];
// So old that only those who follow it are told of it.
export const oldJob = 9001;

export class Cluster {
  constructor({ workers, jobs, leaseMs, ageSeconds }) {
    this.random = new Random(workers + 7);
    this.epoch = Math.random().toString(16).slice(2, 10);
    this.startedAt = Date.now() - 1000 * ageSeconds;
    this.leaseMs = leaseMs;
    this.now = 0;
    this.marks = [];
    this.trend = [];
    this.log = [];
    this.gone = [];
    const perHost = workers > 1000 ? 64 : workers > 12 ? 8 : 1;
    this.workers = Array.from({ length: workers },
      (_, i) => new Worker(i + 1, perHost, this.random, 0));
    const scale = Math.max(1, workers / 100);
    this.jobs = plans.slice(0, jobs).map((plan, i) =>
      new Job(i + 1, { ...plan, samples: Math.round(scale * plan.samples) }, this.random));
    const long = new Job(
      oldJob, { name: "long ago", samples: 1e8, sampler: "random" }, this.random);
    long.begin(0);
    long.count(1e8, 1000);
    this.old = long;
    this.byId = new Map(this.workers.map((worker) => [worker.id, worker]));
    const how = ageSeconds > 0 ? "scheduler 1.4.0" : "scheduler 1.4.0, started again,";
    this.note("info", `${how} at tcp://10.0.0.1:8786, ${workers} workers`);
    for (const worker of this.workers.slice(0, 200)) this.mark("joined", worker.name);
    this.groups = groupsOf(this.workers);
    this.advance();
  }

  // Plays what happened until now.
  advance() {
    const target = Date.now() - this.startedAt;
    while (this.now + stepMs <= target) this.step();
  }

  step() {
    this.now += stepMs;
    for (const job of this.jobs) if (job.state === "queued") job.begin(this.now);
    const running = this.jobs.filter((job) => job.state === "running");
    for (const worker of this.workers) this.play(worker, running);
    this.trouble();
    for (const job of running) {
      const own = this.workers.filter((worker) => worker.lease?.job === job);
      job.workersNow = own.length;
      job.rate = own.reduce((sum, worker) => sum + worker.rate(), 0);
    }
    if (this.now % trendEveryMs === 0) this.addTrend();
  }

  play(worker, running) {
    if (worker.lease !== null && worker.lease.job.state !== "running") {
      worker.finish(this.now, "revoked");
    }
    if (worker.state !== "active") return;
    if (worker.lease !== null && worker.lease.due <= this.now) worker.finish(this.now);
    if (worker.lease !== null || running.length === 0) return;
    const index = Math.floor(this.random.uniform() ** 2 * running.length);
    worker.take(running[index], this.now, this.leaseMs);
  }

  // Something happens to a worker now and then, and is over after a while.
  trouble() {
    for (const worker of this.workers) {
      if (worker.until === undefined || worker.until > this.now) continue;
      worker.until = undefined;
      this.mark(worker.state === "lost" ? "joined" : "returned", worker.name);
      worker.enter("active", this.now);
    }
    if (this.workers.length < 3 || this.random.uniform() > 0.02) return;
    const worker = this.workers[Math.floor(this.random.uniform() * this.workers.length)];
    const state = ["silent", "absent", "draining", "lost"][Math.floor(this.random.uniform() * 4)];
    if (worker.state === "active") this.strike(worker, state);
  }

  strike(worker, state) {
    if (worker.lease !== null) worker.finish(this.now, state === "lost" ? "lost" : "given back");
    worker.enter(state, this.now);
    worker.until = this.now + 4000 + 16000 * this.random.uniform();
    if (state === "lost" || state === "draining") this.mark(state, worker.name);
    if (state === "lost") this.note("warning", `worker ${worker.name} is lost: no news for 30 s`);
  }

  loseSome() {
    for (const worker of this.workers.filter((_, i) => i % 7 === 3)) this.strike(worker, "lost");
  }

  cancel(id) {
    const job = this.jobs.find((candidate) => candidate.id === id);
    job.end("cancelled", this.now);
    this.note("info", `job ${id} is cancelled from the dashboard`);
    return { ...job.document(this.now), was_over: false };
  }

  mark(kind, text) {
    this.marks.push([this.now, kind, `${text} ${kind}`]);
    if (kind === "joined") this.note("info", `worker ${text} joined`);
  }

  note(level, text) {
    const time = new Date(this.startedAt + this.now).toISOString();
    this.log.push({ number: this.log.length + 1, time, level, text });
  }

  addTrend() {
    const sums = this.groups.names.map(() => 0);
    for (const worker of this.workers) sums[this.groups.of(worker)] += worker.rate();
    this.trend.push([this.now, ...sums]);
    if (this.trend.length > trendKept) this.trend.shift();
  }

  scheduler() {
    const counts = (items) => {
      const byState = {};
      for (const { state } of items) byState[state] = (byState[state] ?? 0) + 1;
      return byState;
    };
    const wave = Math.sin(this.now / 7000);
    return {
      version: "1.4.0", git_commit: "0123456789abcdef", host: "login1", pid: 4711,
      addresses: ["tcp://10.0.0.1:8786", "tcp://192.168.1.1:8786"],
      uptime_seconds: this.now / 1000, workers: this.workers.length,
      threads: this.workers.reduce((sum, worker) => sum + worker.threads, 0),
      samples_per_second: this.workers.reduce((sum, worker) => sum + worker.rate(), 0),
      disk_failure: null, jobs_by_state: counts(this.jobs), workers_by_state: counts(this.workers),
      process: {
        cpu_seconds: this.now / 20000 + wave / 20, memory_bytes: 48e6 + 1e6 * wave,
        open_files: 20 + this.workers.length,
      },
      loop_lag_ms: 0.4 + 0.3 * wave, commits: Math.floor(this.now / 100), commit_ms: 1.8,
      connections: { rpc: this.workers.length, http: 1 },
    };
  }

  leasesOf(id, limit) {
    const boxes = this.byId.get(id)?.boxes ?? [];
    return boxes.slice(-limit).map((box, i) => ({
      lease: i + 1, job: box.job, outcome: box.outcome, begin_text: String(i * 1e9),
      end_text: String((i + 1) * 1e9), counted: box.counted, begun_seconds: box.begin / 1000,
      ended_seconds: box.end / 1000,
    }));
  }
}

// Workers if they are few, else the hosts.
function groupsOf(workers) {
  const nameOf = (worker) => (workers.length <= groupsMax ? worker.name : worker.host);
  const all = [...new Set(workers.map(nameOf))];
  const names = all.length <= groupsMax ? all : [...all.slice(0, groupsMax - 1), "others"];
  const index = new Map(names.map((name, i) => [name, i]));
  return { names, of: (worker) => index.get(nameOf(worker)) ?? names.length - 1 };
}
