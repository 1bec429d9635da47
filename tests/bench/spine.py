"""Scheduler, workers and client: chunks and leases per second, delays, memory, idle CPU use."""
import contextlib
import json
import re
import time
from statistics import median

from cluster import (Cluster, cpu_seconds, output_of, resident_megabytes, running,
                     wait_until)
from figures import median_of, ratios, show, show_ratio

HUGE = ("9e18", "100")  # A job that never ends.


def chunks_per_second(cluster, *job):
    result = cluster.run(*job)
    return result["chunks"] / result["wall_seconds"]


def show_chunks(cluster, quick):
    rate = median_of(9, lambda: chunks_per_second(cluster, "1e8", "100"))
    show("10^6 chunks of 100 samples, two workers", rate, "chunks/s", at_least=1_000_000)
    if quick:
        rate = chunks_per_second(cluster, "2e10", "100")
        show("2 * 10^8 chunks of 100 samples", rate, "chunks/s", at_least=1_000_000)
    else:
        rate = median_of(3, lambda: chunks_per_second(cluster, "1e11", "100"))
        show("10^9 chunks of 100 samples", rate, "chunks/s", at_least=1_000_000)


def show_delays(cluster, quick):
    cluster.run("100", "100")
    whole = median_of(20, lambda: cluster.seconds_of_client("run", "100", "100", "--quiet"))
    show("one-chunk job, pi-client from start to exit", 1e3 * whole, "ms", 2, at_most=25)
    inside = median_of(3, lambda: cluster.rpc_bench("latency", 200)["median"])
    show("one-chunk job inside a connected client", inside, "ms", 3, at_most=1)


def show_memory(cluster, quick):
    before = resident_megabytes(cluster.scheduler)
    answered = cluster.seconds_of_client("submit", "1e18", "1e6")
    submitted = resident_megabytes(cluster.scheduler)
    length = 2 if quick else 5
    time.sleep(length)
    later = resident_megabytes(cluster.scheduler)
    cluster.client("cancel", "last")
    show("job of 10^12 chunks, pi-client submit", 1e3 * answered, "ms", 2)
    show("  memory of the scheduler before it", before, "MB", 2)
    show("  grown when it is submitted", submitted - before, "MB", 3, at_most=1)
    show(f"  grown when it has run for {length} s", later - before, "MB", 3, at_most=1)


def show_reading(binaries):
    printed = output_of([binaries / "core_bench", "--benchmark_format=csv"])
    times = {int(fragments): float(time) for fragments, time in
             re.findall(r'^"readJob/(\d+)",\d+,[\d.e+]+,([\d.e+]+),ns', printed, re.MULTILINE)}
    show("reading a job of 200,000 fragments", times[200_000], "ns", 1)
    show("  against a job of one fragment", times[200_000] / times[1], "x", 2, at_most=2)


def show_leases(binaries, quick):
    with Cluster(binaries, lease_target="0.02ms") as cluster:
        cluster.client("submit", *HUGE)
        rate = median_of(1 if quick else 3,
                         lambda: cluster.rpc_bench("flow", 2, 0, 1500)["leases/s"])
    show("leases of 0.02 ms, two sessions", rate, "leases/s", at_least=20_000)


def show_history(binaries, quick):
    # As CSV, every benchmark would need the same counters.
    printed = output_of([binaries / "history_bench", "--benchmark_format=json"])
    found = {each["name"]: each for each in json.loads(printed)["benchmarks"]}
    for order, words, workers in (("inTurn", "in turn", 2), ("inTurn", "in turn", 1000),
                                  ("atRandom", "at random", 100)):
        remember = found[f"rememberLease/{order}/{workers}"]
        show(f"remembering a lease of one of {workers:,} workers, {words}", remember["cpu_time"],
             "ns", 0)
    show_cost_of_history(binaries, quick)
    day = next(each for name, each in found.items() if name.startswith("day"))
    show(f"24 hours of 1,000 workers, {day['leases'] / 1e6:.1f} million leases: memory",
         day["MB_24h"], "MB", 1)
    show(f"  2 s of each hour at {day['leases_per_second']:,.0f} leases/s; against its first hour",
         day["MB_24h"] / day["MB_1h"], "x", 3, at_most=1.05)


def show_cost_of_history(binaries, quick):
    """Leases a second, with a scheduler that remembers nothing as the reference."""
    with contextlib.ExitStack() as parts:
        ours, without = (
            parts.enter_context(Cluster(binaries, lease_target="0.02ms", program=program))
            for program in ("pi-scheduler", "scheduler_without_history"))
        for cluster in (ours, without):
            cluster.client("submit", *HUGE)
        for sessions in (2, 1000):
            def rate(cluster, sessions=sessions):
                length = 1000 if sessions == 2 else 2000
                return cluster.rpc_bench("flow", sessions, 0, length)["leases/s"]

            found = ratios(3 if quick else 12, lambda: rate(ours), lambda: rate(without))
            show_ratio(f"leases/s with a history, {sessions:,} sessions, against none", found, 98)
    for workers in (2, 1000):
        def nanoseconds(program, workers=workers):
            printed = output_of([binaries / program, "--benchmark_format=json",
                                 f"--benchmark_filter=countAndLend/{workers}$"])
            return 1e9 / json.loads(printed)["benchmarks"][0]["items_per_second"]

        costs = [nanoseconds("core_bench") - nanoseconds("core_bench_without_history")
                 for _ in range(3 if quick else 12)]
        show(f"the core's time for a lease, {workers:,} workers: by the history", median(costs),
             "ns", 0)
        print(f"  of {len(costs)} pairs: " + " ".join(f"{cost:.0f}" for cost in sorted(costs)),
              flush=True)


def show_idleness(binaries, quick):
    length = 3 if quick else 10
    with Cluster(binaries) as cluster:
        log = cluster.environment["PI_CONNECTION_FILE"] + ".idle"
        command = [cluster.binaries / "rpc_bench", "idle", 100, 1000 * (length + 30)]
        with running(command, log, env=cluster.environment):
            wait_until(lambda: "joined" in open(log).read(), "100 sessions have joined")
            time.sleep(1)
            before = cpu_seconds(cluster.scheduler)
            time.sleep(length)
            share = (cpu_seconds(cluster.scheduler) - before) / length
            memory = resident_megabytes(cluster.scheduler)
    show("idle scheduler, 100 idle workers", 100 * share, "% of a core", 3, at_most=1)
    show("  its memory", memory, "MB", 2, at_most=64)


def show_many_workers(binaries, quick):
    with Cluster(binaries) as cluster:
        cluster.client("submit", *HUGE)
        flow = cluster.rpc_bench("flow", 1000, 250, 2000 if quick else 5000)
    show("1,000 workers, a lease's answer, median", flow["median"], "ms", 3, at_most=10)
    show("  99th percentile", flow["p99"], "ms", 3)
    show("  leases in that time", flow["leases/s"], "leases/s")


def measure(binaries, quick):
    with Cluster(binaries, workers=2) as cluster:
        show_chunks(cluster, quick)
        show_delays(cluster, quick)
        show_memory(cluster, quick)
    show_reading(binaries)
    show_leases(binaries, quick)
    show_history(binaries, quick)
    show_idleness(binaries, quick)
    show_many_workers(binaries, quick)
