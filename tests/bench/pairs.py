"""Measures two clusters that differ in one option, alternately: the cost of that option."""
import contextlib
import statistics
import time

from cluster import Cluster, cpu_seconds
from figures import ratios, show, show_ratio

TINY = "100"  # Samples a chunk.
HUGE = ("9e18", TINY)  # A job that never ends.
JOB_SECONDS = 11  # So that every run takes at least ten.


@contextlib.contextmanager
def two_clusters(binaries, ours, reference, **both):
    """`ours` and `reference` are the options of their schedulers."""
    with Cluster(binaries, flags=ours, **both) as first:
        with Cluster(binaries, flags=reference, **both) as second:
            yield first, second


def samples_for(cluster, seconds):
    """The size of a job of tiny chunks that takes `seconds`."""
    cluster.run("1e9", TINY)
    return int(cluster.run("2e10", TINY)["samples_per_second"] * seconds)


def show_throughput(ours, reference, at_least, quick):
    """Throughput of a job, from the client's start to its exit."""
    job = (samples_for(reference, JOB_SECONDS), TINY)
    times = []

    def rate(cluster):
        seconds = cluster.seconds_of_client("run", *job, "--quiet")
        times.append(seconds)
        return 1 / seconds

    cpu, begin = cpu_seconds(ours.scheduler), time.perf_counter()
    found = ratios(2 if quick else 5, lambda: rate(ours), lambda: rate(reference))
    share = (cpu_seconds(ours.scheduler) - cpu) / (time.perf_counter() - begin)
    show_ratio(f"throughput, {len(times)} runs of {min(times):.1f} to {max(times):.1f} s", found,
               at_least)
    show("  its scheduler's CPU time over all of that", 100 * share, "% of a core", 2)


def show_flow(what, ours, reference, arguments, at_least, quick):
    """Leases per second of sessions that compute nothing; and the ratio of their median waits,
    which other processes disturb less."""
    def rate(cluster):
        flow = cluster.rpc_bench("flow", *arguments)
        rates.append(flow["leases/s"])
        waits[cluster].append(flow["median"])
        return rates[-1]

    rates, waits = [], {ours: [], reference: []}
    found = ratios(3 if quick else 7, lambda: rate(ours), lambda: rate(reference))
    show_ratio(f"{what}, of {max(rates):,.0f} leases/s", found, at_least)
    by_wait = statistics.median(waits[reference]) / statistics.median(waits[ours])
    show("  by the median wait for a lease", 100 * by_wait, "%", 2)
