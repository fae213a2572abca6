#compdef dhow kamal
# Completions of PROGRAM for zsh: source <(PROGRAM completions zsh), behind compinit
_PROGRAM_complete() {
    local -a lines
    lines=("${(@f)$(PROGRAM __complete zsh "$((CURRENT - 1))" -- "${words[@]}" 2>/dev/null)}")
    lines=("${(@)lines:#}")
    _describe 'PROGRAM' lines
}
compdef _PROGRAM_complete dhow kamal
