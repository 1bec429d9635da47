"""Prints figures, one per line, with the target beside it."""
import statistics


def show(what, value, unit, digits=0, at_least=None, at_most=None):
    """Prints a figure, and MISSED if it misses its target."""
    target = ""
    if at_least is not None:
        target = f"(at least {at_least:,}{'' if value >= at_least else ': MISSED'})"
    if at_most is not None:
        target = f"(at most {at_most:,}{'' if value <= at_most else ': MISSED'})"
    print(f"{what:<58} {value:>16,.{digits}f} {unit:<12} {target}".rstrip(), flush=True)


def median_of(rounds, measure):
    return statistics.median(measure() for _ in range(rounds))


def ratios(rounds, measure, reference):
    """The ratio of each measurement to the mean of the references before and after it.  They are
    interleaved, so that a slow period of the machine affects both."""
    before, found = reference(), []
    for _ in range(rounds):
        measured, after = measure(), reference()
        found.append(2 * measured / (before + after))
        before = after
    return found


def show_ratio(what, found, at_least):
    """Prints the median of the ratios in percent, and all of them."""
    percent = sorted(100 * each for each in found)
    show(what, statistics.median(percent), "%", 2, at_least=at_least)
    if len(percent) > 1:
        print(f"  of {len(percent)} pairs: " + " ".join(f"{each:.1f}" for each in percent),
              flush=True)
