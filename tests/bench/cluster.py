"""Our programs as processes: a scheduler on loopback, workers, and calls of the client."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

from site_certificates import options_for

READY_SECONDS = 20
WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]  # The process ends when this script ends.


def wait_until(is_true, condition):
    deadline = time.monotonic() + READY_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not true after {READY_SECONDS} s: {condition}")
        time.sleep(0.02)


@contextlib.contextmanager
def running(command, log, **options):
    """A process that ends with the block."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [*WITH_US, *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def output_of(command, **options):
    """The stdout of a command.  Raises an error with its stderr if it fails."""
    command = [*WITH_US, *map(str, command)]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def resident_megabytes(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 / 1e6


def cpu_seconds(process):
    """CPU time of all threads of the process so far."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


class Cluster:
    """`with Cluster(bin, workers=2) as cluster:` gives a scheduler with its workers joined."""

    def __init__(self, binaries, workers=0, threads=1, lease_target=None, flags=(), disk=None,
                 site=None, program="pi-scheduler"):
        """`flags` are more options of the scheduler, `disk` is the folder for its state, `site` is
        the folder with the certificates of all programs, if they shall use any, and `program` is
        the scheduler."""
        self.binaries = pathlib.Path(binaries)
        self.flags = flags
        self.disk = disk
        self.site = site
        self.program = program
        self.workers = workers
        self.threads = threads
        self.lease_target = lease_target
        self.parts = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as parts:
            self._start(parts)
            self.parts = parts.pop_all()
        return self

    def __exit__(self, *_):
        self.parts.close()

    def _start(self, parts):
        self.folder = pathlib.Path(parts.enter_context(
            tempfile.TemporaryDirectory(prefix="pi-bench.", dir=self.disk)))
        self.state = self.folder / "state"
        self.log = self.folder / "log"
        self.connection_file = self.folder / "scheduler.json"
        self.environment = {**os.environ, "PI_CONNECTION_FILE": str(self.connection_file)}
        if self.site:
            self.environment["PI_BENCH_SITE"] = str(self.site)  # For rpc_bench.
        self._start_scheduler(parts, port=0)
        worker = [self.binaries / "pi-worker", "--threads", self.threads,
                  *self._certificate("worker")]
        for _ in range(self.workers):
            parts.enter_context(running(worker, self.log, env=self.environment))
        wait_until(lambda: len(self.all_workers()) == self.workers, "the workers have joined")

    def _start_scheduler(self, parts, port):
        command = [self.binaries / self.program, "--host", "127.0.0.1", "--port", port,
                   "--state-dir", self.state, *self.flags, *self._certificate("scheduler")]
        if self.lease_target:
            command += ["--lease-target", self.lease_target]
        self.scheduler = parts.enter_context(running(command, self.log, env=self.environment))
        wait_until(lambda: self._published().get("pid") == self.scheduler.pid,
                   "the scheduler listens")

    def _certificate(self, role):
        return options_for(role, self.site) if self.site else []

    def _published(self):
        if not self.connection_file.exists():
            return {}
        return json.loads(self.connection_file.read_text())

    def port(self):
        return int(self._published()["addresses"][0].rsplit(":", 1)[1])

    def kill_scheduler(self):
        self.scheduler.kill()
        self.scheduler.wait()

    def restart_scheduler(self):
        """Starts it at the same port; returns the time just before."""
        port = self.port()
        begin = time.perf_counter()
        self._start_scheduler(self.parts, port)
        return begin

    def all_workers(self):
        return json.loads(self.client("workers", "--json"))["workers"]

    def client(self, *arguments):
        command = [self.binaries / "pi-client", *arguments, *self._certificate("client")]
        return output_of(command, env=self.environment)

    def run(self, samples, *arguments):
        """Runs a job; returns the output of run --json."""
        return json.loads(self.client("run", samples, *arguments, "--json"))

    def seconds_of_client(self, *arguments):
        """The time of a client from its start to its exit."""
        command = [self.binaries / "pi-client", *map(str, arguments),
                   *map(str, self._certificate("client"))]
        begin = time.perf_counter()
        subprocess.run(command, env=self.environment, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begin

    def rpc_bench(self, *arguments):
        """The numbers that rpc_bench prints, by the word before each number."""
        printed = output_of([self.binaries / "rpc_bench", *arguments], env=self.environment)
        numbers = {word: float(n) for word, n in re.findall(r"(\w+) ([\d.]+)", printed)}
        numbers["leases/s"] = float((re.findall(r"([\d.]+) leases/s", printed) or [0])[0])
        return numbers


def run_embedded(binaries, samples, threads):
    """Runs a job in the client's own process; returns the output of run --json."""
    command = [pathlib.Path(binaries) / "pi-client", "run", samples, "--local",
               "--threads", threads, "--json"]
    return json.loads(output_of(command))
