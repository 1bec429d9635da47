#include "scheduler/http/control_sessions.h"

#include <doctest/doctest.h>

#include "scheduler/http/limits.h"

using namespace pi;
using namespace pi::scheduler::http;
using namespace std::chrono_literals;

namespace {

const Instant kNow = Instant{} + 1h;

}  // namespace

TEST_CASE("a code opens one session, once") {
  ControlSessions sessions;
  std::string code = sessions.makeCode(kNow);
  std::optional<std::string> session = sessions.exchange(code, kNow + 59s);
  REQUIRE(session.has_value());
  CHECK(*session != code);
  CHECK(sessions.isOpen(*session, kNow + 59s));
  CHECK_FALSE(sessions.exchange(code, kNow + 59s).has_value());
  CHECK_FALSE(sessions.isOpen(code, kNow));
}

TEST_CASE("a code ends after a minute, and a session after eight hours") {
  ControlSessions sessions;
  std::string code = sessions.makeCode(kNow);
  CHECK_FALSE(sessions.exchange(code, kNow + kControlCodeLife).has_value());
  std::string session = sessions.open(kNow);
  CHECK(sessions.isOpen(session, kNow + kControlSessionLife - 1ns));
  CHECK_FALSE(sessions.isOpen(session, kNow + kControlSessionLife));
}

TEST_CASE("a false or shortened text opens nothing") {
  ControlSessions sessions;
  std::string code = sessions.makeCode(kNow), session = sessions.open(kNow);
  for (const std::string& text : {std::string(), std::string(64, '0'), code.substr(1)}) {
    CAPTURE(text);
    CHECK_FALSE(sessions.exchange(text, kNow).has_value());
    CHECK_FALSE(sessions.isOpen(text, kNow));
  }
  CHECK_FALSE(sessions.exchange(session, kNow).has_value());
}

TEST_CASE("at the limits the oldest code and the oldest session end") {
  ControlSessions sessions;
  std::string code = sessions.makeCode(kNow), session = sessions.open(kNow);
  for (std::size_t i = 1; i < kControlSessionsMax; ++i) sessions.open(kNow);
  CHECK(sessions.isOpen(session, kNow));
  std::string last = sessions.open(kNow);
  CHECK_FALSE(sessions.isOpen(session, kNow));
  CHECK(sessions.isOpen(last, kNow));
  for (std::size_t i = 0; i < kControlCodesMax; ++i) sessions.makeCode(kNow);
  CHECK_FALSE(sessions.exchange(code, kNow).has_value());
}
