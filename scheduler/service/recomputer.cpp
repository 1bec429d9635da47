#include "scheduler/service/recomputer.h"

#include <algorithm>
#include <cstdint>

#include "common/base/check.h"
#include "common/model/stream.h"
#include "common/net/loop/background.h"
#include "worker/kernels/kernel.h"

namespace pi::scheduler {

// One order.  The loop holds it until it is done or stopped.
class Recomputer::Work final : public net::BackgroundWork {
 public:
  Work(CoreRunner& runner, const action::Recompute& wanted)
      : runner_(runner), wanted_(wanted), next_(wanted.range.begin) {}

  void stop() { isStopped_ = true; }

  // Computes up to the end of a block: half a millisecond.  A piece that begins inside a block
  // would compute the block's samples before it, too.
  bool doPiece() override {
    if (isStopped_) return false;
    static const kernels::Kernel* const kKernel = kernels::find("portable");
    PI_CHECK(kKernel != nullptr);
    std::uint64_t blockEnd = (next_ / kBlockSamples + 1) * kBlockSamples;
    SampleRange piece{.begin = next_, .end = std::min(blockEnd, wanted_.range.end)};
    hits_ += kKernel->hitsIn(wanted_.stream, piece);
    next_ = piece.end;
    if (next_ < wanted_.range.end) return true;
    runner_.handle(event::Recomputed{.job = wanted_.job, .range = wanted_.range, .hits = hits_});
    return false;
  }

 private:
  CoreRunner& runner_;
  const action::Recompute wanted_;
  std::uint64_t next_;  // Samples before it are computed.
  Hits hits_{};
  bool isStopped_ = false;
};

Recomputer::~Recomputer() {
  if (work_ != nullptr) work_->stop();
}

void Recomputer::perform(const action::Recompute& wanted) {
  work_ = std::make_shared<Work>(runner_, wanted);
  loop_.inBackground(work_);
}

}  // namespace pi::scheduler
