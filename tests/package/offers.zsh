# Prints what zsh offers for the last word of a line, one on each line.  zsh completes only what is
# typed on a terminal, so an interactive zsh gets the line and a tab there.
# usage: zsh -f offers.zsh SHARE FILE WORD...    (FILE is for its own use)
zmodload zsh/zpty
share=$1 file=$2
shift 2
: > $file
zpty shell zsh -f -i
enter() { zpty -w shell $1 }
enter "PROMPT= ; stty -echo"
enter "fpath=(${(q)share}/zsh/site-functions \$fpath); autoload -U compinit; compinit -u -D"
# The offers of the completion are written to the file.  Some calls only ask (-O, -A, -D).
enter "compadd() {
  if [[ \" \${@[1,(i)(-|--)]} \" != *' -'(O|A|D)' '* ]]; then
    local -a offers
    builtin compadd -A offers \"\$@\"
    print -rl -- \$offers >> ${(q)file}
  fi
  builtin compadd \"\$@\"
}"
enter "tell-end() { print END >> ${(q)file} }; zle -N tell-end; bindkey '^X' tell-end"
enter "zstyle ':completion:*' menu no; LISTMAX=100000; bindkey '^I' complete-word; print READY"
while zpty -r shell text; do
  [[ $text == *READY* ]] && break
done
zpty -n -w shell "$*"$'\t\x18'
for ((i = 0; i < 600; ++i)); do
  grep -q '^END$' $file && break
  sleep 0.05
done
zpty -d shell
grep -v '^END$' $file
