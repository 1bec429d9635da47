// Parses text as numbers and addresses, and prints numbers.  A printed value must parse back.
#include <algorithm>

#include "common/base/address.h"
#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/sample_range.h"
#include "tests/fuzz/input.h"

using namespace pi;

namespace {

bool isOneLine(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
}

// True if there is a value.  There must be either a value or an error.
template <typename T>
bool isRead(const Parsed<T>& parsed) {
  PI_CHECK(parsed.value.has_value() == parsed.error.empty());
  return parsed.value.has_value();
}

void readText(const std::string& text) {
  if (auto count = parseCount(text); isRead(count)) {
    PI_CHECK(*count.value >= 1 && *count.value < kSamplesEnd);
    PI_CHECK(parseCount(countText(*count.value)).value == count.value);
    PI_CHECK(parseSeed(text).value == count.value);
  }
  if (auto seed = parseSeed(text); isRead(seed) && *seed.value > 0) {
    PI_CHECK(parseSeed(std::to_string(*seed.value)).value == seed.value);
  }
  if (auto whole = parseWhole(text, 3, 65535); isRead(whole)) {
    PI_CHECK(*whole.value >= 3 && *whole.value <= 65535 && parseSeed(text).value == whole.value);
  }
  if (auto priority = parsePriority(text); isRead(priority)) {
    PI_CHECK(parsePriority(std::to_string(*priority.value)).value == priority.value);
  }
  if (auto duration = parseDuration(text); isRead(duration)) {
    PI_CHECK(*duration.value >= Duration::zero());
    PI_CHECK(*duration.value <= std::chrono::hours(24) * 36500);
    PI_CHECK(isOneLine(durationText(*duration.value)));
  }
  if (auto address = parseAddress(text); isRead(address)) {
    PI_CHECK(address.value->port > 0 && !address.value->host.empty());
    PI_CHECK(parseAddress(toText(*address.value)).value == address.value);
  }
  PI_CHECK(isOneLine(printable(text)));
}

void writeNumber(std::uint64_t number) {
  if (number >= 1 && number < kSamplesEnd) PI_CHECK(parseCount(countText(number)).value == number);
  PI_CHECK(isOneLine(countText(number)) && isOneLine(rateText(number)));
  if (number < kSamplesEnd) {
    PI_CHECK(isOneLine(durationText(Duration(static_cast<Duration::rep>(number)))));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  readText(input.text());
  writeNumber(input.number());
  return 0;
}
