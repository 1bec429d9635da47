// The lines that start workers and jobs, as the scheduler knows that they work.
import type { Scheduler } from "./protocol";

// How workers are started: on this machine, in an allocation, as a batch job.
export function workerLines(scheduler: Scheduler): string[] {
  const { worker = "pi-worker", batch_job: batchJob = "sbatch scripts/slurm/worker.sbatch" } =
    scheduler.commands ?? {};
  return [worker, `srun ${worker}`, batchJob];
}

// How a job is submitted; `words` are its samples and options.
export function clientLine(scheduler: Scheduler, words: string): string {
  const { client = "pi-client", client_options: options = "" } = scheduler.commands ?? {};
  return `${client} ${words}${options === "" ? "" : ` ${options}`}`;
}
