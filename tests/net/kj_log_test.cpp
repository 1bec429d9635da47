#include "common/net/loop/kj_log.h"

#include <doctest/doctest.h>
#include <kj/debug.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace pi::net {
namespace {

TEST_CASE("a line that KJ logs is a line of the program's log, with its level") {
  std::ostringstream text;
  auto before = spdlog::default_logger();
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text);
  auto logger = std::make_shared<spdlog::logger>("test", sink);
  logger->set_pattern("%l %v");
  spdlog::set_default_logger(logger);
  {
    KjLog kjLog;
    KJ_LOG(ERROR, "two\nlines");
    KJ_LOG(WARNING, "strange");
  }
  spdlog::set_default_logger(before);
  CHECK(text.str().starts_with("error two?lines (tests/net/kj_log_test.cpp:"));
  CHECK(text.str().find("\nwarning strange (tests/net/kj_log_test.cpp:") != std::string::npos);
}

}  // namespace
}  // namespace pi::net
