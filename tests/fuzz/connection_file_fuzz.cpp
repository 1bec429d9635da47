// Fuzzes the connection file: a text is refused in one sentence, or it is read and written again
// with the same content.
#include "common/base/check.h"
#include "common/net/discovery/connection_file.h"
#include "tests/fuzz/input.h"

using namespace pi;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  net::ConnectionFileRead read = net::parseConnectionFile("file", input.text());
  if (!read.hasValue()) {
    std::string sentence = read.error().what();
    PI_CHECK(!sentence.empty() && sentence.find('\n') == std::string::npos);
    return 0;
  }

  net::ConnectionFileRead again = net::parseConnectionFile("file", textOf(*read).reveal());
  PI_CHECK(*again == *read);
  net::ConnectionFile part = net::forRole(*read, Role::kWorker);
  PI_CHECK(part.clientKey.empty() && part.ownerKey.empty());
  return 0;
}
