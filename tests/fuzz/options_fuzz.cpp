// The command lines of the three programs.  The first byte chooses the program; each following line
// is an argument.
#include <algorithm>

#include "client/options.h"
#include "common/base/check.h"
#include "scheduler/options.h"
#include "tests/fuzz/input.h"
#include "worker/options.h"

using namespace pi;

namespace {

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    // A process gets an argument up to its first zero byte.
    lines.emplace_back(text.substr(begin, end - begin).c_str());
    begin = end + 1;
  }
  return lines;
}

// Returns true for options.  An error must be one line, a text must not be empty.
template <typename Options>
bool isAccepted(const cli::ParseResult<Options>& result) {
  PI_CHECK(result.value.has_value() == result.error.empty());
  PI_CHECK(result.error.find('\n') == std::string::npos);
  if (!result.value) return false;
  if (const auto* shown = std::get_if<cli::ShowText>(&*result.value)) {
    PI_CHECK(!shown->text(80).empty());
  }
  return std::holds_alternative<Options>(*result.value);
}

void expectSound(const JobSpec& spec) {
  PI_CHECK(spec.samples >= 1 && spec.samples < kSamplesEnd);
  PI_CHECK(spec.chunkSize >= 1 && spec.chunkSize <= spec.samples);
}

void readClient(const std::vector<std::string>& arguments) {
  auto result = client::parseOptions(arguments);
  if (!isAccepted(result)) return;
  const client::Options& options = std::get<client::Options>(*result.value);
  if (const auto* run = std::get_if<client::command::Run>(&options.command)) {
    expectSound(run->spec);
    PI_CHECK(run->timeout >= Duration::zero());
  } else if (const auto* submit = std::get_if<client::command::Submit>(&options.command)) {
    expectSound(submit->spec);
  }
}

void readScheduler(const std::vector<std::string>& arguments) {
  auto result = parseSchedulerOptions(arguments);
  if (!isAccepted(result)) return;
  const SchedulerOptions& options = std::get<SchedulerOptions>(*result.value);
  if (const auto* serve = std::get_if<ServeOptions>(&options)) {
    PI_CHECK(!(serve->host && serve->interface));
    PI_CHECK(!serve->insecureNetwork || serve->access.insecure);
    PI_CHECK(!serve->access.insecure || !serve->access.certificates);
  }
}

void readWorker(const std::vector<std::string>& arguments) {
  auto result = parseWorkerOptions(arguments);
  if (!isAccepted(result)) return;
  const WorkerOptions& options = std::get<WorkerOptions>(*result.value);
  PI_CHECK(options.threads <= 4096 && options.lifetime >= Duration::zero());
  PI_CHECK(!options.access.insecure || !options.access.certificates);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  constexpr auto kPrograms = std::to_array({readClient, readScheduler, readWorker});
  auto read = kPrograms[input.below(kPrograms.size())];
  read(linesOf(input.text()));
  return 0;
}
