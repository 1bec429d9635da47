#include "scheduler/http/start_commands.h"

#include <string_view>

namespace pi::scheduler::http {
namespace {

std::string quotedForShell(const std::string& text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:+@%=-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string program(const StartPlace& place, const std::string& name) {
  return place.folder.empty() ? name : place.folder + "/" + name;
}

std::string optionsFor(const StartPlace& place) {
  std::string options;
  if (!place.connectionFile.empty()) {
    options = "--connection-file " + quotedForShell(place.connectionFile);
  }
  if (place.needsCertificates) {
    options += options.empty() ? "" : " ";
    options += "--tls-cert FILE --tls-key FILE --tls-ca FILE";
  }
  return options;
}

}  // namespace

StartCommands startCommands(const StartPlace& place) {
  const std::string options = optionsFor(place);
  const std::string more = options.empty() ? "" : " " + options;
  const std::string worker = program(place, "pi-worker");
  std::string batchJob = "sbatch -o worker1.log ";
  if (!place.folder.empty()) batchJob += "--export=ALL,PI_WORKER=" + quotedForShell(worker) + " ";
  return {.worker = quotedForShell(worker) + more,
          .batchJob = batchJob + quotedForShell(place.batchScript) + more,
          .client = quotedForShell(program(place, "pi-client")),
          .clientOptions = options};
}

}  // namespace pi::scheduler::http
