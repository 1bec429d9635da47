"""Runs the commands of docs/tutorial.md, and compares what they print with what the document says.

    tutorial.py DOCUMENT BINARIES [--slurm PROGRAM] [--write]

A block that begins with ```console has lines `$ command`, each followed by its output; a command
that continues after a backslash has further lines with `> `.  All
commands run in one shell, one after the other, with a home directory of their own; those below a
heading with the word Slurm run in another one, as on the login node of a cluster.  PROGRAM is
slurm_by_hand, which starts a Slurm for them; without it they are left out.  --write puts the
outputs into the document.

Times, rates, addresses and the like differ from run to run: see VARYING.  They are not compared;
digits, counts and all words are.  In a block after the line <!-- numbers vary -->, no number is
compared.  For --write, give the machine a name as long as those that readers see:
unshare --uts sh -c 'hostname laptop; python3 tests/tutorial/tutorial.py ... --write'"""
import argparse
import difflib
import itertools
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

FENCE = "```"
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
# Texts that differ from run to run, and the word that stands for it when outputs are compared.
VARYING = [
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "TIME"),
    (r"\b\d+(\.\d+){3}:\d+\b|\[[0-9a-f:]+\]:\d+", "ADDRESS"),
    (r"\b\d+(\.\d+)? ?[kMGT]? samples/s", "RATE"),
    (r"\b\d+(m \d\ds|h \d\dm|d \d\dh)\b", "DURATION"),
    (r"\b\d+(\.\d+)? (ns|us|µs|ms|s|min|h|d)\b", "DURATION"),
    (r"\bpid \d+", "PID"),
    (r"\b(avx512|avx2|sse2|neon|portable)\b", "KERNEL"),
    (r"\?token=\S+", "TOKEN"),
    (r"\([0-9a-f]{12}\)", "COMMIT"),
    (r"\bpi-[0-9a-f]{8}-\d+-\d+( \(\d+\))?", "ALLOCATION"),
    (r", starts in about [^,\n]*", ""),  # Slurm need not know it.
    (r"\.{3,}", "..."),
]
NUMBERS_VARY = "<!-- numbers vary -->"
# Not for readers: progress, which is one line of a terminal, bash's notice of a kill, and the
# warning of a measurement on a very fast machine.
LEFT_OUT = re.compile(
    r"[\d.]+ %  .*( samples/s  |waiting for)|pi-client: warning: on|bash: line \d+: +\d+ Killed")
LIMIT_S = 600  # For one command; it ends a run that hangs.


class Slurm:
    """A Slurm that ends with this process, whatever ends it."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said = itertools.takewhile(str.strip, self.process.stdout)
        self.variables = dict(line.rstrip().split("=", 1) for line in said)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Shell:
    """One bash for commands of the document, on a machine with this name."""

    def __init__(self, name, home, binaries, variables, columns):
        environment = {
            "HOME": str(home),
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "COLUMNS": str(columns),
            **variables,
        }
        self.name = name
        self.home = home
        self.environment = environment
        home.mkdir()
        (home / "scripts").symlink_to(SCRIPTS)
        cpus = sorted(os.sched_getaffinity(0))[:2]  # The same threads on every machine.
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=home, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus))

    def run(self, command):
        """Returns what the command prints, as lines."""
        mark = uuid.uuid4().hex
        log, size = self.log_of(command)
        self.bash.stdin.write(f"{command}\necho {mark}\n")
        self.bash.stdin.flush()
        signal.alarm(LIMIT_S)
        lines = []
        for line in self.bash.stdout:
            before, found, _ = line.partition(mark)
            if before and not LEFT_OUT.match(before):
                lines.append(before.rstrip().replace(socket.gethostname(), self.name))
            if found:
                if log:
                    self.wait_for_log(log, size)
                self.wait_for_batch_job(command)
                signal.alarm(0)
                return lines
        raise RuntimeError(f"the shell ended at: {command}")

    def log_of(self, command):
        """The log of a program in the background, and its size before the command."""
        log = re.search(r"(>>?) (\S+\.log) 2>&1 &$", command)
        if not log:
            return None, 0
        file = self.home / log[2]
        if log[1] == ">":
            file.unlink(missing_ok=True)
        return file, file.stat().st_size if file.exists() else 0

    def wait_for_log(self, file, size):
        """A program in the background begins its log before a person has typed the next command."""
        seen = size
        while seen == size or file.stat().st_size > seen:
            seen = file.stat().st_size if file.exists() else size
            time.sleep(0.3)

    def wait_for_batch_job(self, command):
        """A batch job, too, runs before that: the nodes are free when the document submits one."""
        if not command.startswith("sbatch"):
            return
        pending = ["squeue", "--noheader", "--states=PENDING"]
        while subprocess.check_output(pending, env=self.environment):
            time.sleep(0.3)
        if log := re.search(r" -o (\S+\.log) .*worker\.sbatch$", command):
            file = self.home / log[1]
            while not file.exists() or "joined" not in file.read_text():
                time.sleep(0.3)

    def end(self):
        os.killpg(self.bash.pid, signal.SIGKILL)
        self.bash.wait()


def blocks(lines):
    """The lines within each console block, whether it needs a Slurm, and whether its numbers
    vary."""
    first = None
    needs_slurm = False
    for number, line in enumerate(lines):
        if first is None and line.startswith("#"):
            needs_slurm = "Slurm" in line
        elif line == FENCE + "console":
            first = number + 1
        elif line == FENCE and first is not None:
            yield first, number, needs_slurm, NUMBERS_VARY in lines[max(0, first - 3):first]
            first = None


def steps(lines):
    """The commands in a block, each with the output that the document says."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        else:
            found[-1][1].append(line)
    return found


