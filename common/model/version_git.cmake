# Writes OUTPUT, a header with the commit of SOURCE.  Runs at every build, and writes only changes.
set(commit "unknown")
# Only if SOURCE itself is a git checkout: in a folder of another checkout, git would name that.
if(EXISTS ${SOURCE}/.git)
  execute_process(
    COMMAND git -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
  if(result EQUAL 0)
    set(commit ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "inline constexpr char kGitCommit[] = \"${commit}\";\n")
