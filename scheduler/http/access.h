// Which requests the HTTP door grants: a pure function of a request's head and the door's keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/http/answer.h"
#include "scheduler/http/control_sessions.h"
#include "scheduler/http/hosts.h"
#include "scheduler/http/observer_key.h"
#include "scheduler/http/request.h"
#include "scheduler/http/routes.h"
#include "scheduler/http/target.h"

namespace pi::scheduler::http {

struct DoorKeys {
  std::optional<ObserverKey> observer{};  // Null: no token is asked (--insecure).
  std::vector<std::string> names{};       // See isOurs().
  Scheme scheme = Scheme::kHttp;
};

// For the ends of cookies and of sessions.
struct Moment {
  WallTime calendar{};
  Instant steady{};
};

// How far a request is trusted.
enum class Standing { kStranger, kObserver, kController };

// The verdict on a request.
struct Judgement {
  std::optional<Failure> failure{};  // Why it is refused; null if it is granted.
  // For the answer, also for that of a refusal.
  std::vector<std::pair<std::string, std::string>> headers{};
  Standing standing = Standing::kStranger;
  Endpoint endpoint{};  // Also of a request at the live view that is refused for its form.
  // The rest is only for a granted request.
  std::uint64_t id = 0;
  Target target{};
  std::string ifNoneMatch{};  // Tags of the answers that it has already.
  std::size_t bodyBytes = 0;  // The length of its body.
  // It is a link: the answer sets cookies and leads to the path without the query, so that no token
  // is kept in the browser's history.
  bool isLink = false;
  // It makes the sender a controller; null if control is free.
  std::optional<std::string> controlSession{};
  std::optional<std::string> controlCode{};  // To be exchanged for a control session.
  std::optional<WallTime> cookieEnd{};       // When an observer's cookie ends; null without one.
};

Judgement judge(const RequestHead& head, const DoorKeys& keys, const ControlSessions& control,
                Moment now);

// Whether the sender of a request that was granted may still look.  A live view outlives its
// request, and must not outlive its cookie or its session.
bool mayStillLook(const Judgement& granted, const ControlSessions& control, Moment now);

// The values of Set-Cookie headers.
std::string observerCookie(const DoorKeys& keys, WallTime now);
std::string controlCookie(const DoorKeys& keys, const std::string& session);

}  // namespace pi::scheduler::http
