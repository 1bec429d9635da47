#include "scheduler/http/refusal_page.h"

#include <doctest/doctest.h>

using namespace pi;
using namespace pi::scheduler::http;

namespace {

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a browser that opens a page wants HTML, and programs and scripts do not") {
  const std::string navigation = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  CHECK(wantsPage({.method = Method::kGet, .accept = navigation}));
  CHECK(wantsPage({.method = Method::kHead, .accept = navigation}));
  CHECK_FALSE(wantsPage({.method = Method::kPost, .accept = navigation}));
  for (const char* accept : {"", "*/*", "application/json"}) {
    CAPTURE(accept);
    CHECK_FALSE(wantsPage({.method = Method::kGet, .accept = accept}));
  }
  CHECK_FALSE(wantsPage({.method = Method::kGet}));
}

TEST_CASE("a page for a stranger says what is wrong and which command prints a link") {
  Answer answer = refusalPage({401, "your cookie is not valid; send 'Authorization: Bearer'"});
  CHECK(answer.status == 401);
  CHECK(answer.type == kHtmlType);
  CHECK(mentions(answer.body, "<p>Your cookie is not valid.</p>"));
  CHECK(mentions(answer.body, "<code>pi-client dashboard</code>"));
  CHECK_FALSE(mentions(answer.body, "Bearer"));
}

TEST_CASE("a page for a used link with control names the command for another one") {
  Answer answer =
      refusalPage({401, "the code was used; get a new link with 'pi-client dashboard --control'"});
  CHECK(mentions(answer.body, "<code>pi-client dashboard --control</code>"));
  CHECK_FALSE(mentions(answer.body, "<code>pi-client dashboard</code>"));
}

TEST_CASE("a page for another failure has its whole sentence, and no element of the sender's") {
  Answer answer = refusalPage({403, "\"<script>x</script>\" is no name; use localhost"});
  CHECK(answer.status == 403);
  CHECK(mentions(answer.body, "<h1>403 Forbidden</h1>"));
  CHECK(mentions(answer.body, "is no name; use localhost."));
  CHECK_FALSE(mentions(answer.body, "<script"));
  CHECK_FALSE(mentions(answer.body, "pi-client dashboard"));
  CHECK(mentions(answer.body, "<a href=\"/\">"));
}
