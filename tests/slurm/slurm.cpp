#include "tests/slurm/slurm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace pi::cluster {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> findProgram(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"}) {
    std::string path = folder + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return std::nullopt;
}

std::string pathOf(const std::string& name) {
  if (auto path = findProgram(name)) return *path;
  throw std::runtime_error("the program '" + name + "' is missing: run scripts/setup --for test");
}

// The command that makes a program the first process of a PID namespace, on a machine that has
// this name.
Words namespaceWords(const std::string& hostName) {
  Words words;
  // Others than root may make a namespace only inside one for users.
  if (::geteuid() != 0) words = {"--user", "--map-current-user", "--keep-caps"};
  words.insert(words.end(), {"--pid", "--uts", "--fork", "--kill-child", "--mount-proc"});
  words.insert(words.end(), {"sh", "-c", R"(hostname "$0" && exec "$@")", hostName});
  return words;
}

Ended finish(Process& process) {
  int exitCode = process.wait();
  return {.exitCode = exitCode,
          .out = process.out(),
          .err = process.err(),
          .cpuTime = process.cpuTime()};
}

std::string nameOfThisHost() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

bool isFree(std::uint16_t port) {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  bool isBound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return isBound;
}

// Slurm needs numbers in its configuration: it cannot be told to take any free port.  These are
// below the ports that the system gives to connections, so that none of those takes one meanwhile.
std::string freePort() {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> anyPort(12'000, 31'999);
  while (true) {
    auto port = static_cast<std::uint16_t>(anyPort(random));
    if (isFree(port)) return std::to_string(port);
  }
}

void writeKey(const fs::path& path) {
  std::ofstream file(path, std::ios::binary);
  std::random_device random;
  for (int i = 0; i < 256; ++i) file.put(static_cast<char>(random()));
  file.close();
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

std::string wordAfter(const std::string& text, const std::string& mark) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word.starts_with(mark)) return word.substr(mark.size());
  }
  return "";
}

std::string lastLines(const std::string& text) {
  constexpr std::size_t kBytes = 1500;
  return text.size() <= kBytes ? text : "..." + text.substr(text.size() - kBytes);
}

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::optional<std::string> whyNoSlurm() {
  for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "srun", "unshare"}) {
    if (!findProgram(program)) {
      return "the program '" + std::string(program) + "' is missing (scripts/setup --for test)";
    }
  }
  Words words = namespaceWords("n1");
  words.emplace_back("true");
  Process tried({.program = pathOf("unshare"), .arguments = words});
  if (tried.wait() == 0) return std::nullopt;
  return "no namespace for PIDs and the host's name can be made: " + trimmed(tried.err());
}

Slurm::Slurm(const SlurmSize& size) {
  environment_ = {{"SLURM_CONF", (folder_.path() / "slurm.conf").string()}};
  for (const char* name : {"munge", "spool", "state"}) fs::create_directory(folder_.path() / name);
  writeConfiguration(size);

  fs::path munge = folder_.path() / "munge";
  fs::path key = munge / "key";
  writeKey(key);
  // --force: the folder can be entered by this user alone, and munged would have all users enter.
  munged_ = std::make_unique<Process>(
      daemon("munged",
             {"--foreground", "--force", "--num-threads=2", "--key-file=" + key.string(),
              "--socket=" + (munge / "socket").string(), "--pid-file=" + (munge / "pid").string(),
              "--seed-file=" + (munge / "seed").string()}));
  waitUntil("munged answers", [&] {
    if (munged_->hasEnded()) throw std::runtime_error("munged ended: " + munged_->err());
    return run({"munge", "--no-input", "--socket=" + (munge / "socket").string()}).exitCode == 0;
  });

  startController();
  for (int i = 1; i <= size.nodes; ++i) startNode("n" + std::to_string(i));
}

Slurm::~Slurm() {
  nodes_.clear();
  controller_.reset();
  munged_.reset();
}

