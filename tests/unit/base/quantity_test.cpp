#include "common/base/quantity.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "common/model/sample_range.h"

namespace pi {
namespace {

using namespace std::chrono_literals;

TEST_CASE("every way to write a count gives the same value") {
  for (const char* text : {"1000000", "1_000_000", "1e6", "1E6", "1e+6", "0.1e7", "1.0e6", "10e5",
                           "1000k", "1000K", "1M", "0.001G", "1e-6T", "0001000000", "1000000.0"}) {
    CAPTURE(text);
    CHECK(parseCount(text).value == 1'000'000);
  }
  CHECK(parseCount("2.5e6").value == 2'500'000);
  CHECK(parseCount("10G").value == 10'000'000'000);
  CHECK(parseCount("1.5T").value == 1'500'000'000'000);
}

TEST_CASE("a count is exact where a double is not") {
  CHECK(parseCount("1e18").value == 1'000'000'000'000'000'000);
  CHECK(parseCount("9007199254740993").value == 9'007'199'254'740'993);
  CHECK(parseCount("9.007199254740993e15").value == 9'007'199'254'740'993);
  CHECK(parseCount("9223372036854775807").value == kSamplesEnd - 1);
}

TEST_CASE("the error for a count that is too large or too small names the limit") {
  for (const char* text : {"9223372036854775808", "9.3e18", "1e19", "18446744073709551617", "1e999",
                           "1e99999999999999", "99999999T", "100000000000000000000000"}) {
    CAPTURE(text);
    CHECK(parseCount(text).error ==
          '"' + std::string(text) + "\" is too large; the maximum is 9223372036854775807");
  }
  CHECK(parseCount("0").error == "\"0\" is too small; the minimum is 1");
  CHECK(parseCount("0e5").error == "\"0e5\" is too small; the minimum is 1");
}

TEST_CASE("the error for text that is not a whole number says what to write instead") {
  CHECK(parseCount("1.5").error ==
        "\"1.5\" is not a whole number of samples; write for example 1000, 1e9 or 10M");
  CHECK(parseCount("x", "samples a chunk").error ==
        "\"x\" is not a whole number of samples a chunk; write for example 1000, 1e9 or 10M");
  for (const char* text :
       {"",      " ",        "-1",    "+1",   "1e",   "e9",    "1.",  ".5",
        "1..0",  "1_",       "_1",    "1__0", "1 0",  "1,000", "1kk", "1m",
        "1e-1",  "0x10",     "1e9x",  "1e9 ", " 1e9", "inf",   "nan", "1e-99999999999",
        "1.2.3", "2.55e1k5", "1e--3", "１"}) {
    CAPTURE(text);
    CHECK_FALSE(parseCount(text).value);
    CHECK_FALSE(parseCount(text).error.empty());
  }
}

TEST_CASE("an error shows no control characters and is short") {
  CHECK(parseCount("\x1b[31m\n").error.starts_with("\"?[31m?\" is not"));
  CHECK(parseCount(std::string(5000, '_')).error.size() < 200);
}

TEST_CASE("a seed is any number of 64 bits") {
  CHECK(parseSeed("0").value == 0);
  CHECK(parseSeed("2017").value == 2017);
  CHECK(parseSeed("18446744073709551615").value == std::numeric_limits<std::uint64_t>::max());
  CHECK(parseSeed("18446744073709551616").error ==
        "\"18446744073709551616\" is not a seed; write a whole number from 0 to "
        "18446744073709551615");
  CHECK_FALSE(parseSeed("-1").value);
  CHECK_FALSE(parseSeed("1.5").value);
}

TEST_CASE("a whole number outside its bounds is refused") {
  CHECK(parseWhole("8786", 0, 65535).value == 8786);
  CHECK(parseWhole("65536", 0, 65535).error ==
        "\"65536\" is not valid; write a whole number from 0 to 65535");
  for (const char* text : {"", "-1", "1e3", "1 ", "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parseWhole(text, 0, 65535).value);
  }
}

TEST_CASE("a priority may have a sign") {
  CHECK(parsePriority("5").value == 5);
  CHECK(parsePriority("+5").value == 5);
  CHECK(parsePriority("-5").value == -5);
  CHECK(parsePriority("-2147483648").value == std::numeric_limits<std::int32_t>::min());
  CHECK(
      parsePriority("2147483648").error ==
      "\"2147483648\" is not a priority; write a whole number such as 5 or -5, from -2147483648 to "
      "2147483647");
  for (const char* text : {"", "+", "-", "+-5", "++5", "1.5", "high"}) {
    CAPTURE(text);
    CHECK_FALSE(parsePriority(text).value);
  }
}

TEST_CASE("a duration is written with units, as HH:MM:SS, or in plain seconds") {
  CHECK(parseDuration("90s").value == 90s);
  CHECK(parseDuration("1h30m").value == 90min);
  CHECK(parseDuration("1.5h").value == 90min);
  CHECK(parseDuration("01:30:00").value == 90min);
  CHECK(parseDuration("90:00").value == 90min);
  CHECK(parseDuration("1-12:00:00").value == 36h);
  CHECK(parseDuration("1d12h").value == 36h);
  CHECK(parseDuration("90").value == 90s);
  CHECK(parseDuration("0").value == 0s);
  CHECK(parseDuration("0s").value == 0s);
  CHECK(parseDuration("2.5").value == 2500ms);
  CHECK(parseDuration("0.5ms").value == 500us);
  CHECK(parseDuration("20us").value == 20us);
  CHECK(parseDuration("1m1ms").value == 60'001ms);
  CHECK(parseDuration("36500d").value == Duration(36500 * 24h));
}

TEST_CASE("the error for text that is not a duration says what to write instead") {
  CHECK(parseDuration("soon").error ==
        "\"soon\" is not a duration; write for example 90s, 1h30m or 01:30:00");
  for (const char* text :
       {"",        "-5s", "5 s",     "s",         "1h30",       "30m1h", "1s1s",    "1.s",
        ".5s",     "1x",  ":",       "1:",        ":30",        "1:60",  "1:60:00", "1:00:60",
        "1:2:3:4", "1-",  "1-00:00", "-01:00:00", "1-24:00:00", "1:1e1", "1:000",   "1e3"}) {
    CAPTURE(text);
    CHECK_FALSE(parseDuration(text).value);
    CHECK_FALSE(parseDuration(text).error.empty());
  }
}

TEST_CASE("a duration does not overflow and is not rounded down to zero") {
  for (const char* text : {"36500d1us", "36501d", "99999999999999999999", "9223372036854775807d",
                           "3155760000000:00:00", "99999999-00:00:00"}) {
    CAPTURE(text);
    CHECK(parseDuration(text).error ==
          '"' + std::string(text) + "\" is too long; the maximum is 36500d");
  }
  CHECK(parseDuration("0.0000001us").error.find("too short") != std::string::npos);
}

TEST_CASE("a printed count reads back as the same count") {
  CHECK(countText(0) == "0");
  CHECK(countText(999) == "999");
  CHECK(countText(1000) == "1_000");
  CHECK(countText(12'345'678) == "12_345_678");
  CHECK(countText(1'000'000) == "1e6");
  CHECK(countText(2'500'000'000'000) == "2.5e12");
  CHECK(countText(1'234'000'000) == "1_234_000_000");

  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::uint64_t count = (random() >> (1 + random() % 63)) | 1;
    for (int zeros = static_cast<int>(random() % 5); zeros > 0 && count < kSamplesEnd / 10; --zeros)
      count *= 10;
    CAPTURE(count);
    REQUIRE(parseCount(countText(count)).value == count);
  }
}

TEST_CASE("one thing is singular, any other number is plural") {
  CHECK(countText(1, "thread") == "1 thread");
  CHECK(countText(0, "thread") == "0 threads");
  CHECK(countText(12'000, "thread") == "12_000 threads");
}

TEST_CASE("a rate has three significant digits") {
  CHECK(rateText(0) == "0 samples/s");
  CHECK(rateText(999) == "999 samples/s");
  CHECK(rateText(1000) == "1.00 k samples/s");
  CHECK(rateText(6'430'000'000) == "6.43 G samples/s");
  CHECK(rateText(64'300'000'000) == "64.3 G samples/s");
  CHECK(rateText(999'499'999) == "999 M samples/s");
  CHECK(rateText(999'500'000) == "1.00 G samples/s");
  CHECK(rateText(9'996'000) == "10.0 M samples/s");
  CHECK(rateText(std::numeric_limits<std::uint64_t>::max()) == "18.4 E samples/s");
}

TEST_CASE("a duration is printed with one or two units") {
  CHECK(durationText(0s) == "0 s");
  CHECK(durationText(-5s) == "0 s");
  CHECK(durationText(120us) == "120 us");
  CHECK(durationText(350ms) == "350 ms");
  CHECK(durationText(2400ms) == "2.4 s");
  CHECK(durationText(999'600us) == "1.0 s");
  CHECK(durationText(9'960ms) == "10 s");
  CHECK(durationText(59'600ms) == "1m 00s");
  CHECK(durationText(185s) == "3m 05s");
  CHECK(durationText(3599s + 600ms) == "1h 00m");
  CHECK(durationText(63min) == "1h 03m");
  CHECK(durationText(52h) == "2d 04h");
  CHECK(durationText(Duration::max()) == "106752d 00h");
}

}  // namespace
}  // namespace pi
