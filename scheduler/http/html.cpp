#include "scheduler/http/html.h"

#include "common/base/printable.h"

namespace pi::scheduler::http {
namespace {

constexpr std::string_view kStyle = R"(:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 90rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
td.number, th.number { text-align: right; white-space: nowrap; }
code { user-select: all; }
pre { background: #8882; border-radius: .3rem; padding: .6rem .8rem; }
main.notice { max-width: 42rem; margin: 4rem auto; }
.trouble { font-weight: bold; }
)";

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string htmlDocument(std::string_view title, std::string_view body, Refresh refresh) {
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  if (refresh == Refresh::kOften) page += "<meta http-equiv=\"refresh\" content=\"5\">\n";
  return page + "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
         escaped(title) +
         "</title>\n<link rel=\"icon\" href=\"/icon.svg\">\n<link rel=\"stylesheet\" "
         "href=\"/plain.css\">\n</head>\n<body>\n" +
         std::string(body) + "</body>\n</html>\n";
}

std::string_view plainStyle() { return kStyle; }

}  // namespace pi::scheduler::http
