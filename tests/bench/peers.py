"""The same estimate by numpy, multiprocessing, dask and OpenMP beside ours, as ratios of one run."""
import contextlib
import pathlib
import statistics
import sys
import tempfile

from cluster import Cluster, output_of, running, wait_until
from figures import show

PEERS = pathlib.Path(__file__).parent / "peers"
PYTHON = "/usr/bin/python3"  # Debian's, to which its dask and numpy belong.
WORKERS = 2


class Dask:
    """dask.distributed as its users start it: a scheduler and one-thread workers."""

    def __enter__(self):
        with contextlib.ExitStack() as parts:
            folder = pathlib.Path(
                parts.enter_context(tempfile.TemporaryDirectory(prefix="pi-bench.")))
            self.scheduler_file = folder / "scheduler.json"
            log = folder / "log"
            parts.enter_context(running(
                ["dask-scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard",
                 "--scheduler-file", self.scheduler_file], log))
            wait_until(self.scheduler_file.exists, "dask's scheduler listens")
            for _ in range(WORKERS):
                parts.enter_context(running(
                    ["dask-worker", "--scheduler-file", self.scheduler_file, "--nthreads", 1,
                     "--no-nanny", "--no-dashboard", "--local-directory", folder], log,
                    cwd=PEERS))
            wait_until(lambda: log.read_text().count("Registered to:") == WORKERS,
                       "dask's workers have joined")
            self.parts = parts.pop_all()
        return self

    def __exit__(self, *_):
        self.parts.close()


def peer(program, *arguments):
    """The number that a peer's program prints."""
    return float(output_of([PYTHON, PEERS / program, *arguments], cwd=PEERS))


def openmp(binaries, samples):
    return float(output_of([binaries / "mersenne_twister_openmp", samples]))


# name: how, and how often ours is to be as fast
def ways(binaries, dask):
    """Each at a size at which it is at its best, or no more than a tenth from it."""
    array, file = "dask_array.py", dask.scheduler_file
    return {
        "numpy, one core": (lambda: peer("serial_numpy.py", "2e7"), None),
        "multiprocessing": (lambda: peer("multiprocessing_numpy.py", "5e7"), None),
        "dask.array, threads, lesson": (lambda: peer(array, "lesson", "2e7", "2e6"), None),
        "dask.array, threads, expert": (lambda: peer(array, "expert", "1e8", "1e6"), None),
        "dask.distributed, lesson":
            (lambda: peer(array, "lesson", "2e7", "2e6", file), 2000),
        "dask.distributed, expert":
            (lambda: peer(array, "expert", "1e8", "2e6", file), 200),
        "dask.distributed, client.map":
            (lambda: peer("client_map.py", "rate", file, 100, "5e6"), 70),
        "C++ with OpenMP, mt19937": (lambda: openmp(binaries, "6e8"), None),
    }


def show_rates(cluster, dask, quick):
    ours, theirs = [], {}
    for _ in range(1 if quick else 3):
        ours.append(cluster.run("2e10" if quick else "1e11")["samples_per_second"])
        for name, (measure, _) in ways(cluster.binaries, dask).items():
            theirs.setdefault(name, []).append(measure())
    rate = statistics.median(ours)
    show("ours, two workers", rate / 1e6, "M samples/s", 1)
    for name, (_, target) in ways(cluster.binaries, dask).items():
        their_rate = statistics.median(theirs[name])
        show(name, their_rate / 1e6, "M samples/s", 1)
        show("  ours against it", rate / their_rate, "x", 1, at_least=target)


def show_tiny_chunks(cluster, dask, quick):
    tasks = 1000 if quick else 4000
    theirs = peer("client_map.py", "rate", dask.scheduler_file, tasks, 1000) / 1000
    result = cluster.run("1e10", "1000")
    ours = result["chunks"] / result["wall_seconds"]
    show("chunks of 1,000 samples, client.map", theirs, "chunks/s")
    show("  ours", ours, "chunks/s")
    show("  ours against it", ours / theirs, "x")


def show_latency(cluster, dask):
    theirs = 1e3 * peer("client_map.py", "latency", dask.scheduler_file, 50)
    ours = cluster.rpc_bench("latency", 200)["median"]
    show("one small task on a warm connection, client.submit", theirs, "ms", 2)
    show("  ours", ours, "ms", 3)
    show("  ours against it", theirs / ours, "x", 1)


def measure(binaries, quick):
    with Cluster(binaries, workers=WORKERS) as cluster, Dask() as dask:
        show_rates(cluster, dask, quick)
        show_tiny_chunks(cluster, dask, quick)
        show_latency(cluster, dask)
