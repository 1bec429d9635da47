// A worker of the played cluster: it computes leases, and now and then something happens to it.

const boxesKept = 300;
const perEpoch = 1_000_000_000;
// The probabilities of ends other than "done".
const ends = [["truncated", 0.02], ["duplicate", 0.01], ["given back", 0.004], ["late", 0.003]];

export class Worker {
  constructor(serial, perHost, random, now) {
    const host = Math.floor((serial - 1) / perHost) + 1;
    this.id = 3 * perEpoch + serial;
    this.host = `node${host}`;
    this.name = perHost === 1 ? this.host : `${this.host}-${((serial - 1) % perHost) + 1}`;
    this.threads = [16, 32, 64][host % 3];
    this.claimed = Math.round(this.threads * 1.45e9);
    this.random = random;
    this.speed = 0.85 + 0.15 * random.uniform();
    this.boxes = [];
    this.ended = 0;  // With those that are forgotten.
    this.periods = [];
    this.contributed = 0;
    this.lease = null;
    this.reason = "";
    this.changes = 0;
    this.enter("active", now);
  }

  enter(state, now) {
    const last = this.periods.at(-1);
    if (last !== undefined) last.end = now;
    this.state = state;
    this.periods.push({ state, begin: now, end: null });
    this.changes += 1;
  }

  rate() {
    return this.lease === null ? 0 : Math.round(this.claimed * this.speed);
  }

  take(job, now, leaseMs) {
    const lasts = leaseMs * (0.6 + 0.8 * this.random.uniform());
    this.lease = { job, begin: now, due: now + lasts };
  }

  // The lease ends, in the way that chance or `forced` says.
  finish(now, forced = null) {
    const { job, begin } = this.lease;
    let chance = this.random.uniform();
    const outcome = forced ?? ends.find(([, share]) => (chance -= share) < 0)?.[0] ?? "done";
    const isCounted = outcome === "done" || outcome === "truncated" || outcome === "late";
    const samples = Math.round((this.claimed * this.speed * (now - begin)) / 1000);
    const first = job.counted;
    const counted = isCounted ? job.count(samples, now) : 0;
    this.contributed += counted;
    this.boxes.push({ job: job.id, begin, end: now, outcome, counted, first, samples });
    if (this.boxes.length > boxesKept) this.boxes.shift();
    this.ended += 1;
    this.lease = null;
    this.changes += 1;
  }
}
