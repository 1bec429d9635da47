# Fails, and names what to install.
message(FATAL_ERROR "${TOOLS} not found.  Run scripts/setup --for test, then cmake again.")
