#include "common/cli/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "common/json/history_objects.h"
#include "common/model/log_subject.h"

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

class JsonLines final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& to) override {
    spdlog::string_view_t level = spdlog::level::to_string_view(line.level);
    std::string text =
        jsonLine(logLineObject({.time = std::chrono::time_point_cast<Duration>(line.time),
                                .level = std::string(level.data(), level.size()),
                                .text = std::string(line.payload.data(), line.payload.size()),
                                .about = LogAbout::current()}));
    to.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonLines>();
  }
};

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw std::runtime_error("the log file " + file + " cannot be opened: " + why +
                           "; name another with --log-file");
}

// Writes lines to a file.  If that fails, stderr is told once a minute: otherwise a full disk would
// only be noticed when the log is needed.
class FileSink final : public spdlog::sinks::sink {
 public:
  explicit FileSink(const std::string& path) : path_(path), file_(path) {}

  void log(const spdlog::details::log_msg& line) override {
    try {
      file_.log(line);
      file_.flush();
    } catch (const spdlog::spdlog_ex&) {
      tellOfLoss(line.time, errno);
    }
  }
  void flush() override {}  // Each line is.
  void set_pattern(const std::string& pattern) override { file_.set_pattern(pattern); }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    file_.set_formatter(std::move(formatter));
  }

 private:
  void tellOfLoss(spdlog::log_clock::time_point now, int error) {
    if (toldAt_ && now - *toldAt_ < std::chrono::minutes(1)) return;
    toldAt_ = now;
    std::fprintf(stderr,
                 "the log file %s cannot be written: %s; lines are lost until this is repaired, "
                 "and the program continues\n",
                 path_.c_str(), std::generic_category().message(error).c_str());
  }

  const std::string path_;
  spdlog::sinks::basic_file_sink_st file_;
  std::optional<spdlog::log_clock::time_point> toldAt_;
};

std::shared_ptr<spdlog::logger> logTo(const std::string& file) {
  std::error_code ignored;
  // Opening a FIFO would wait for its reader.
  if (std::filesystem::is_fifo(file, ignored)) refuse(file, "it is a FIFO");
  if (std::filesystem::is_directory(file, ignored)) refuse(file, "it is a directory");
  try {
    errno = 0;
    return std::make_shared<spdlog::logger>("pi", std::make_shared<FileSink>(file));
  } catch (const spdlog::spdlog_ex&) {
    refuse(file, std::generic_category().message(errno));
  }
}

}  // namespace

std::string logLineAsJson(WallTime time, const std::string& text) {
  return jsonLine(logLineObject({.time = time, .level = "info", .text = text}));
}

void startLog(LogLevel level, LogFormat format, const std::optional<std::string>& file) {
  auto logger = file ? logTo(*file) : spdlog::stderr_logger_st("pi");
  switch (format) {
    case LogFormat::kText:
      logger->set_pattern("%Y-%m-%d %H:%M:%S.%e%z %l %v");
      break;
    case LogFormat::kJson:
      logger->set_formatter(std::make_unique<JsonLines>());
      break;
  }
  logger->flush_on(spdlog::level::trace);
  logger->set_level(toSpdlog(level));
  logger->set_error_handler([](const std::string&) {});
  spdlog::set_default_logger(logger);
}

}  // namespace pi::cli
