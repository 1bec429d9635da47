#include "worker/gpu/image.h"

// The file becomes a part of the program.
asm(R"(
  .section .rodata
  .balign 64
  .global kImage
kImage:
  .incbin ")" PI_GPU_IMAGE R"("
  .previous
)");
