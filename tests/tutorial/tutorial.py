"""Runs the commands of docs/tutorial.md, and compares what they print with what the document says.

    tutorial.py DOCUMENT BINARIES [--write] [--without-slurm]

A block that begins with ```console has lines `$ command`, each followed by its output.  All
commands run in one shell, one after the other, with a home directory of their own.  --write puts
their outputs into the document.

Times, rates, addresses and the like differ from run to run: see VARYING.  They are not compared;
digits, counts and all words are.  In a block after the line <!-- numbers vary -->, no number is
compared.  Blocks below a heading with the word Slurm need one.  For --write, give the machine a
name that means something to readers:
unshare --uts sh -c 'hostname laptop; python3 tests/tutorial/tutorial.py ... --write'"""
import argparse
import difflib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

FENCE = "```"
# Texts that differ from run to run, and the word that stands for it when outputs are compared.
VARYING = [
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", "TIME"),
    (r"\b\d+(\.\d+){3}:\d+\b|\[[0-9a-f:]+\]:\d+", "ADDRESS"),
    (r"\b\d+(\.\d+)? ?[kMGT]? samples/s", "RATE"),
    (r"\b\d+(\.\d+)? (ns|us|µs|ms|s|min|h|d)\b", "DURATION"),
    (r"\bpid \d+", "PID"),
    (r"\b(avx512|avx2|sse2|neon|portable)\b", "KERNEL"),
    (r"\?token=\S+", "TOKEN"),
    (r"\([0-9a-f]{12}\)", "COMMIT"),
    (r"\.{3,}", "..."),
]
NUMBERS_VARY = "<!-- numbers vary -->"
# Not for readers: progress, which is one line of a terminal, bash's notice of a kill, and the
# warning of a measurement on a very fast machine.
LEFT_OUT = re.compile(
    r"[\d.]+ %  .*( samples/s  |waiting for)|pi-client: warning: on|bash: line \d+: +\d+ Killed")
LIMIT_S = 600  # For one command; it ends a run that hangs.


class Shell:
    """One bash for all commands of the document."""

    def __init__(self, home, binaries):
        environment = {
            "HOME": str(home),
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            **{name: value for name, value in os.environ.items() if name.startswith("SLURM_")},
        }
        self.home = home
        cpus = sorted(os.sched_getaffinity(0))[:2]  # The same threads on every machine.
        self.bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=home, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus))

    def run(self, command):
        """Returns what the command prints, as lines."""
        mark = uuid.uuid4().hex
        self.bash.stdin.write(f"{command}\necho {mark}\n")
        self.bash.stdin.flush()
        signal.alarm(LIMIT_S)
        lines = []
        for line in self.bash.stdout:
            before, found, _ = line.partition(mark)
            if before and not LEFT_OUT.match(before):
                lines.append(before.rstrip().replace(socket.gethostname(), "laptop"))
            if found:
                self.wait_for_log(command)
                signal.alarm(0)
                return lines
        raise RuntimeError(f"the shell ended at: {command}")

    def wait_for_log(self, command):
        """A program in the background begins its log before a person has typed the next command."""
        if log := re.search(r"(>>?) (\S+\.log) 2>&1 &$", command):
            file = self.home / log[2]
            size = file.stat().st_size if log[1] == ">>" and file.exists() else 0
            while not file.exists() or file.stat().st_size <= size:
                time.sleep(0.05)

    def end(self):
        os.killpg(self.bash.pid, signal.SIGKILL)
        self.bash.wait()


def blocks(lines, with_slurm):
    """The lines within each console block that is to be run, and whether its numbers vary."""
    first = None
    runs = True
    for number, line in enumerate(lines):
        if first is None and line.startswith("#"):
            runs = with_slurm or "Slurm" not in line
        elif line == FENCE + "console":
            first = number + 1
        elif line == FENCE and first is not None:
            if runs:
                yield first, number, NUMBERS_VARY in lines[max(0, first - 3):first]
            first = None


def steps(lines):
    """The commands in a block, each with the output that the document says."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
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


def follow(document, shell, with_slurm, write):
    """Runs the commands.  Returns the document with the new outputs, and how many differ."""
    lines = document.read_text().split("\n")
    result, done, wrong = [], 0, 0
    for first, last, numbers_vary in blocks(lines, with_slurm):
        result += lines[done:first]
        for command, said in steps(lines[first:last]):
            print(f"$ {command}", flush=True)
            printed = shell.run(command)
            result += [f"$ {command}", *printed]
            found = list(difflib.unified_diff(
                masked(said, numbers_vary), masked(printed, numbers_vary),
                document.name, "the run", lineterm="", n=1))
            if found and not write:
                wrong += 1
                print("\n".join(found), flush=True)
        done = last
    return result + lines[done:], wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--without-slurm", action="store_true")
    given = parser.parse_args()
    home = pathlib.Path(tempfile.mkdtemp(prefix="pi-tutorial-"))
    shell = Shell(home, given.binaries.resolve())
    try:
        lines, wrong = follow(given.document, shell, not given.without_slurm, given.write)
    finally:
        shell.end()
        shutil.rmtree(home, ignore_errors=True)
    if given.write:
        given.document.write_text("\n".join(lines))
    if wrong:
        sys.exit(f"{wrong} outputs are not as {given.document.name} says; "
                 "--write puts the new ones into it")


if __name__ == "__main__":
    main()
