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
  string_view folder;  // Exactly this folder, or one file of it without its ending.
  Kind kind;
  Names rooms;      // Our folders or headers that it may include; "a/*" includes the folders in a.
  Names libraries;  // Starts of other headers that it may include.
};

const Names kNone = {};
const Names kAll = {"<"};
const Names kKj = {"<kj/", "<capnp/"};
const Names kValues = {"common/base", "common/model"};
const Names kPosix = {"<arpa/",    "<fcntl.h", "<ifaddrs.h", "<net/",    "<netdb.h",
                      "<netinet/", "<poll.h",  "<pwd.h",     "<sched.h", "<signal.h",
                      "<spawn.h",  "<sys/",    "<unistd.h"};

// The rules that CPUs and GPUs share.
const Names kGpuRules = {"worker/kernels/host_device.h", "worker/kernels/philox.h",
                         "worker/kernels/random_rules.h", "worker/kernels/sobol_rules.h"};

Names operator+(Names left, const Names& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// The shared rooms that a program's shell may include.
const Names kShell =
    kValues + Names{"common/cli", "common/json", "common/net/*", "common/wire", "proto"};

std::vector<Layer> workerRooms() {
  using enum Kind;
  return {
      {"worker/core", kPure, kValues + Names{"worker/core"}, kNone},
      {"worker/kernels", kPure, kValues + Names{"worker/kernels"}, {"<immintrin.h", "<arm_"}},
      {"worker/gpu",
       kSystem,
       Names{"worker/gpu"} + kGpuRules,
       {"<dlfcn.h", "<features.h", "<poll.h", "<signal.h", "<sys/prctl.h", "<unistd.h"}},
      {"worker/devices", kSystem,
       kValues + kGpuRules +
           Names{"common/net/loop/clock.h", "worker/devices", "worker/gpu",
                 "worker/kernels/kernel.h", "worker/speed.h"},
       Names{"<kj/io.h", "<spdlog/"} + kPosix},
      {"worker/devices/choice", kPure, kValues + Names{"worker/devices"}, kNone},
      {"worker/devices/paces", kPure, kValues + Names{"worker/devices"}, kNone},
      {"worker/work_queue", kPure,
       kValues + Names{"worker", "worker/core", "worker/devices", "worker/kernels"}, kNone},
      {"worker", kSystem, kShell + Names{"worker/*"}, kAll},
  };
}

std::vector<Layer> products() {
  const Names asio = {"<asio/", "<asio.hpp"};
  using enum Kind;
  return {
      {"common/base", kPure, {"common/base"}, kNone},
      {"common/model", kPure, kValues + Names{"pi_git_commit.h"}, kNone},
      {"common/json", kPure, kValues + Names{"common/json"}, {"<nlohmann/"}},
      {"common/wire", kPure, kValues + Names{"common/wire", "proto"}, kKj},
      {"common/cli",
       kSystem,
       kValues + Names{"common/cli", "common/json"},
       {"<cxxopts.hpp", "<langinfo.h", "<spdlog/", "<sys/ioctl.h", "<unistd.h"}},

      {"common/net/loop",
       kSystem,
       {"common/base", "common/net/loop"},
       Names{"<spdlog/"} + kKj + asio + kPosix},
      {"common/net/secrets",
       kSystem,
       {"common/base", "common/net/secrets"},
       Names{"<nlohmann/", "<openssl/"} + kPosix},
      {"common/net/tls", kSystem, kValues + Names{"common/net/secrets", "common/net/tls"},
       Names{"<openssl/"} + kPosix},
      {"common/net/transport", kSystem,
       kValues +
           Names{"common/net/loop", "common/net/secrets", "common/net/tls", "common/net/transport"},
       Names{"<spdlog/"} + kKj + asio + kPosix},
      {"common/net/discovery", kSystem,
       kValues + Names{"common/net/discovery", "common/net/secrets", "common/net/tls",
                       "common/net/transport"},
       Names{"<kj/", "<nlohmann/"} + kPosix},
      {"common/net/rpc", kSystem,
       kValues + Names{"common/net/loop", "common/net/transport", "common/net/rpc", "proto"}, kKj},

      {"common/net/check", kSystem,
       kValues + Names{"common/net/check", "common/net/discovery", "common/net/loop",
                       "common/net/rpc", "common/net/transport", "proto"},
       kKj},
      {"common/net/check/causes", kPure, kValues + Names{"common/net/check"}, kNone},
      {"common/net/check/report", kPure, kValues + Names{"common/net/check"}, kNone},

      {"client",
       kSystem,
       kShell + Names{"client", "client/report"},
       {"<kj/", "<capnp/", "<pwd.h", "<spdlog/", "<unistd.h"}},
      {"client/top", kSystem, kShell + Names{"client", "client/top"},
       Names{"<asio/", "<curses.h", "<kj/", "<term.h", "<termios.h"} + kPosix},
      {"client/top/chart", kPure, kValues + Names{"client", "client/top"}, kNone},
      {"client/top/layout", kPure, kValues + Names{"client", "client/top"}, kNone},
      {"client/top/panels", kPure, kValues + Names{"client", "client/top"}, kNone},
      {"client/top/state", kPure, kValues + Names{"client/top"}, kNone},
      {"client/options", kPure, kValues + Names{"client", "common/cli"}, kNone},
      {"client/command_table", kPure, kValues + Names{"client", "common/cli"}, kNone},
      {"client/table", kPure, kValues + Names{"client"}, kNone},
      {"client/render", kPure, kValues + Names{"client", "common/cli", "common/json"}, kNone},
      {"client/chrome_trace", kPure, kValues + Names{"client", "common/json"}, kNone},
      {"client/progress", kPure, kValues + Names{"client", "common/cli"}, {"<unistd.h"}},
      {"client/report", kPure, kValues + Names{"client", "client/report"}, {"<spdlog/fmt/"}},
      {"client/svg", kPure, kValues + Names{"client"}, {"<spdlog/fmt/"}},
      {"client/embedded", kSystem,
       kShell + Names{"client", "scheduler", "scheduler/rpc", "scheduler/service", "worker",
                      "worker/devices"},
       kAll},
  };
}

std::vector<Layer> schedulers() {
  using enum Kind;
  return {
      {"scheduler/core", kPure, kValues + Names{"scheduler/core"}, kNone},
      {"scheduler/allocation/core", kPure, kValues + Names{"scheduler/allocation/core"}, kNone},
      {"scheduler/allocation",
       kSystem,
       kValues + Names{"common/net/loop", "common/net/secrets", "scheduler/allocation",
                       "scheduler/allocation/core", "scheduler/core", "scheduler/service"},
       {"<kj/", "<spdlog/"}},
      {"scheduler/allocation/provider", kSystem,
       kValues + Names{"common/net/loop", "common/net/secrets", "scheduler/allocation",
                       "scheduler/allocation/core", "scheduler/allocation/provider",
                       "scheduler/allocation/text"},
       Names{"<kj/", "<spdlog/"} + kPosix},
      {"scheduler/allocation/text", kPure,
       kValues + Names{"scheduler/allocation/core", "scheduler/allocation/text"}, kNone},
      {"scheduler/live",
       kPure,
       kValues + Names{"common/json", "scheduler/core", "scheduler/live"},
       {"<nlohmann/"}},
      {"scheduler/store",
       kSystem,
       kValues + Names{"scheduler/allocation/core/allocation.h", "scheduler/core/changes.h",
                       "scheduler/core/fragments.h", "scheduler/core/goal.h",
                       "scheduler/core/limits.h", "scheduler/store"},
       {"<sqlite3.h", "<fcntl.h", "<sys/", "<unistd.h"}},
      {"scheduler/service",
       kSystem,
       kValues + Names{"common/net/loop", "common/net/secrets", "common/net/tls", "scheduler",
                       "scheduler/core", "scheduler/service", "worker/kernels/kernel.h"},
       {"<kj/", "<openssl/", "<spdlog/"}},
      {"scheduler/dashboard", kPure, {"scheduler/dashboard"}, kNone},
      {"scheduler/http", kSystem,
       kValues + Names{"common/json", "common/net/loop", "common/net/secrets",
                       "common/net/transport", "common/wire/limits.h", "scheduler",
                       "scheduler/core", "scheduler/dashboard", "scheduler/http", "scheduler/live",
                       "scheduler/service"},
       Names{"<kj/", "<nlohmann/", "<spdlog/"} + kPosix},
      {"scheduler/rpc", kSystem,
       kValues + Names{"common/net/loop", "common/net/rpc", "common/net/transport/limits.h",
                       "common/wire", "proto", "scheduler", "scheduler/core", "scheduler/rpc",
                       "scheduler/service"},
       Names{"<spdlog/"} + kKj},
      {"scheduler", kSystem, kShell + Names{"scheduler/*"}, kAll},
  };
}

// Texts that are made of the programs' tables, and the parts that only static programs have.
std::vector<Layer> packages() {
  using enum Kind;
  return {
      {"packaging", kPure, Names{"common/cli", "packaging"}, kNone},
      {"packaging/main",
       kSystem,
       {"client/command_table.h", "packaging", "scheduler/options.h", "worker/options.h"},
       kNone},
      {"packaging/logging_library", kSystem, {}, {"<fmt/", "<spdlog/"}},
      {"packaging/static_start",
       kSystem,
       {},
       {"<dlfcn.h", "<netdb.h", "<nss.h", "<openssl/crypto.h", "<pwd.h", "<sys/"}},
  };
}

std::vector<Layer> unitTests() {
  const Names doctest = {"<doctest/"};
  using enum Kind;
  return {
      {"tests/unit/allocation", kPure,
       kValues + Names{"scheduler/allocation/core", "tests/unit/allocation"}, doctest},
      {"tests/unit/allocation_provider", kSystem,
       Names{"common/base", "common/net/loop", "scheduler/allocation/*", "tests/temporary_folder.h",
             "tests/unit/service"},
       Names{"<stdlib.h"} + kPosix + doctest},
      {"tests/unit/allocation_text", kPure,
       kValues + Names{"scheduler/allocation/core", "scheduler/allocation/text"}, doctest},
      {"tests/unit/base", kPure, kValues, kPosix + doctest},
      {"tests/unit/cli", kPure, kValues + Names{"common/cli", "tests/unit/cli"}, doctest},
      {"tests/unit/client", kPure,
       kValues + Names{"client", "client/report", "client/top", "common/json", "tests/unit/cli",
                       "tests/unit/client", "tests/unit/model"},
       Names{"<nlohmann/"} + doctest},
      {"tests/unit/client/report_print_test", kSystem,
       kValues + Names{"client", "client/report", "tests/can_run.h", "tests/temporary_folder.h",
                       "tests/unit/model"},
       kPosix + doctest},
      {"tests/unit/client/failure_test", kSystem,
       kValues + Names{"client", "common/net/loop", "proto"}, kKj + doctest},
      {"tests/unit/client/reconnecting_link_test", kSystem,
       kValues + Names{"client", "common/net/*", "scheduler/rpc", "scheduler/service"},
       kKj + doctest},
      {"tests/unit/http", kSystem,
       kValues + Names{"common/json", "common/net/*", "scheduler/*", "tests/net", "tests/unit/http",
                       "tests/unit/service"},
       Names{"<asio/", "<kj/", "<nlohmann/", "<spdlog/"} + doctest},
      {"tests/unit/json", kPure,
       kValues + Names{"common/json", "tests/unit/json", "tests/unit/model"},
       Names{"<nlohmann/"} + doctest},
      {"tests/unit/kernels", kPure, kValues + Names{"tests/unit/kernels", "worker/kernels"},
       Names{"<Random123/"} + doctest},
      {"tests/unit/live", kPure,
       kValues + Names{"common/json", "scheduler/core", "scheduler/live", "tests/unit/live",
                       "tests/unit/scheduler"},
       Names{"<nlohmann/"} + doctest},
      {"tests/unit/model", kPure, kValues + Names{"tests/unit/model"}, doctest},
      {"tests/unit/packaging", kPure,
       Names{"client", "common/cli", "packaging", "scheduler", "tests/unit/cli", "worker"},
       doctest},
      {"tests/unit/scheduler/history_memory_test", kPure, kValues + Names{"scheduler/*"},
       Names{"<malloc.h"} + doctest},
      {"tests/unit/scheduler", kPure,
       kValues + Names{"common/cli", "scheduler/*", "tests/unit/cli", "tests/unit/scheduler"},
       doctest},
      {"tests/unit/process", kSystem,
       kValues + Names{"common/cli", "common/net/*", "common/wire", "scheduler/*", "tests/net",
                       "tests/temporary_folder.h", "tests/unit/process", "tests/unit/service"},
       Names{"<asio/", "<spdlog/", "<sqlite3.h"} + kPosix + doctest},
      {"tests/unit/service", kSystem,
       kValues + Names{"common/net/loop", "common/wire", "scheduler/*", "tests/unit/service",
                       "worker/kernels/kernel.h"},
       Names{"<kj/", "<spdlog/"} + doctest},
      {"tests/unit/wire", kPure, kValues + Names{"common/net/*", "common/wire", "tests/unit/wire"},
       kKj + doctest},
      {"tests/unit/worker", kSystem,
       kShell + Names{"tests/no_threads.h", "tests/unit/cli", "tests/unit/worker", "worker/*"},
       kAll},
  };
}

std::vector<Layer> tests() {
  const Names doctest = {"<doctest/"};
  using enum Kind;
  return {
      {"tests", kSystem, {}, doctest},
      {"tests/no_threads", kSystem, {}, {"<pthread.h"}},
      {"tests/bench", kSystem,
       kShell + Names{"scheduler/*", "tests/bench", "tests/simulation/oracle.h", "worker",
                      "worker/kernels"},
       kAll},
      {"tests/cluster", kSystem,
       kShell + Names{"scheduler/store", "tests/can_run.h", "tests/cluster", "tests/net",
                      "tests/temporary_folder.h", "tests/unit/client/trace_rules.h",
                      "tests/unit/json/job_keys.h", "worker/kernels"},
       kAll},
      {"tests/fuzz", kSystem,
       kShell + Names{"client", "scheduler/*", "tests/fuzz", "tests/net", "tests/simulation",
                      "tests/temporary_folder.h", "worker/*"},
       kAll},
      {"tests/gpu", kSystem, kValues + Names{"common/net/loop/clock.h", "tests/gpu", "worker/*"},
       Names{"<asio/"} + kPosix + doctest},
      {"tests/launch", kSystem, {"tests/can_run.h", "tests/cluster", "tests/slurm"}, doctest},
      {"tests/net", kSystem,
       kValues + Names{"common/net/*", "proto", "tests/net", "tests/no_threads.h",
                       "tests/temporary_folder.h"},
       kAll},
      {"tests/package",
       kSystem,
       {"tests/can_run.h", "tests/cluster", "tests/package", "tests/temporary_folder.h"},
       kPosix + doctest},
      {"tests/simulation", kSystem,
       kValues + Names{"scheduler/core", "scheduler/limits.h", "tests/simulation", "worker/core"},
       kPosix + doctest},
      {"tests/simulation/allocation", kSystem,
       kValues + Names{"scheduler/allocation/core", "tests/simulation/allocation",
                       "tests/simulation/random.h", "tests/simulation/timeline.h"},
       doctest},
      {"tests/slurm", kSystem,
       kValues +
           Names{"tests/can_run.h", "tests/cluster", "tests/slurm", "tests/temporary_folder.h"},
       Names{"<stdlib.h"} + kPosix + doctest},
      {"tests/slurm/provider_test", kSystem,
       Names{"common/base", "common/net/loop", "scheduler/allocation/*", "tests/can_run.h",
             "tests/cluster", "tests/slurm", "tests/temporary_folder.h"},
       kPosix + doctest},
      {"tests/store", kSystem,
       kValues + Names{"scheduler/allocation/core", "scheduler/core", "scheduler/store",
                       "tests/can_run.h", "tests/store", "tests/temporary_folder.h"},
       Names{"<sqlite3.h", "<stdlib.h"} + kPosix + doctest},
      {"tests/tidy", kSystem, {"tests/tidy"}, doctest},
  };
}

const Layer* layerOf(const SourceFile& file) {
  static const std::vector<Layer> kLayers = [] {
    std::vector<Layer> layers = products();
    for (Layer& layer : workerRooms()) layers.push_back(std::move(layer));
    for (Layer& layer : schedulers()) layers.push_back(std::move(layer));
    for (Layer& layer : packages()) layers.push_back(std::move(layer));
    for (Layer& layer : tests()) layers.push_back(std::move(layer));
    for (Layer& layer : unitTests()) layers.push_back(std::move(layer));
    return layers;
  }();
  string_view path = file.path;
  for (char separator : {'.', '/'}) {  // A row for the file itself goes before its folder's.
    string_view name = path.substr(0, std::min(path.rfind(separator), path.size()));
    auto found = std::ranges::find(kLayers, name, &Layer::folder);
    if (found != kLayers.end()) return &*found;
  }
  return nullptr;
}

// The header that an #include line names, "<" or "\"" in front; empty for other lines.
string_view includedBy(string_view line) {
  if (!line.starts_with("#include ")) return {};
  auto begin = line.find_first_of("<\"");
  auto end = begin == line.npos ? begin : line.find_first_of(">\"", begin + 1);
  return end == line.npos ? string_view{} : line.substr(begin, end - begin);
}

bool isRoomOf(string_view header, string_view room) {
  if (room.ends_with("/*")) return header.starts_with(room.substr(0, room.size() - 1));
  return header == room || header.substr(0, std::min(header.rfind('/'), header.size())) == room;
}

bool allows(const Layer& layer, string_view included) {
  static const Names kImpure = {"<thread",    "<mutex",    "<shared_mutex", "<condition_variable",
                                "<future",    "<iostream", "<fstream",      "<atomic",
                                "<filesystem"};
  string_view header = included.substr(1);
  if (included.starts_with('"') || header.starts_with("proto/")) {
    return std::ranges::any_of(layer.rooms,
                               [header](string_view room) { return isRoomOf(header, room); });
  }
  bool standard = header.find_first_of("./") == header.npos;
  if (!standard) return startsWithAny(included, layer.libraries);
  // A kernel looks at its stop flag, which another thread sets.
  if (layer.folder == "worker/kernels" && included == "<atomic") return true;
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
