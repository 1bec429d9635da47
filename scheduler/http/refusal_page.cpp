#include "scheduler/http/refusal_page.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "scheduler/http/html.h"

namespace pi::scheduler::http {
namespace {

constexpr unsigned kUnauthorized = 401;

// How people get in, for those who are not.
constexpr std::string_view kPrintLink =
    "<p>Print a new link on the machine where the scheduler runs, or on any other one with its "
    "connection file, and open it:</p>\n";
constexpr std::string_view kHowToLook =
    "<pre><code>pi-client dashboard</code></pre>\n"
    "<p>With <code>--control</code> the page may also submit and cancel jobs. If this browser is "
    "on another machine, the command prints the <code>ssh</code> line for it, too.</p>\n";
constexpr std::string_view kHowToControl =
    "<pre><code>pi-client dashboard --control</code></pre>\n"
    "<p>If this browser is on another machine, the command prints the <code>ssh</code> line for "
    "it, too: run that line first.</p>\n";
constexpr std::string_view kHome = "<p><a href=\"/\">The dashboard</a></p>\n";

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

}  // namespace

bool wantsPage(const RequestHead& head) {
  bool isReading = head.method == Method::kGet || head.method == Method::kHead;
  return isReading && head.accept && head.accept->find("text/html") != std::string::npos;
}

Answer refusalPage(const Failure& failure) {
  bool isStranger = failure.status == kUnauthorized;
  std::string title =
      isStranger ? "This page needs a valid link"
                 : std::to_string(failure.status) + " " + std::string(phraseOf(failure.status));
  // The remedy of a stranger's sentence is for programs, too; people get it in more words.
  std::string sentence = failure.sentence;
  if (isStranger) sentence.resize(std::min(sentence.find(';'), sentence.size()));
  std::string body = "<main class=\"notice\">\n<h1>" + escaped(title) + "</h1>\n<p>" +
                     escaped(capitalized(sentence)) + ".</p>\n";
  // The sentence of a link with control names the command for another one.
  bool hadCode = failure.sentence.ends_with("--control'");
  if (isStranger) body.append(kPrintLink).append(hadCode ? kHowToControl : kHowToLook);
  if (!isStranger) body += kHome;
  return {.status = failure.status,
          .type = kHtmlType,
          .body = htmlDocument("pi: " + title, body + "</main>\n", Refresh::kNever)};
}

}  // namespace pi::scheduler::http
