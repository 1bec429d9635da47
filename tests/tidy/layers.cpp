#include "tests/tidy/layers.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pi::tidy {
namespace {

using std::string_view;
using Names = std::vector<string_view>;

enum class Kind {
  kPure,    // Decisions and values: no threads, no streams, no operating system.
  kSystem,  // Everything of the standard library.
};

struct Layer {
  string_view folder;  // Exactly this folder; subfolders have rows of their own.
  Kind kind;
  Names rooms;      // Our folders, or files, that it may include; its own is always allowed.
  Names libraries;  // Starts of other headers that it may include.
};

const Names kNone = {};
const Names kAll = {"<"};
const Names kKj = {"<kj/", "<capnp/"};
const Names kValues = {"common/base", "common/model"};
const Names kPosix = {"<arpa/", "<fcntl.h", "<ifaddrs.h", "<net/",    "<netinet/", "<poll.h",
                      "<pwd.h", "<sched.h", "<signal.h",  "<spawn.h", "<sys/",     "<unistd.h"};

Names operator+(Names left, const Names& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::vector<Layer> products() {
  const Names asio = {"<asio/", "<asio.hpp"};
  const Names cores = {"scheduler/core", "worker/core"};
  const Names net = {"common/net/loop", "common/net/tls", "common/net/discovery",
                     "common/net/transport", "common/net/rpc"};
  const Names shell = kValues + net + Names{"common/cli", "common/wire", "proto"};
  using enum Kind;
  return {
      {"common/base", kPure, {}, kNone},
      {"common/model", kPure, {"common/base", "pi_git_commit.h"}, kNone},
      {"common/wire", kPure, kValues + Names{"proto"}, kKj},
      {"common/cli", kSystem, kValues, {"<cxxopts.hpp", "<spdlog/"}},
      {"common/net/loop", kSystem, {"common/base"}, kKj + asio + kPosix},
      {"common/net/tls", kSystem, kValues, {"<openssl/", "<fcntl.h", "<sys/", "<unistd.h"}},
      {"common/net/discovery", kSystem, kValues + Names{"common/net/tls"},
       Names{"<kj/", "<nlohmann/"} + kPosix},
      {"common/net/transport", kSystem,
       kValues + Names{"common/net/loop", "common/net/tls", "common/net/discovery"},
       Names{"<spdlog/"} + kKj + asio + kPosix},
      {"common/net/rpc", kSystem,
       kValues + Names{"common/net/loop", "common/net/transport", "proto"}, kKj},
      {"scheduler/core", kPure, kValues, kNone},
      {"scheduler/store",
       kSystem,
       kValues + Names{"scheduler/core/changes.h"},
       {"<sqlite3.h", "<fcntl.h", "<sys/", "<unistd.h"}},
      {"scheduler", kSystem, shell + Names{"scheduler/core", "scheduler/store"}, kAll},
      {"worker/core", kPure, kValues, kNone},
      {"worker/kernels", kPure, kValues, {"<immintrin.h", "<arm_"}},
      {"worker", kSystem, shell + Names{"worker/core", "worker/kernels"}, kAll},
      {"client", kSystem, shell + Names{"scheduler", "worker"}, kAll},
  };
}

std::vector<Layer> tests() {
  const Names doctest = {"<doctest/"};
  const Names net = {"common/net"};
  const Names shell = kValues + net + Names{"common/cli", "common/wire", "proto"};
  using enum Kind;
  return {
      {"tests", kSystem, {}, doctest},
      {"tests/bench", kSystem, shell + Names{"scheduler", "worker/kernels"}, kAll},
      {"tests/cluster", kSystem, shell + Names{"tests/net", "worker/kernels"}, kAll},
      {"tests/fuzz", kSystem,
       shell + Names{"client", "scheduler", "tests/net", "tests/simulation", "worker"}, kAll},
      {"tests/net", kSystem, kValues + net + Names{"proto"}, kAll},
      {"tests/simulation", kSystem, kValues + Names{"scheduler/core", "worker/core"},
       Names{"<fcntl.h", "<signal.h", "<sys/", "<unistd.h"} + doctest},
      {"tests/store", kSystem, kValues + Names{"scheduler/core", "scheduler/store"}, kAll},
      {"tests/tidy", kSystem, {}, doctest},
      {"tests/unit/base", kPure, kValues, doctest},
      {"tests/unit/cli", kPure, {"common/base", "common/cli", "common/model"}, doctest},
      {"tests/unit/client", kPure, kValues + Names{"client", "tests/unit/cli"},
       Names{"<nlohmann/"} + doctest},
      {"tests/unit/kernels", kPure, kValues + Names{"worker/kernels"},
       Names{"<Random123/"} + doctest},
      {"tests/unit/model", kPure, kValues, doctest},
      {"tests/unit/scheduler", kPure, kValues + Names{"scheduler", "tests/unit/cli"}, doctest},
      {"tests/unit/wire", kPure, kValues + net + Names{"common/wire"}, kKj + doctest},
      {"tests/unit/worker", kSystem, shell + Names{"tests/unit/cli", "worker"}, kAll},
  };
}

const Layer* layerOf(const SourceFile& file) {
  static const std::vector<Layer> kLayers = [] {
    std::vector<Layer> layers = products();
    for (Layer& layer : tests()) layers.push_back(std::move(layer));
    return layers;
  }();
  string_view folder = file.path;
  folder = folder.substr(0, std::min(folder.rfind('/'), folder.size()));
  auto found = std::ranges::find(kLayers, folder, &Layer::folder);
  return found == kLayers.end() ? nullptr : &*found;
}

// The header that an #include line names, "<" or "\"" in front; empty for other lines.
string_view includedBy(string_view line) {
  if (!line.starts_with("#include ")) return {};
  auto begin = line.find_first_of("<\"");
  auto end = begin == line.npos ? begin : line.find_first_of(">\"", begin + 1);
  return end == line.npos ? string_view{} : line.substr(begin, end - begin);
}

bool isRoomOf(string_view header, string_view room) {
  return header == room ||
         (header.starts_with(room) && header.substr(room.size()).starts_with('/'));
}

bool allows(const Layer& layer, string_view included) {
  static const Names kImpure = {"<thread",    "<mutex",    "<shared_mutex", "<condition_variable",
                                "<future",    "<iostream", "<fstream",      "<atomic",
                                "<filesystem"};
  string_view header = included.substr(1);
  if (included.starts_with('"') || header.starts_with("proto/")) {
    return isRoomOf(header, layer.folder) ||
           std::ranges::any_of(layer.rooms,
                               [header](string_view room) { return isRoomOf(header, room); });
  }
  bool standard = header.find_first_of("./") == header.npos;
  if (!standard) return startsWithAny(included, layer.libraries);
  return layer.kind == Kind::kSystem || std::ranges::find(kImpure, included) == kImpure.end();
}

}  // namespace

Offences brokenLayers(const SourceFile& file) {
  if (!isCpp(file)) return {};
  const Layer* layer = layerOf(file);
  if (layer == nullptr) return {at(file, 0, "its folder has no row in tests/tidy/layers.cpp")};
  // The instruction sets live in one folder, whatever libraries another row allows.
  const bool vectors = layer->folder == "worker/kernels";
  Offences offences;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    string_view included = includedBy(file.lines[i]);
    if (included.empty()) continue;
    bool vector = startsWithAny(included, {"<immintrin.h", "<arm_"});
    if (allows(*layer, included) && (vectors || !vector)) continue;
    offences.push_back(at(file, i, "may not include " + std::string(included.substr(1))));
  }
  return offences;
}

}  // namespace pi::tidy
