# Completions of PROGRAM for bash: source <(PROGRAM completions bash)
_PROGRAM_complete() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(PROGRAM __complete bash "$COMP_CWORD" -- "${COMP_WORDS[@]}" 2>/dev/null)
}
complete -o nosort -F _PROGRAM_complete dhow kamal 2>/dev/null || complete -F _PROGRAM_complete dhow kamal
