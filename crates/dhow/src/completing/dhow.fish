# Completions of PROGRAM for fish: PROGRAM completions fish | source
function __PROGRAM_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l last (commandline --current-token --cut-at-cursor)
    PROGRAM __complete fish (count $words) -- $words $last 2>/dev/null
end
for name in dhow kamal
    complete --command $name --no-files --arguments '(__PROGRAM_complete)'
end
