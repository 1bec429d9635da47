// The text on a worker at one time of the task stream.
import { agoText, clockText, durationText } from "../format/durations";
import { countText, percentText, rateText, siText, thingsText } from "../format/quantities";
import type { Box, Running, RunningRange, Worker } from "../live/model";
import type { Context } from "../ui/panel";

export const outcomeTexts: Record<Box["outcome"], string> = {
  done: "done",
  truncated: "truncated: its front is counted",
  "given back": "given back",
  lost: "lost with its worker",
  duplicate: "duplicate: another worker was faster",
  revoked: "revoked by the scheduler",
  late: "late: counted after its lease had ended",
};

// `time` is null beside the time line.
export function tipLines(worker: Worker, time: number | null, box: Box | null, context: Context):
    string[] {
  const title = worker.host === "" ? worker.name : `${worker.name} on ${worker.host}`;
  if (box !== null) return [title, ...boxLines(box, context)];
  if (time === null) return [title, ...workerLines(worker, context)];
  const lane = context.state.lanes.get(worker.id);
  if (lane?.running && time >= lane.running.begin && time <= context.now()) {
    return [title, ...runningLines(worker, lane.running, lane.range, context)];
  }
  const period = lane?.periods.find((candidate) =>
    candidate.begin <= time && time < (candidate.end ?? context.now()));
  const at = clockText(time + context.wallOffset());
  if (period === undefined || period.state === "active") return [title, `${at}: no lease`];
  const seconds = ((period.end ?? context.now()) - period.begin) / 1000;
  return [title, `${period.state} for ${durationText(seconds)}`,
    ...(worker.reason === "" ? [] : [worker.reason])];
}

// Its samples are counted when it ends; until then its rate is the worker's.
function runningLines(worker: Worker, running: Running, range: RunningRange | null,
    context: Context): string[] {
  const seconds = (context.now() - running.begin) / 1000;
  return [
    `Job ${running.job}: running for ${durationText(seconds)}`,
    ...(range?.begin === running.begin
      ? [`samples ${countText(range.first)} to ${countText(range.after)}`] : []),
    `${rateText(worker.rate)} by this worker now`,
    `since ${clockText(running.begin + context.wallOffset())}`,
  ];
}

function boxLines(box: Box, context: Context): string[] {
  const seconds = (box.end - box.begin) / 1000;
  const begin = clockText(box.begin + context.wallOffset());
  const end = clockText(box.end + context.wallOffset());
  const count = box.leases === 1 ? "" : `${thingsText(box.leases, "lease")}, `;
  return [
    `Job ${box.job}: ${count}${outcomeTexts[box.outcome]}`,
    `${box.leases === 1 ? "samples" : "within samples"} ${countText(box.first)} to ` +
      countText(box.after),
    `${siText(box.counted)} samples counted in ${durationText(seconds)}`,
    ...(seconds > 0 && box.counted > 0 ? [rateText(box.counted / seconds)] : []),
    `${begin} – ${end}`,
  ];
}

export function workerLines(worker: Worker, context: Context): string[] {
  const heard = Math.max(0, context.now() - worker.heardAt) / 1000;
  const share = worker.claimedRate > 0
    ? `, ${percentText(worker.rate / worker.claimedRate)} of its own speed` : "";
  return [
    worker.reason === "" ? worker.state : `${worker.state}: ${worker.reason}`,
    `${rateText(worker.rate)}${share}`,
    `${thingsText(worker.threads, "thread")}, ${worker.kernel}`,
    `heard ${agoText(heard)} ago`,
  ];
}
