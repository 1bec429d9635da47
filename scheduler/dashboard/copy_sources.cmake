# Copies the page's sources to where its packages are, since Node looks for them beside the sources.
# Removes copies of files that are gone.
file(REMOVE_RECURSE ${TO}/mock ${TO}/src ${TO}/test)
file(COPY ${FROM}/ DESTINATION ${TO} PATTERN node_modules EXCLUDE PATTERN build EXCLUDE)
