// The order of the workers' rows: by host, then by name.
import type { State, Worker } from "../live/model";
import { naturalKey } from "../ui/table";

export function orderedWorkers(state: State): Worker[] {
  const keyed = [...state.workers.values()].map((worker) => ({
    worker, host: naturalKey(worker.host), name: naturalKey(worker.name),
  }));
  keyed.sort((a, b) => compare(a.host, b.host) || compare(a.name, b.name) ||
    a.worker.id - b.worker.id);
  return keyed.map(({ worker }) => worker);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// The workers of each host, in the order of the rows.
export function byHost(workers: Worker[]): Map<string, number[]> {
  const hosts = new Map<string, number[]>();
  for (const worker of workers) {
    const list = hosts.get(worker.host);
    if (list === undefined) hosts.set(worker.host, [worker.id]);
    else list.push(worker.id);
  }
  return hosts;
}