def masked(lines, numbers_vary):
    text = "\n".join(lines)
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    if numbers_vary:
        text = re.sub(r"-?\d[\d_.]*", "N", text)
    # Columns are as wide as what is in them.
    return [re.sub(r" {2,}", " ", line) for line in text.split("\n")]


def follow(document, laptop, cluster, write):
    """Runs the commands; those of the cluster only if there is one.  Returns the document with the
    new outputs, and how many differ."""
    lines = document.read_text().split("\n")
    result, done, wrong = [], 0, 0
    for first, last, needs_slurm, numbers_vary in blocks(lines):
        shell = cluster if needs_slurm else laptop
        if not shell:
            continue
        result += lines[done:first]
        for command, said in steps(lines[first:last]):
            typed = "$ " + command.replace("\n", "\n> ")
            print(typed, flush=True)
            printed = shell.run(command)
            result += [*typed.split("\n"), *printed]
            found = list(difflib.unified_diff(
                masked(said, numbers_vary), masked(printed, numbers_vary),
                document.name, "the run", lineterm="", n=1))
            if found and not write:
                wrong += 1
                print("\n".join(found), flush=True)
        done = last
    return result + lines[done:], wrong


def unknown_commands(document, binaries):
    """The commands in tables and sentences, which are not run, that the programs do not know."""
    unknown = []
    for text in re.findall(r"`(pi-(?:client|scheduler|worker) [^`]*)`", document.read_text()):
        words = shlex.split(text.split(" -- ")[0])
        command = words[:2] if re.fullmatch("[a-z]+", words[1]) else words[:1]
        answer = subprocess.run(
            [binaries / command[0], *command[1:], "--help"], text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        options = [word for word in words if word.startswith("-")]
        is_known = all(re.search(rf"^ .*{re.escape(option)}\b", answer.stdout, re.MULTILINE)
                       for option in options)
        if answer.returncode or not is_known or " ".join(command) not in answer.stdout:
            unknown.append(text)
    return unknown


def slurm_of(program):
    """The Slurm; None if there is no program, or no Slurm can be started and the user allows it."""
    if not program:
        return None
    slurm = Slurm(program)
    if slurm.variables:
        return slurm
    slurm.end()
    if os.environ.get("PI_ALLOW_SKIP") != "1":
        sys.exit("no Slurm starts; set PI_ALLOW_SKIP=1 to leave out its chapters")
    print("the chapters with Slurm are left out", flush=True)
    return None


def give_up(*_):
    raise TimeoutError("told to end, or a command takes too long")


def main():
    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, give_up)  # What was started ends, too.
    parser = argparse.ArgumentParser()
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--slurm", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    binaries = given.binaries.resolve()
    if unknown := unknown_commands(given.document, binaries):
        sys.exit(f"{given.document.name} has commands that no --help has: {unknown}")
    slurm = slurm_of(given.slurm)
    homes = pathlib.Path(tempfile.mkdtemp(prefix="pi-tutorial-"))
    laptop = Shell("laptop", homes / "laptop", binaries, {}, 100)
    # A wide terminal: there are columns about batch jobs.
    cluster = slurm and Shell("login1", homes / "cluster", binaries, slurm.variables, 115)
    try:
        lines, wrong = follow(given.document, laptop, cluster, given.write)
    finally:
        for started in filter(None, (laptop, cluster, slurm)):
            started.end()
        shutil.rmtree(homes, ignore_errors=True)
    if given.write:
        given.document.write_text("\n".join(lines))
    if wrong:
        sys.exit(f"{wrong} outputs are not as {given.document.name} says; "
                 "--write puts the new ones into it")


if __name__ == "__main__":
    main()
