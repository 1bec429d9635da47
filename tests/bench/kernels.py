"""The speed of the kernels, and the share of it that local runs and clusters reach."""
import os
import re
import statistics

from cluster import Cluster, output_of, run_embedded
from figures import ratios, show

TARGETS_TO_LOOP = {"avx512": 70, "portable": 4}
TARGETS_TO_BOUND = {"avx512": 85, "avx2": 80, "sse2": 80}
AVX2_OF_AVX512 = 45
# The random sampler of stream version 2 against that of version 1 (STREAM.md, "Speed"), and the
# targets for a block of Sobol' samples against the latter.
TIMES_VERSION_1 = {"avx512": 1.53, "avx2": 1.53}
SOBOL_TO_VERSION_1 = {"avx512": 1.7, "avx2": 1.5}


def show_sobol(rates):
    for kernel in rates:
        if f"sobol_{kernel}_17" not in rates:
            continue
        block = rates[f"sobol_{kernel}_17"]
        show(f"sobol, {kernel}, 2^17 samples, one core", block, "G samples/s", 2)
        if kernel in TIMES_VERSION_1:
            show("  against the sampler random of version 1",
                 block / rates[kernel] * TIMES_VERSION_1[kernel], "x", 2,
                 at_least=SOBOL_TO_VERSION_1[kernel])
        for log in (30, 42):
            show(f"  2^{log} samples", 2**log / rates[f"sobol_{kernel}_{log}"] / 1e6, "ms", 2)


def show_kernels(binaries, quick):
    repetitions = 5 if quick else 15
    printed = output_of([binaries / "kernels_bench", f"--benchmark_repetitions={repetitions}"])
    print(re.search(r"^machine .*", printed, re.MULTILINE)[0], flush=True)
    clock = re.search(r"clock ([\d.]+) GHz", printed)
    show("clock, by a chain of additions", float(clock[1]), "GHz", 3)
    line = (r"^(\w+) +([\d.]+) G samples/s"
            r"(?: +([\d.]+) x mt19937(?: +([\d.]+) %.*, ([\d.]+) G/s)?)?$")
    found = re.findall(line, printed, re.MULTILINE)
    rates = {name: float(rate) for name, rate, *_ in found}
    for name, rate, ratio, share, bound in sorted(found, key=lambda each: -float(each[1])):
        if name.startswith("sobol_"):
            continue
        show(f"{name}, one core", float(rate), "G samples/s", 3)
        if name != "mt19937":
            show("  against the mt19937 loop", float(ratio), "x", 1,
                 at_least=TARGETS_TO_LOOP.get(name))
        if share:
            show(f"  of its port bound, {bound} G/s", float(share), "%", 1,
                 at_least=TARGETS_TO_BOUND.get(name))
    if "avx512" in rates:
        show("avx2 of avx512", 100 * rates["avx2"] / rates["avx512"], "%", 1,
             at_least=AVX2_OF_AVX512)
    show_sobol(rates)


def bare(binaries, threads, seconds):
    return float(output_of([binaries / "bare_kernel", threads, seconds]))


def mersenne_twister(binaries, samples, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [binaries / "mersenne_twister_openmp", samples]
    return float(output_of(command, env=environment))


def show_delivered(binaries, quick):
    seconds, rounds = (2, 2) if quick else (5.5, 3)

    def ratio_of(ours, reference):
        return statistics.median(ratios(rounds, ours, reference))

    one = f"{bare(binaries, 1, 0.5) * seconds:.0f}"
    ratio = ratio_of(lambda: run_embedded(binaries, one, 1)["samples_per_second"],
                   lambda: mersenne_twister(binaries, 2e8, 1))
    show(f"embedded, one thread, {seconds} s, against mt19937", ratio, "x", 1, at_least=45)

    two = f"{bare(binaries, 2, 0.5) * seconds:.0f}"
    with Cluster(binaries, workers=2) as cluster:
        ratio = ratio_of(lambda: cluster.run(two)["samples_per_second"],
                       lambda: bare(binaries, 2, seconds / 2))
    show(f"two workers, {seconds} s, of two bare kernels", 100 * ratio, "%", 1, at_least=97)
    ratio = ratio_of(lambda: run_embedded(binaries, two, 2)["samples_per_second"],
                   lambda: bare(binaries, 2, seconds / 2))
    show(f"embedded, two threads, {seconds} s, of the same", 100 * ratio, "%", 1, at_least=97)


def measure(binaries, quick):
    show_kernels(binaries, quick)
    show_delivered(binaries, quick)
