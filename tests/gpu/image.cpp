// The fake driver of the tests needs no kernels.
#include "worker/gpu/image.h"

extern "C" const unsigned char kImage[] = {0};
