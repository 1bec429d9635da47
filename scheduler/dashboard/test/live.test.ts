import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "../src/live/backoff";
import { drawnJobs, followedJobs, headlineJob, toggleDrawn } from "../src/live/choice";
import { ServerClock } from "../src/live/clock";
import { clientLine, workerLines } from "../src/live/commands";
import { emptyState, workerText } from "../src/live/model";
import type { State } from "../src/live/model";
import { progressOf, rateOrder } from "../src/live/progress";
import { followedJobsMax } from "../src/live/protocol";
import type { Job } from "../src/live/protocol";
import { leasesPath } from "../src/stream/lease_detail";
import { jobWith } from "./samples";

function stateWith(...jobs: Job[]): State {
  const state = emptyState();
  for (const job of jobs) state.jobs.set(job.job, job);
  return state;
}
const noWish = { job: null, drawn: [] };

test("the headline has the newest job that runs", () => {
  const state = stateWith(jobWith({ job: 1 }), jobWith({ job: 2 }),
    jobWith({ job: 3, state: "queued" }), jobWith({ job: 4, state: "finished" }));
  assert.equal(headlineJob(state, noWish)?.job, 2);
});

test("without a job that runs it has one that waits, else the newest that ended", () => {
  const ended = jobWith({ job: 4, state: "finished" });
  assert.equal(headlineJob(stateWith(jobWith({ job: 3, state: "queued" }), ended), noWish)?.job, 3);
  assert.equal(headlineJob(stateWith(ended), noWish)?.job, 4);
  assert.equal(headlineJob(stateWith(), noWish), null);
});

test("a job that was asked for is in the headline, and no other if it is gone", () => {
  const state = stateWith(jobWith({ job: 1, state: "failed" }), jobWith({ job: 2 }));
  assert.equal(headlineJob(state, { job: 1, drawn: [] })?.job, 1);
  assert.equal(headlineJob(state, { job: 9, drawn: [] }), null);
});

test("the plot has the job of the headline first, each job once, and at most eight", () => {
  const state = stateWith(...Array.from({ length: 12 }, (_, i) => jobWith({ job: i + 1 })));
  const drawn = drawnJobs(state, { job: 3, drawn: [1, 3, 2, 99, 4, 5, 6, 7, 8, 9, 10] });
  assert.deepEqual(drawn.map(({ job }) => job), [3, 1, 2, 4, 5, 6, 7, 8]);
});

test("a job is drawn, and no longer drawn", () => {
  const once = toggleDrawn(noWish, 5);
  assert.deepEqual(once.drawn, [5]);
  assert.deepEqual(toggleDrawn(once, 5).drawn, []);
});

test("the time left follows from the rate, and is not known without one", () => {
  const job = jobWith({ samples_text: "1000", samples_counted_text: "250" });
  assert.deepEqual(progressOf(job), { share: 0.25, secondsLeft: null });
  assert.equal(progressOf({ ...job, samples_per_second: 75 }).secondsLeft, 10);
  assert.equal(progressOf({ ...job, samples_per_second: 75, state: "queued" }).secondsLeft, null);
});

test("jobs are ordered by their rates, and those that are counted by nets are apart", () => {
  const slow = jobWith({ job: 1, samples_per_second: 5e9 });
  const fast = jobWith({ job: 2, samples_per_second: 6e9 });
  const nets = jobWith({ job: 3, samples_per_second: 1e6, counted_by: "nets" });
  const fastNets = jobWith({ job: 4, samples_per_second: 6e15, counted_by: "nets" });
  const ordered = [fastNets, fast, nets, slow].sort((a, b) => rateOrder(a) - rateOrder(b));
  assert.deepEqual(ordered.map(({ job }) => job), [1, 2, 3, 4]);
});

test("attempts to connect become rarer, up to a limit, and differ between pages", () => {
  assert.ok(backoffMs(0, 0.999) <= 250);
  assert.ok(backoffMs(3, 0) > backoffMs(0, 0.999));
  assert.ok(backoffMs(1000, 0.999) <= 10_000);
  assert.notEqual(backoffMs(5, 0.1), backoffMs(5, 0.9));
});

test("frames that are late by different delays do not make the clock jump", () => {
  const clock = new ServerClock();
  clock.note(1000, 0);
  let last = clock.at(0);
  for (let i = 1; i <= 40; i += 1) {
    const delay = (i % 3) * 40;
    clock.note(1000 + 250 * i, 250 * i + delay);
    const now = clock.at(250 * i + delay);
    assert.ok(now > last, `${now} is after ${last}`);
    assert.ok(Math.abs(now - (1000 + 250 * i)) <= 80);
    last = now;
  }
});

test("a job that is wished for is followed, known or not, and no other is shown for it", () => {
  const state = emptyState();
  state.jobs.set(9, jobWith({ job: 9 }));
  const wish = { job: 7, drawn: [5] };
  assert.equal(headlineJob(state, wish), null);
  assert.deepEqual(followedJobs(state, wish), [7, 5]);
  state.jobs.set(7, jobWith({ job: 7, state: "finished" }));
  assert.equal(headlineJob(state, wish)?.job, 7);
  assert.deepEqual(followedJobs(state, { job: null, drawn: [] }), [9]);
});

test("no more jobs are followed than the scheduler takes", () => {
  const drawn = Array.from({ length: 20 }, (_, i) => i + 10);
  assert.equal(followedJobs(emptyState(), { job: 7, drawn }).length, followedJobsMax);
});

test("the lines to copy are those that the scheduler knows to work", () => {
  const commands = {
    worker: "/opt/pi-worker --connection-file /s/x.json", batch_job: "sbatch /opt/w.sbatch",
    client: "pi-client", client_options: "--connection-file /s/x.json",
  };
  assert.deepEqual(workerLines({ commands }), ["/opt/pi-worker --connection-file /s/x.json",
    "srun /opt/pi-worker --connection-file /s/x.json", "sbatch /opt/w.sbatch"]);
  assert.equal(clientLine({ commands }, "1e11"), "pi-client 1e11 --connection-file /s/x.json");
  assert.equal(clientLine({}, "1e11"), "pi-client 1e11");
});

test("the leases of a worker are asked for in a bounded number", () => {
  const limit = Number(new URL(leasesPath(7), "http://localhost").searchParams.get("limit"));
  assert.ok(limit > 0 && limit <= 100);
});

test("time stands still on the page while no frames come, and continues with the next one", () => {
  const clock = new ServerClock();
  clock.note(10_000, 0);
  assert.equal(clock.shownAt(500), 10_500);
  assert.equal(clock.shownAt(60_000), 12_000);
  assert.equal(clock.at(60_000), 70_000);
  clock.note(70_000, 60_000);
  assert.equal(clock.shownAt(60_100), 70_100);
});

test("the clock of another scheduler process is taken at once", () => {
  const clock = new ServerClock();
  clock.note(500_000, 0);
  clock.note(1000, 100);
  assert.equal(clock.at(100), 1000);
});

test("a worker's id is shown as epoch and serial number", () => {
  assert.equal(workerText(16_000_000_003), "16.3");
});
