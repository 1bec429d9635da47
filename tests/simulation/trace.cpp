#include "tests/simulation/trace.h"

#include <array>
#include <utility>

namespace pi::simulation {

void Trace::add(Instant now, std::string_view node, std::string_view text) {
  begin(now, node, text);
  end("");
}

void Trace::begin(Instant now, std::string_view node, std::string_view event) {
  if (!isOn()) return;
  std::array<char, 64> prefix{};
  std::snprintf(prefix.data(), prefix.size(), "%12.6f  %-11.*s ", seconds(now.time_since_epoch()),
                static_cast<int>(node.size()), node.data());
  begun_ = prefix.data() + std::string(event);
}

void Trace::end(std::string_view consequences) {
  if (!isOn()) return;
  std::string line = std::exchange(begun_, {}) + std::string(consequences);
  if (mode_ == Mode::kPrint) {
    std::printf("%s\n", line.c_str());
    return;
  }
  lines_.push_back(std::move(line));
  if (lines_.size() > kLinesKept) lines_.pop_front();
}

void Trace::printKept(std::FILE* to) const {
  for (const std::string& line : lines_) std::fprintf(to, "%s\n", line.c_str());
  if (!begun_.empty()) std::fprintf(to, "%s  => (the process ended here)\n", begun_.c_str());
}

}  // namespace pi::simulation
