# Writes OUTPUT, a header that names the commit of SOURCE; run at every build, writes only changes.
set(commit "unknown")
# A checkout of our own: inside somebody else's, git would name theirs.
if(EXISTS ${SOURCE}/.git)
  execute_process(
    COMMAND git -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
  if(result EQUAL 0)
    set(commit ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "inline constexpr char kGitCommit[] = \"${commit}\";\n")
