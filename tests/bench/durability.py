"""The cost of saving jobs on the disk, and the time to recover from a crash of the scheduler."""
import re
import statistics
import tempfile
import time

from cluster import Cluster, output_of, resident_megabytes, wait_until
from figures import show
from pairs import HUGE, show_flow, show_throughput, two_clusters

VOLATILE = ("--volatile",)
WORKERS = 8


def show_cost(binaries, quick):
    disk = binaries.parent  # /tmp may be in memory, where writes cost nothing.
    with two_clusters(binaries, (), VOLATILE, workers=2, disk=disk) as (durable, volatile):
        show_throughput(durable, volatile, 98, quick)
    with two_clusters(binaries, (), VOLATILE, lease_target="0.02ms", disk=disk) as pair:
        for cluster in pair:
            cluster.client("submit", *HUGE)
        show_flow("leases of 0.02 ms, two sessions", *pair, (2, 0, 1500), 90, quick)


def recovery(cluster):
    """Seconds until the new scheduler listens, until all workers hold its leases, and until it has
    counted samples of each."""
    wait_until(lambda: all_contribute(cluster), "all workers contribute")
    cluster.kill_scheduler()
    begin = cluster.restart_scheduler()
    listens = time.perf_counter() - begin
    wait_until(lambda: all_hold_leases(cluster), "all workers hold leases")
    held = time.perf_counter() - begin
    wait_until(lambda: all_contribute(cluster), "all workers contribute again")
    return listens, held, time.perf_counter() - begin


def all_hold_leases(cluster):
    return all_are(cluster, lambda worker: worker["leases"] > 0)


def all_contribute(cluster):
    return all_are(cluster, lambda worker: worker["samples_contributed"] > 0)


def all_are(cluster, is_true):
    workers = cluster.all_workers()
    return len(workers) == WORKERS and all(
        worker["state"] == "active" and is_true(worker) for worker in workers)


def show_recovery(binaries, quick):
    with Cluster(binaries, workers=WORKERS, disk=binaries.parent) as cluster:
        cluster.client("submit", *HUGE)
        found = [recovery(cluster) for _ in range(3 if quick else 9)]
    listens, held, contributed = zip(*found)
    show("restart after kill -9 until the scheduler listens", statistics.median(listens), "s", 2)
    for what, seconds in (("hold leases", held), ("have contributed", contributed)):
        show(f"  until all {WORKERS} workers {what}", statistics.median(seconds), "s", 2, at_most=2)
        show(f"  the longest of {len(seconds)}", max(seconds), "s", 2, at_most=2)


def show_size(binaries, quick):
    length = 3 if quick else 10
    with Cluster(binaries, workers=2, disk=binaries.parent) as cluster:
        cluster.run("1e9", "1e6")
        before = resident_megabytes(cluster.scheduler)
        cluster.client("submit", "1e18", "1e6")
        time.sleep(length)
        grown = resident_megabytes(cluster.scheduler) - before
        sizes = {file.name: file.stat().st_size / 1e6
                 for file in cluster.state.glob("jobs.sqlite*")}
        cluster.client("cancel", "last")
    show(f"job of 10^12 chunks after {length} s, the scheduler's growth", grown, "MB", 2, at_most=1)
    for name, megabytes in sorted(sizes.items()):
        show(f"  its {name}", megabytes, "MB", 3)


def show_store(binaries):
    with tempfile.TemporaryDirectory(prefix="pi-bench.", dir=binaries.parent) as folder:
        printed = output_of([binaries / "store_bench", folder])
    for what, figures in re.findall(r"^(.*?): (.*)$", printed, re.MULTILINE):
        first = re.match(r"(?:median )?([\d.]+) (\w+)(.*)", figures)
        rest = f" ({first[3].strip()})" if first[3] else ""
        show(what + rest, float(first[1]), first[2], 2)


def measure(binaries, quick):
    show_cost(binaries, quick)
    show_recovery(binaries, quick)
    show_size(binaries, quick)
    show_store(binaries)