void Slurm::writeConfiguration(const SlurmSize& size) const {
  std::string folder = folder_.path().string();
  Process whoAmI({.program = pathOf("id"), .arguments = {"-un"}});
  whoAmI.wait();
  std::string user = trimmed(whoAmI.out());
  std::string host = nameOfThisHost();

  std::ofstream file(folder_.path() / "slurm.conf");
  file << "ClusterName=pi\nSlurmctldHost=" << host << "(127.0.0.1)\nSlurmUser=" << user
       << "\nSlurmdUser=" << user << "\nSlurmctldPort="
       << freePort()
       // A job that is requeued waits until old credentials are invalid, by default two minutes.
       << "\nAuthType=auth/munge\nAuthInfo=cred_expire=5,socket=" << folder << "/munge/socket"
       << "\nStateSaveLocation=" << folder << "/state\nSlurmdSpoolDir=" << folder << "/spool/%n"
       << "\nSlurmctldPidFile=" << folder << "/slurmctld.pid\nSlurmdPidFile=" << folder
       << "/slurmd.%n.pid\n"
       << R"(CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmdParameters=config_overrides
ReturnToService=1
MpiDefault=none
MailProg=/bin/true
KillWait=5
SlurmdTimeout=6
InactiveLimit=0
)";
  for (int i = 1; i <= size.nodes; ++i) {
    file << "NodeName=n" << i << " NodeHostname=" << host
         << " NodeAddr=127.0.0.1 Port=" << freePort() << " CPUs=" << size.cpusPerNode << "\n";
  }
  file << "PartitionName=all Nodes=ALL Default=YES PriorityTier=1\n"
       << "PartitionName=urgent Nodes=ALL PriorityTier=2 PreemptMode=OFF\n"
       << "PartitionName=short Nodes=ALL PriorityTier=1 MaxTime=5\n";
}

Command Slurm::daemon(const std::string& program, const Words& arguments) const {
  return {.program = pathOf(program), .arguments = arguments, .environment = environment_};
}

Ended Slurm::run(const Words& words) const {
  Process process({.program = pathOf(words.at(0)),
                   .arguments = Words(words.begin() + 1, words.end()),
                   .environment = environment_});
  return finish(process);
}

std::string Slurm::ask(const Words& words) const {
  Ended ended = run(words);
  if (ended.exitCode == 0) return trimmed(ended.out);
  throw std::runtime_error(words.at(0) + ": exit code " + std::to_string(ended.exitCode) + ", " +
                           ended.err + logs());
}

std::string Slurm::fieldOf(const std::string& job, const std::string& field) const {
  Ended ended = run({"scontrol", "--oneliner", "show", "job", job});
  return ended.exitCode == 0 ? wordAfter(ended.out, field + "=") : "";
}

void Slurm::waitForState(const std::string& job, const std::string& state) const {
  std::string last;
  try {
    waitUntil("job " + job + " is " + state, [&] {
      last = fieldOf(job, "JobState") + ", " + fieldOf(job, "Reason");
      return last.starts_with(state + ",");
    });
  } catch (const std::runtime_error& failure) {
    throw std::runtime_error(failure.what() + std::string("; it is ") + last + "\n" + logs());
  }
}

std::string Slurm::endOf(const std::string& job) const {
  std::string state;
  waitUntil("job " + job + " is over", [&] {
    state = fieldOf(job, "JobState");
    static const Words kOpen = {"PENDING", "RUNNING", "COMPLETING", "SIGNALING", "SUSPENDED", ""};
    return std::ranges::find(kOpen, state) == kOpen.end();
  });
  return state;
}

void Slurm::updateNode(const std::string& node, const std::string& state) const {
  ask({"scontrol", "update", "NodeName=" + node, "State=" + state, "Reason=test"});
}

std::string Slurm::stateOf(const std::string& node) const {
  return ask({"sinfo", "--noheader", "--nodes=" + node, "--partition=all", "--format=%T"});
}

void Slurm::killNode(const std::string& node) { nodes_.erase(node); }

void Slurm::startNode(const std::string& node) {
  Words words = namespaceWords(node);
  words.insert(words.end(), {pathOf("slurmd"), "-D", "-N", node});
  std::unique_ptr<Process>& process = nodes_[node];
  process = std::make_unique<Process>(daemon("unshare", words));
  waitUntil("node " + node + " is idle", [&] {
    if (process->hasEnded()) throw std::runtime_error("slurmd ended: " + process->err());
    return run({"sinfo", "-h", "-n", node, "-p", "all", "-o", "%T"}).out == "idle\n";
  });
}

void Slurm::stopController() {
  controller_->signal(SIGTERM);
  controller_->wait();
}

void Slurm::startController() {
  controller_ = std::make_unique<Process>(daemon("slurmctld", {"-D"}));
  waitUntil("slurmctld answers", [&] {
    if (controller_->hasEnded()) throw std::runtime_error("slurmctld ended: " + controller_->err());
    return run({"scontrol", "ping"}).out.find("is UP") != std::string::npos;
  });
}

std::string Slurm::logs() const {
  std::string all;
  if (controller_) all += "\nslurmctld: " + lastLines(controller_->err());
  for (const auto& [name, process] : nodes_) all += "\n" + name + ": " + lastLines(process->err());
  return all;
}

}  // namespace pi::cluster
