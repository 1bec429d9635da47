# Prints what fish offers for the last word of a line, one on each line.
# usage: fish --no-config offers.fish SHARE WORD...
source $argv[1]/fish/vendor_completions.d/$argv[2].fish
complete -C "$argv[2..-1]" | string replace -r '\t.*' ''
