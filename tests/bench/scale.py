"""One scheduler and very many workers, each with its own TLS connection: how fast they join, what
they cost while they wait, how fast leases are answered, the scheduler's memory.  The workers are
sessions of one process, whose CPU time is shown apart.  Then the core alone, with more workers."""
import re
import time

from cluster import Cluster, cpu_seconds, output_of, resident_megabytes, running
from figures import show
from spine import HUGE

SPEED = 1e9  # Of each session, in samples a second: FakeWorker::kSpeed.
SAID_WITHIN_SECONDS = 600


class Crowd:
    """The process with the sessions, and what it has said."""

    def __init__(self, process, log):
        self.process = process
        self.log = log

    def wait_for(self, pattern):
        end = time.monotonic() + SAID_WITHIN_SECONDS
        while time.monotonic() < end:
            said = self.log.read_text() if self.log.exists() else ""
            if found := re.search(pattern, said):
                return found
            if self.process.poll() is not None:
                raise RuntimeError(f"the sessions have ended: {said.strip()}")
            time.sleep(0.02)
        raise RuntimeError(f"the sessions have not said after {SAID_WITHIN_SECONDS} s: {pattern}")

    def watch(self, process, begin, end):
        """The share of a core that the process, and the sessions, use from one word to the
        other."""
        self.wait_for(begin)
        started, ours, theirs = time.monotonic(), cpu_seconds(process), cpu_seconds(self.process)
        self.wait_for(end)
        length = time.monotonic() - started
        return ((cpu_seconds(process) - ours) / length,
                (cpu_seconds(self.process) - theirs) / length)


def show_joins(cluster, crowd, sessions):
    joined = crowd.wait_for(r"joined \d+ in ([\d.]+) s, retries (\d+)")
    show(f"{sessions:,} workers join, 100 at a time", float(joined[1]), "s", 2, at_most=60)
    show("  attempts that failed", int(joined[2]), "attempts")
    show("  CPU time of the scheduler for that", cpu_seconds(cluster.scheduler), "s", 2)
    show("  of the sessions", cpu_seconds(crowd.process), "s", 2)


def show_waiting(cluster, crowd):
    ours, theirs = crowd.watch(cluster.scheduler, "idle begins", "idle ends")
    show("while they wait for work: the scheduler", 100 * ours, "% of a core", 2, at_most=5)
    show("  the sessions", 100 * theirs, "% of a core", 2)
    show("  memory of the scheduler", resident_megabytes(cluster.scheduler), "MB", at_most=1500)


def show_work(cluster, crowd):
    cluster.client("submit", *HUGE)
    ours, theirs = crowd.watch(cluster.scheduler, "busy begins", "busy ends")
    said = crowd.wait_for(r"leases [\d.]+ calls.* target [\d.]+")[0]
    found = {word: float(number) for word, number in re.findall(r"(\w+) ([\d.]+)", said)}
    show("while they compute: a lease's answer, median", found["median"], "ms", 2, at_most=10)
    show("  99th percentile", found["p99"], "ms", 2, at_most=100)
    show("  99.9th percentile", found["p999"], "ms", 2)
    show("  how long a lease takes", found["target"], "s", 2)
    show("  leases", found["leases"], "leases/s")
    show("  calls, reports included", found["calls"], "calls/s")
    show("  the scheduler", 100 * ours, "% of a core", 1)
    show("  the sessions", 100 * theirs, "% of a core", 1)
    show("  memory of the scheduler", resident_megabytes(cluster.scheduler), "MB", at_most=1500)
    return found["target"]


def show_clients(cluster, sessions, target):
    begin = time.perf_counter()
    workers = cluster.all_workers()
    show(f"pi-client workers, {len(workers):,} rows", time.perf_counter() - begin, "s", 2)
    silent = sum(worker["state"] != "active" for worker in workers)
    show("  workers that are not active, or missing", silent + sessions - len(workers), "workers",
         at_most=0)
    cluster.client("cancel", "last")
    time.sleep(2 * target)  # Sessions do not abandon their leases.
    length = 20
    job = cluster.run(f"{sessions * SPEED * length:.0f}", f"{SPEED:.0f}")
    show(f"a job of {length} s of work for each, to its end", job["wall_seconds"], "s", 2)


def show_core(binaries, quick):
    counts = ["1000", "12000"] if quick else ["1000", "12000", "100000"]
    print("-- the core alone, simulated", flush=True)
    print(output_of([binaries / "simulate_many_workers", *counts]), end="", flush=True)


def measure(binaries, quick):
    sessions, seconds = (1000, 5) if quick else (12_000, 30)
    with Cluster(binaries) as cluster:
        log = cluster.folder / "crowd"
        command = [binaries / "rpc_bench", "scale", sessions, 1000 * seconds, 1000 * seconds]
        with running(command, log, env=cluster.environment) as process:
            crowd = Crowd(process, log)
            show_joins(cluster, crowd, sessions)
            show_waiting(cluster, crowd)
            target = show_work(cluster, crowd)
            show_clients(cluster, sessions, target)
    show_core(binaries, quick)
