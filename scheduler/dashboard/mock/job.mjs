// A job of the played cluster.

const share = Math.PI / 4;

export class Job {
  constructor(id, { name, samples, sampler, priority = 0 }, random) {
    Object.assign(this, { id, name, samples, sampler, priority, random });
    this.state = "queued";
    this.counted = 0;
    this.deviation = 0;  // How far the hits are from their mean.
    this.points = [];
    this.startedAt = null;
    this.endedAt = null;
    this.rate = 0;
    this.changes = 0;
  }

  begin(now) {
    this.state = "running";
    this.startedAt = now;
    this.changes += 1;
  }

  count(samples, now) {
    const taken = Math.min(samples, this.samples - this.counted);
    this.counted += taken;
    this.changes += 1;
    if (this.sampler === "sobol") {
      this.deviation = 0.3 * this.counted ** 0.25 * this.random.normal();
    } else {
      this.deviation += Math.sqrt(taken * share * (1 - share)) * this.random.normal();
    }
    this.note(now);
    if (this.counted >= this.samples) this.end("finished", now);
    return taken;
  }

  end(state, now) {
    this.state = state;
    this.endedAt = now;
    this.rate = 0;
    this.changes += 1;
  }

  hits() {
    return Math.max(0, Math.round(this.counted * share + this.deviation));
  }

  error() {
    return this.sampler === "sobol" ? 1.2 * this.counted ** -0.75
      : 4 * Math.sqrt((share * (1 - share)) / this.counted);
  }

  // A point in each eighth of an octave.
  note(now) {
    const place = Math.floor(8 * Math.log2(this.counted));
    if (place === this.place) return;
    this.place = place;
    this.points.push({
      number: this.points.length + 1, samples: this.counted, samples_text: String(this.counted),
      pi: (4 * this.hits()) / this.counted, standard_error: this.error(),
      elapsed_seconds: (now - this.startedAt) / 1000, is_prefix: true, is_corrected: false,
    });
  }

  document(now) {
    const isOver = this.endedAt !== null;
    const elapsed = this.startedAt === null ? 0 : ((this.endedAt ?? now) - this.startedAt) / 1000;
    const error = this.counted > 0 ? this.error() : null;
    const pi = this.counted > 0 ? (4 * this.hits()) / this.counted : null;
    return {
      job: this.id, name: this.name, submitter: "anna@login1", state: this.state, reason: null,
      waiting_for_disk: isOver ? null : false, priority: this.priority,
      submitted_at: new Date().toISOString(), started_at: null, ended_at: null,
      samples: this.samples, samples_text: String(this.samples),
      samples_counted: this.counted, samples_counted_text: String(this.counted),
      hits_text: String(this.hits()), pi, standard_error: error,
      pi_text: pi === null ? null : pi.toFixed(Math.max(0, -Math.floor(Math.log10(error)))),
      ci95: pi === null ? null : [pi - 1.96 * error, pi + 1.96 * error],
      target_error: null, target_reached: null, seed_text: "2017", sampler: this.sampler,
      counted_by: "sampling", chunk_size_text: String(this.samples / 1000), chunks_text: "1000",
      chunks_counted_text: String(Math.floor((1000 * this.counted) / this.samples)),
      waiting_seconds: 0, wall_seconds: elapsed,
      samples_per_second: isOver ? Math.round(this.counted / Math.max(elapsed, 1)) : this.rate,
      workers_now: isOver ? null : this.workersNow ?? 0, workers: 8, threads: 256,
      duplicates_dropped_text: "0",
    };
  }
}
