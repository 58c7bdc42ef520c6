# The manual page and the completions name every verb and option.
sh_try '$labwatch --man >labwatch.1 && head -3 labwatch.1 | sed "s/labwatch [0-9][0-9.]*/labwatch VERSION/"'
sh_try 'grep -c "^.SS " labwatch.1'
sh_try 'if command -v groff >/dev/null; then groff -man -ww -Tutf8 labwatch.1 2>&1 >/dev/null; fi'
sh_try '$labwatch --completion bash >labwatch.bash && bash -n labwatch.bash'
sh_try 'if command -v zsh >/dev/null; then $labwatch --completion zsh >_labwatch && zsh -n _labwatch; fi'
complete_words() {
  sh_try "PATH=\$(dirname \$labwatch):\$PATH; source ./labwatch.bash; COMP_WORDS=($*); COMP_CWORD=\$((\${#COMP_WORDS[@]} - 1)); _labwatch; echo \${COMPREPLY[@]}"
}
complete_words labwatch e
complete_words labwatch space "''"
complete_words labwatch suggest x --format "''"
complete_words labwatch space sample --s
complete_words labwatch observe 1 --status n
try --completion fish
