"""The same estimate with numpy, multiprocessing, dask and OpenMP, and with ours, in one run."""
import contextlib
import pathlib
import statistics
import sys
import tempfile

from cluster import Cluster, output_of, resident_megabytes, running, wait_until
from figures import show

PEERS = pathlib.Path(__file__).parent / "peers"
PYTHON = "/usr/bin/python3"  # Debian's Python has Debian's dask and numpy.
WORKERS = 2


class Dask:
    """dask.distributed, started as its users start it: a scheduler and one-thread workers."""

    def __enter__(self):
        with contextlib.ExitStack() as parts:
            folder = pathlib.Path(
                parts.enter_context(tempfile.TemporaryDirectory(prefix="pi-bench.")))
            self.scheduler_file = folder / "scheduler.json"
            log = folder / "log"
            self.scheduler = parts.enter_context(running(
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
    """Runs a program of peers/; returns the number that it prints."""
    return float(output_of([PYTHON, PEERS / program, *arguments], cwd=PEERS))


class Way:
    """One way to compute the estimate, with several sizes; later runs use the fastest size."""

    def __init__(self, name, measure, sizes, target=None):
        self.name = name
        self.target = target  # Ours must be this many times as fast.
        self._measure = measure
        self._sizes = sizes
        self._rates = []

    def run(self, quick):
        """The first run tries every size, later runs use the best; a quick one uses the first."""
        if quick:
            self._sizes = self._sizes[:1]
        rates = {size: self._measure(*size) for size in self._sizes}
        best = max(rates, key=rates.get)
        self._sizes = [best]
        self._rates.append(rates[best])

    def rate(self):
        return statistics.median(self._rates)


def ways(binaries, dask):
    def program(name, *first, last=()):
        return lambda *size: peer(name, *first, *size, *last)

    def openmp(samples):
        return float(output_of([binaries / "mersenne_twister_openmp", samples]))

    array, futures, file = "dask_array.py", "client_map.py", dask.scheduler_file
    chunked = [("1e8", "1e6"), ("2e8", "2.5e6"), ("2e8", "5e6")]  # Samples, samples a chunk.
    indexed = [("2e7", "2e6"), ("2e7", "5e6")]
    mapped = [(200, "5e6"), (400, "2e6")]  # Tasks, samples a task.
    return [
        Way("numpy, one core", program("serial_numpy.py"), [("1e7",)]),
        Way("multiprocessing", program("multiprocessing_numpy.py"), [("2e7",), ("5e7",)]),
        Way("dask.array, threads, the lesson's way", program(array, "lesson"), indexed),
        Way("dask.array, threads, an expert's way", program(array, "expert"), chunked),
        Way("dask.distributed, the lesson's way", program(array, "lesson", last=[file]), indexed,
            target=2000),
        Way("dask.distributed, an expert's way", program(array, "expert", last=[file]), chunked,
            target=200),
        Way("dask.distributed, client.map", program(futures, "plain", file), mapped, target=70),
        Way("dask.distributed, client.map, in batches and in place",
            program(futures, "tuned", file), mapped),
        Way("C++ with OpenMP, mt19937", openmp, [("6e8",)]),
    ]


def show_rates(cluster, dask, quick):
    ours, theirs = [], ways(cluster.binaries, dask)
    for _ in range(1 if quick else 3):
        ours.append(cluster.run("5e10" if quick else "1e11")["samples_per_second"])
        for way in theirs:
            way.run(quick)
    rate = statistics.median(ours)
    show("ours, two workers", rate / 1e6, "M samples/s", 1)
    for way in theirs:
        show(way.name, way.rate() / 1e6, "M samples/s", 1)
        show("  ours against it", rate / way.rate(), "x", 1, at_least=way.target)


def show_tiny_chunks(cluster, dask, quick):
    tasks = 1000 if quick else 4000
    theirs = peer("client_map.py", "plain", dask.scheduler_file, tasks, 1000) / 1000
    result = cluster.run("1e10", "1000")
    ours = result["chunks"] / result["wall_seconds"]
    show("chunks of 1,000 samples, client.map", theirs, "chunks/s")
    show("  ours", ours, "chunks/s")
    show("  ours against it", ours / theirs, "x")
    show("memory of dask's scheduler by now", resident_megabytes(dask.scheduler), "MB", 1)
    show("  of ours", resident_megabytes(cluster.scheduler), "MB", 1)


def show_latency(cluster, dask):
    theirs = 1e3 * peer("client_map.py", "latency", dask.scheduler_file, 100)
    ours = cluster.rpc_bench("latency", 200)["median"]
    show("one small task on a warm connection, client.submit", theirs, "ms", 2)
    show("  ours", ours, "ms", 3)
    show("  ours against it", theirs / ours, "x", 1)


def measure(binaries, quick):
    with Cluster(binaries, workers=WORKERS) as cluster, Dask() as dask:
        show_rates(cluster, dask, quick)
        show_tiny_chunks(cluster, dask, quick)
        show_latency(cluster, dask)
