#include "common/cli/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/model/log_subject.h"
#include "tests/unit/process/scratch.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// While it lives, stderr goes to a file.
class CapturedStderr {
 public:
  explicit CapturedStderr(const fs::path& file) : before_(::dup(STDERR_FILENO)) {
    int opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(::dup2(opened, STDERR_FILENO) == STDERR_FILENO);
    ::close(opened);
  }
  ~CapturedStderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

 private:
  int before_;
};

// While it lives, no file of this process may be larger, as on a full disk.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : signalBefore_(::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    rlimit small{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, signalBefore_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit before_{};
  void (*signalBefore_)(int);
};

TEST_CASE(
    "a log file that cannot be written is reported on stderr once, and the program continues") {
  TemporaryFolder folder;
  fs::path log = folder.path() / "log", err = folder.path() / "err";
  auto before = spdlog::default_logger();
  {
    CapturedStderr captured(err);
    cli::startLog(cli::LogLevel::kInfo, cli::LogFormat::kText, log.string());
    spdlog::info("first");
    {
      SmallFiles full(1000);
      for (int i = 0; i < 100; ++i) spdlog::info("a line that is lost in the end");
    }
    spdlog::info("last");
    spdlog::set_default_logger(before);
  }
  CHECK(count(contentOf(err), "the log file " + log.string() + " cannot be written: ") == 1);
  CHECK(count(contentOf(err), "\n") == 1);
  CHECK(count(contentOf(log), "first") == 1);
  CHECK(count(contentOf(log), "last") >= 1);
}

TEST_CASE("a log of JSON has an object on each line, with the job and the worker it is about") {
  TemporaryFolder folder;
  fs::path log = folder.path() / "log";
  auto before = spdlog::default_logger();
  cli::startLog(cli::LogLevel::kInfo, cli::LogFormat::kJson, log.string());
  spdlog::warn("a \"quoted\" \xFF text");
  {
    LogAbout worker({.job = JobId{7}, .worker = WorkerId{2'000'000'003}});
    spdlog::info("both");
    LogAbout job({.job = JobId{8}});
    spdlog::info("one");
  }
  spdlog::info("none");
  spdlog::set_default_logger(before);

  std::string text = contentOf(log);
  CHECK(count(text, "\n") == 4);
  CHECK(count(text, "{\"time\":\"20") == 4);
  CHECK(count(text,
              "Z\",\"level\":\"warning\",\"text\":\"a \\\"quoted\\\" \xEF\xBF\xBD text\"}\n") == 1);
  CHECK(count(text,
              "\"text\":\"both\",\"job\":7,\"worker\":2000000003,\"worker_text\":\"2.3\"}\n") == 1);
  CHECK(count(text, "\"text\":\"one\",\"job\":8}\n") == 1);
  CHECK(count(text, "\"text\":\"none\"}\n") == 1);
}

}  // namespace
}  // namespace pi::scheduler::testing
