#include "scheduler/allocation/text/slurm_errors.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "common/base/printable.h"

namespace pi::allocation {
namespace {

using std::string_view;
using Kind = BatchFailure::Kind;

// The first text that is among the errors decides.
struct Known {
  string_view text;
  Kind kind;
  string_view sentence;
};

constexpr string_view kNoController =
    "Slurm's controller (slurmctld) does not answer; it is asked again";
constexpr string_view kNoMunge =
    "Slurm does not accept this machine's credentials; the service munge must run here, and the "
    "clocks must agree";
constexpr string_view kNoCluster =
    "Slurm's programs find no cluster from this machine; start the scheduler on a login node, or "
    "use --elastic local";

constexpr std::array kKnown{
    // Slurm cannot be asked.
    Known{"Socket timed out", Kind::kUnclear, kNoController},
    Known{"Zero Bytes were transmitted", Kind::kUnclear, kNoController},
    Known{"(receive failure)", Kind::kUnclear, kNoController},
    Known{"(shutdown failure)", Kind::kUnclear, kNoController},
    Known{"Unable to contact slurm controller", Kind::kUnreachable, kNoController},
    Known{"in standby mode", Kind::kUnreachable, kNoController},
    Known{"temporarily unable to accept job", Kind::kUnreachable,
          "Slurm takes no further jobs at the moment; it is asked again"},
    Known{"Invalid authentication credential", Kind::kUnreachable, kNoMunge},
    Known{"Protocol authentication error", Kind::kUnreachable, kNoMunge},
    Known{"authentication agent", Kind::kUnreachable, kNoMunge},
    Known{"munge", Kind::kUnreachable, kNoMunge},
    Known{"Munge", Kind::kUnreachable, kNoMunge},
    Known{"Could not establish a configuration source", Kind::kRefused, kNoCluster},
    Known{"Unable to process configuration file", Kind::kRefused, kNoCluster},
    // Slurm refuses the job.
    Known{"nvalid partition", Kind::kRefused,
          "Slurm does not have this partition; sinfo lists those that it has: correct --partition "
          "in --elastic"},
    Known{"No partition specified", Kind::kRefused,
          "Slurm has no usual partition; sinfo lists those that it has: add --partition to "
          "--elastic"},
    Known{"not permitted to use this partition", Kind::kRefused,
          "you may not use this partition; sinfo lists others: correct --partition in --elastic"},
    Known{"Required partition not available", Kind::kUnreachable,
          "the partition takes no jobs at the moment; sinfo shows the others"},
    Known{"Partition in DOWN state", Kind::kUnreachable,
          "the partition takes no jobs at the moment; sinfo shows the others"},
    Known{"nvalid account", Kind::kRefused,
          "Slurm does not let you use this account in this partition; sacctmgr show associations "
          "user=$USER lists yours: correct --account in --elastic"},
    Known{"nvalid qos", Kind::kRefused,
          "Slurm does not let you use this QOS; sacctmgr show associations user=$USER lists yours: "
          "correct --qos in --elastic"},
    Known{"Job violates accounting/QOS policy", Kind::kRefused,
          "your account or QOS allows no further or no such job; ask for fewer workers or a "
          "shorter --worker-time-limit, or wait until earlier jobs end"},
    Known{"Requested time limit is invalid", Kind::kRefused,
          "the time limit is above the partition's, which sinfo shows; use a shorter "
          "--worker-time-limit"},
    Known{"Requested node configuration is not available", Kind::kRefused,
          "no node of the partition has what --elastic asks for; sinfo -N -l shows CPUs and memory "
          "of the nodes"},
    Known{"Memory specification can not be satisfied", Kind::kRefused,
          "no node of the partition has so much memory; sinfo -N -l shows how much: correct --mem "
          "in --elastic"},
    Known{"Invalid generic resource", Kind::kRefused,
          "no node of the partition has such a resource; sinfo -o %G shows them: correct --gres or "
          "--gpus in --elastic"},
    Known{"Invalid feature specification", Kind::kRefused,
          "no node of the partition has this feature; sinfo -o %f shows them: correct --constraint "
          "in --elastic"},
    Known{"reservation is invalid", Kind::kRefused,
          "Slurm does not have this reservation; scontrol show reservations lists them: correct "
          "--reservation in --elastic"},
};

// Without the marks that Slurm's programs put in front of their errors.
string_view withoutMarks(string_view line, string_view program) {
  for (string_view mark : {program, string_view(": "), string_view("error: "),
                           string_view("fatal: "), string_view("Batch job submission failed: ")}) {
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
  }
  return line;
}

// The line that names the reason: the last one that is not general advice.
std::string reasonIn(string_view errors, string_view program) {
  std::string reason;
  while (!errors.empty()) {
    auto end = std::min(errors.find('\n'), errors.size());
    string_view line = withoutMarks(errors.substr(0, end), program);
    errors.remove_prefix(std::min(end + 1, errors.size()));
    bool isAdvice = line.starts_with("Try \"");
    if (!line.empty() && !isAdvice) reason = shortened(printable(line));
  }
  return reason;
}

}  // namespace

BatchFailure slurmFailure(string_view program, string_view errors) {
  std::string who(program);
  std::string reason = reasonIn(errors, program);
  for (const Known& known : kKnown) {
    if (errors.find(known.text) == errors.npos) continue;
    std::string sentence(known.sentence);
    if (!reason.empty()) sentence += " (" + who + ": " + reason + ")";
    return {.sentence = std::move(sentence), .kind = known.kind};
  }
  bool isOption = errors.find("option") != errors.npos;  // "unrecognized option '--x'", "invalid".
  if (isOption && !reason.empty()) {
    return {.sentence = who + ": " + reason + "; correct the options in --elastic"};
  }
  if (reason.empty()) return {.sentence = who + " failed and did not say why; try it by hand"};
  return {.sentence = who + ": " + reason};
}

BatchFailure slurmNotStarted(string_view program, bool isMissing, string_view why) {
  if (!isMissing) return {.sentence = std::string(why), .kind = Kind::kUnreachable};
  return {.sentence = "there is no " + std::string(program) +
                      " in the PATH; start the scheduler on a login node of a cluster with Slurm, "
                      "or use --elastic local"};
}

bool meansOver(string_view errors) {
  bool isOver = false;
  while (!errors.empty()) {
    auto end = std::min(errors.find('\n'), errors.size());
    string_view line = errors.substr(0, end);
    errors.remove_prefix(std::min(end + 1, errors.size()));
    if (line.empty()) continue;
    isOver = line.find("Invalid job id specified") != line.npos ||
             line.find("Job/step already completing or completed") != line.npos;
    if (!isOver) return false;
  }
  return isOver;
}

}  // namespace pi::allocation
