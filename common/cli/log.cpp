#include "common/cli/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace pi::cli {
namespace {

spdlog::level::level_enum toSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::runtime_error("the log file " + file + " cannot be opened: " + why +
                           "; name another with --log-file");
}

std::shared_ptr<spdlog::logger> logTo(const std::string& file) {
  std::error_code ignored;
  // Opening a FIFO would wait for its reader.
  if (std::filesystem::is_fifo(file, ignored)) refuse(file, "it is a FIFO");
  if (std::filesystem::is_directory(file, ignored)) refuse(file, "it is a directory");
  try {
    errno = 0;
    return spdlog::basic_logger_st("pi", file);
  } catch (const spdlog::spdlog_ex&) {
    refuse(file, std::generic_category().message(errno));
  }
}

}  // namespace

void startLog(LogLevel level, const std::optional<std::string>& file) {
  auto logger = file ? logTo(*file) : spdlog::stderr_logger_st("pi");
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e%z %l %v");
  logger->flush_on(spdlog::level::trace);
  logger->set_level(toSpdlog(level));
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(logger);
}

}  // namespace pi::cli
