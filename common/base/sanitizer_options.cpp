// Only in builds with the thread sanitizer, and then in every program: the first report ends the
// process.  For the other sanitizers, -fno-sanitize-recover has this effect.

extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
