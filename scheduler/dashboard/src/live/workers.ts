// Figures of a worker that the page computes.
import { workerText } from "./model";
import type { Worker } from "./model";

// All words occur in what is known of the worker.
export function matches(worker: Worker, words: string[]): boolean {
  if (words.length === 0) return true;
  const text = [worker.name, worker.host, worker.batchJob, worker.state, worker.kernel,
    worker.devices, worker.reason, workerText(worker.id)].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

// Samples counted per second, over all the time for which it was connected.  NaN within the first
// second.
export function meanRate(worker: Worker): number {
  return worker.connectedMs < 1000 ? NaN : (1000 * worker.contributed) / worker.connectedMs;
}

// Both in samples that are computed one by one, also when it counts by nets.  NaN if it did not
// measure its speed.
export function speedShare(worker: Worker): number {
  return worker.claimedRate > 0 ? worker.rate / worker.claimedRate : NaN;
}
