// Writes metrics in the text format of Prometheus, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/histogram.h"

namespace pi::scheduler::http {

class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Begins a metric; its samples follow.  The name of a counter ends with "_total", and a unit is a
  // base unit: seconds, bytes.  `help` is one sentence.
  void counter(std::string_view name, std::string_view help) { begin(name, "counter", help); }
  void gauge(std::string_view name, std::string_view help) { begin(name, "gauge", help); }
  void histogram(std::string_view name, std::string_view help) { begin(name, "histogram", help); }

  // A sample of the metric that was begun last.
  void add(std::uint64_t value, Labels labels = {});
  void add(double value, Labels labels = {});
  void add(const Histogram& durations, Labels labels = {});

  std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help);
  // NAME{LABELS} and a space; `last` is added to the labels if it has a name.
  void putName(std::string_view suffix, Labels labels,
               std::pair<std::string_view, std::string_view> last = {});

  std::string name_;
  std::string text_;
};

}  // namespace pi::scheduler::http
