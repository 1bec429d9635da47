"""The digits of the sampler `sobol`: how long they take, and whether they are true."""
import json
import math

from cluster import output_of
from figures import show


def result_of(binaries, samples, seed):
    command = [binaries / "pi-client", "run", str(samples), "--sampler", "sobol", "--seed",
               str(seed), "--local", "--threads", "2", "--json", "--no-progress"]
    return json.loads(output_of(command))


def measure(binaries, quick):
    seconds = result_of(binaries, 2**46, 2017)["wall_seconds"]
    show("2^46 samples, two threads", seconds, "s", 2, at_most=2)

    # These seeds were chosen before anything was measured.
    results = [result_of(binaries, 2**50, seed) for seed in range(20)]
    held = sum(low <= math.pi <= high for low, high in (each["ci95"] for each in results))
    show("2^50 samples, of the intervals of 20 seeds contain pi", held, "", at_least=16)
    squares = [((each["pi"] - math.pi) / each["standard_error"]) ** 2 for each in results]
    show("  mean of (error / standard error)^2", sum(squares) / len(squares), "", 2)
    if quick:
        return
    largest = result_of(binaries, 2**61, 2017)
    show("2^61 samples, two threads", largest["wall_seconds"], "s", 1, at_most=120)
    show("  standard error", 1e15 * largest["standard_error"], "1e-15", 1, at_most=100)
