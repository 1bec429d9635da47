// Only in builds with the thread sanitizer, and then in every program: the first report ends the
// process.  The other sanitizers are told so by -fno-sanitize-recover.

extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }
