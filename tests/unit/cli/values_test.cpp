#include "common/cli/values.h"

#include <doctest/doctest.h>

namespace pi::cli {
namespace {

TEST_CASE("threads are a number or auto") {
  CHECK(parseThreads("auto").value == 0);
  CHECK(parseThreads("64").value == 64);
  CHECK(parseThreads("0").error ==
        "\"0\" is not valid; write a whole number from 1 to 4096, or auto");
  CHECK_FALSE(parseThreads("4097").value);
  CHECK_FALSE(parseThreads("").value);
}

TEST_CASE("a log level is one of six words") {
  CHECK(parseLogLevel("debug").value == LogLevel::kDebug);
  CHECK(parseLogLevel("off").value == LogLevel::kOff);
  CHECK(parseLogFormat("text").value == LogFormat::kText);
  CHECK(parseLogFormat("json").value == LogFormat::kJson);
  CHECK(parseLogFormat("xml").error == "\"xml\" is not a log format; write text or json");
  CHECK(parseLogLevel("loud").error ==
        "\"loud\" is not a log level; write trace, debug, info, warning, error or off");
}

TEST_CASE("a positive duration is never zero") {
  using namespace std::chrono_literals;
  CHECK(parsePositiveDuration("0.5ms").value == 500us);
  CHECK(parsePositiveDuration("0").error ==
        "\"0\" must be longer than zero; write for example 90s or 1h30m");
  CHECK_FALSE(parsePositiveDuration("never").value);
}

TEST_CASE("a text is not empty and has no control characters") {
  CHECK(parseText("/tmp/a b").value == "/tmp/a b");
  CHECK_FALSE(parseText("").value);
  CHECK_FALSE(parseText("a\nb").value);
  CHECK(parseText("/tmp/m\xFCller").value == "/tmp/m\xFCller");
}

TEST_CASE("a name is short, and has only characters that can be shown") {
  CHECK(parseName("M\xC3\xBCller 1", 9).value == "M\xC3\xBCller 1");
  CHECK(parseName("M\xC3\xBCller 1", 8).error ==
        "\"M\xC3\xBCller 1\" is too long; the limit is 8 bytes");
  CHECK_FALSE(parseName("", 8).value);
  for (const char* strange : {"\x1B", "\x9B", "\xC3", "\xE2\x80\xAE", "\xE2\x80\xA8"}) {
    CHECK(parseName(strange, 8).error.find("cannot be shown; leave them out") != std::string::npos);
  }
}

TEST_CASE("a port is a number from 0 to 65535") {
  CHECK(parsePort("0").value == 0);
  CHECK(parsePort("65535").value == 65535);
  CHECK_FALSE(parsePort("65536").value);
}

}  // namespace
}  // namespace pi::cli
