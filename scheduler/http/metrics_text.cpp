#include "scheduler/http/metrics_text.h"

#include <array>
#include <charconv>

#include "common/base/printable.h"

namespace pi::scheduler::http {
namespace {

// The shortest text that means this number.
std::string numberText(double number) {
  std::array<char, 64> text{};
  auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string escaped(std::string_view value) {
  std::string result;
  for (char c : printable(value)) {
    if (c == '\\' || c == '"') result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

void MetricsText::begin(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " +
           std::string(type) + "\n";
}

void MetricsText::putName(std::string_view suffix, Labels labels,
                          std::pair<std::string_view, std::string_view> last) {
  text_ += name_ + std::string(suffix);
  std::string inside;
  auto put = [&inside](std::string_view name, std::string_view value) {
    if (!inside.empty()) inside += ",";
    inside += std::string(name) + "=\"" + escaped(value) + "\"";
  };
  for (const auto& [name, value] : labels) put(name, value);
  if (!last.first.empty()) put(last.first, last.second);
  text_ += (inside.empty() ? "" : "{" + inside + "}") + " ";
}

void MetricsText::add(std::uint64_t value, Labels labels) {
  putName("", labels);
  text_ += std::to_string(value) + "\n";
}

void MetricsText::add(double value, Labels labels) {
  putName("", labels);
  text_ += numberText(value) + "\n";
}

void MetricsText::add(const Histogram& durations, Labels labels) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < durations.bounds().size(); ++i) {
    below += durations.counts()[i];
    std::string bound = numberText(seconds(durations.bounds()[i]));
    putName("_bucket", labels, {"le", bound});
    text_ += std::to_string(below) + "\n";
  }
  putName("_bucket", labels, {"le", "+Inf"});
  text_ += std::to_string(durations.count()) + "\n";
  putName("_sum", labels);
  text_ += numberText(seconds(durations.sum())) + "\n";
  putName("_count", labels);
  text_ += std::to_string(durations.count()) + "\n";
}

}  // namespace pi::scheduler::http
