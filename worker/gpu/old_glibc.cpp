// Lets a program that was built with a newer glibc run with older ones.  Versions of glibc
// from 2.34 on have these functions under a new version, which older ones do not know; the
// functions are the same.  The linker sends calls of NAME to __wrap_NAME (--wrap).
#include <features.h>

#if defined(__x86_64__) && defined(__GLIBC__)

extern "C" {

using Main = int(int, char**, char**);
int oldStart(Main* main, int argc, char** argv, void (*init)(), void (*fini)(), void (*end)(),
             void* stackEnd);
void* oldOpen(const char* file, int mode);
void* oldFind(void* library, const char* name);
asm(".symver oldStart, __libc_start_main@GLIBC_2.2.5");
asm(".symver oldOpen, dlopen@GLIBC_2.2.5");
asm(".symver oldFind, dlsym@GLIBC_2.2.5");

int __wrap___libc_start_main(Main* main, int argc, char** argv, void (*init)(), void (*fini)(),
                             void (*end)(), void* stackEnd) {
  return oldStart(main, argc, argv, init, fini, end, stackEnd);
}
void* __wrap_dlopen(const char* file, int mode) { return oldOpen(file, mode); }
void* __wrap_dlsym(void* library, const char* name) { return oldFind(library, name); }

}  // extern "C"

#endif
