// Numbers as people write them, read and written back.
#include <algorithm>

#include "common/base/address.h"
#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/base/sample_range.h"
#include "tests/fuzz/input.h"

using namespace pi;

namespace {

bool isOneLine(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
}

// A value or a sentence.
template <typename T>
bool isRead(const Parsed<T>& parsed) {
  check(parsed.value.has_value() == parsed.error.empty());
  return parsed.value.has_value();
}

void readText(const std::string& text) {
  if (auto count = parseCount(text); isRead(count)) {
    check(*count.value >= 1 && *count.value < kSamplesEnd);
    check(parseCount(countText(*count.value)).value == count.value);
    check(parseSeed(text).value == count.value);
  }
  if (auto seed = parseSeed(text); isRead(seed) && *seed.value > 0) {
    check(parseSeed(std::to_string(*seed.value)).value == seed.value);
  }
  if (auto whole = parseWhole(text, 3, 65535); isRead(whole)) {
    check(*whole.value >= 3 && *whole.value <= 65535 && parseSeed(text).value == whole.value);
  }
  if (auto priority = parsePriority(text); isRead(priority)) {
    check(parsePriority(std::to_string(*priority.value)).value == priority.value);
  }
  if (auto duration = parseDuration(text); isRead(duration)) {
    check(*duration.value >= Duration::zero());
    check(*duration.value <= std::chrono::hours(24) * 36500);
    check(isOneLine(durationText(*duration.value)));
  }
  if (auto address = parseAddress(text); isRead(address)) {
    check(address.value->port > 0 && !address.value->host.empty());
    check(parseAddress(toText(*address.value)).value == address.value);
  }
  check(isOneLine(printable(text)));
}

void writeNumber(std::uint64_t number) {
  if (number >= 1 && number < kSamplesEnd) check(parseCount(countText(number)).value == number);
  check(isOneLine(countText(number)) && isOneLine(rateText(number)));
  if (number < kSamplesEnd) {
    check(isOneLine(durationText(Duration(static_cast<Duration::rep>(number)))));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  readText(input.text());
  writeNumber(input.number());
  return 0;
}
