# Prints what bash offers for the last word of a line, one on each line.
# usage: bash --norc offers.bash SHARE WORD...
share=$1
shift
# shellcheck source=/dev/null
source "$share/bash-completion/completions/$1"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"_${1//-/_}"
printf '%s\n' "${COMPREPLY[@]}"
