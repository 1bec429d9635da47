#include "common/net/loop/kj_log.h"

#include <spdlog/spdlog.h>

#include <string>

#include "common/base/printable.h"

namespace pi::net {
namespace {

spdlog::level::level_enum levelOf(kj::LogSeverity severity) {
  switch (severity) {
    case kj::LogSeverity::INFO:
      return spdlog::level::info;
    case kj::LogSeverity::WARNING:
      return spdlog::level::warn;
    case kj::LogSeverity::ERROR:
    case kj::LogSeverity::FATAL:
      return spdlog::level::err;
    case kj::LogSeverity::DBG:
      return spdlog::level::debug;
  }
  return spdlog::level::err;
}

}  // namespace

void KjLog::logMessage(kj::LogSeverity severity, const char* file, int line, int /*contextDepth*/,
                       kj::String&& text) {
  std::string words = printable({text.begin(), text.size()});
  spdlog::log(levelOf(severity), "{} ({}:{})", words, file, line);
}

}  // namespace pi::net
