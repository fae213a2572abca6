# Says the same mark on both streams, so that every byte between two marks has its step. The line break in
# front belongs to the mark: the output before it may lack its own.
dhow_mark() {
  printf '\n%s %s\n' "$dhow_nonce" "$*"
  printf '\n%s %s\n' "$dhow_nonce" "$*" >&2
}

# Hands output on. When nobody listens any more it is thrown away, so that no step fails or ends because of it.
dhow_relay() { cat || cat >/dev/null; }

# Waits for the end of our input, which is how an interruption and a lost connection look from here, and then
# tells process $1 until somebody ends this one.
dhow_watch() {
  read -r dhow_word <&3
  while kill -USR1 "$1"; do sleep 1 3<&-; done
}

# Runs step $1; $2 says whether an interruption may end it. Leaves its exit code in dhow_code, and in dhow_cut
# whether it was ended.
dhow_run() {
  dhow_mark start "$1"
  "dhow_step_$1" </dev/null 5>&- &
  dhow_pid=$!
  dhow_cut= dhow_seen= dhow_gone=
  while :; do
    if [ -n "$dhow_interrupted" ] && [ "$2" = end ] && [ -z "$dhow_cut" ]; then
      dhow_cut=yes
      dhow_end "$dhow_pid"
    fi
    dhow_signalled=
    wait "$dhow_pid" 2>/dev/null
    dhow_code=$?
    [ -n "$dhow_signalled" ] || break
    # The signal may have come before the step's end or just after it; asking again tells which.
    dhow_seen=$dhow_code
    if [ -n "$dhow_gone" ]; then dhow_lost; break; fi
    kill -0 "$dhow_pid" 2>/dev/null || dhow_gone=yes
  done
  if [ "$dhow_code" -eq 127 ] && [ -n "$dhow_seen" ]; then dhow_code=$dhow_seen; fi
  if [ "$dhow_code" -eq 0 ]; then dhow_cut=; fi
  dhow_mark end "$1" "$dhow_code"
}

# Bash can lose the end of a step that ends in the instant of a signal; the next signal then finds us waiting for
# nobody. One that must finish is taken to have done so: putting right what works is worse than the opposite.
dhow_lost() { if [ -n "$dhow_cut" ]; then dhow_code=143; else dhow_code=0; fi; }

# Runs step $1 unless we were interrupted; $2 says whether the rest of its block is left out when it fails.
dhow_do() {
  if [ -n "$dhow_interrupted" ]; then dhow_ending=interrupted; return 1; fi
  dhow_run "$1" "$3"
  if [ -n "$dhow_cut" ]; then dhow_ending=interrupted; return 1; fi
  if [ "$dhow_code" -ne 0 ] && [ "$2" = stop ]; then dhow_ending="failed $1"; return 1; fi
}

# Ends process $1 and everything it started: asks, waits up to 5 s, then kills. All of it is held still until
# none is found that was not held before, so that none is born between being looked for and being asked.
dhow_end() {
  dhow_held= dhow_tree=" $1 " dhow_left=10
  while [ "$dhow_held" != "$dhow_tree" ] && [ "$dhow_left" -gt 0 ]; do
    dhow_held=$dhow_tree
    kill -STOP $dhow_held 2>/dev/null
    { dhow_find_tree "$1"; } 2>/dev/null
    dhow_left=$((dhow_left - 1))
  done
  kill -TERM $dhow_tree 2>/dev/null
  kill -CONT $dhow_tree 2>/dev/null
  dhow_left=50
  while dhow_find_alive && [ "$dhow_left" -gt 0 ]; do
    sleep 0.1 2>/dev/null || sleep 1
    dhow_left=$((dhow_left - 1))
  done
  if [ -n "$dhow_alive" ]; then kill -KILL $dhow_alive 2>/dev/null; fi
}

# Puts process $1 and its descendants into dhow_tree. What has cut itself loose from its parents is not found.
dhow_find_tree() {
  dhow_pairs=
  for dhow_file in /proc/[0-9]*/stat; do
    read -r dhow_line <"$dhow_file" || continue
    # PID (NAME) STATE PARENT …, and the name may hold anything.
    dhow_rest=${dhow_line##*) }
    dhow_rest=${dhow_rest#* }
    dhow_pairs="$dhow_pairs ${dhow_line%% *}:${dhow_rest%% *}"
  done
  dhow_tree=" $1 "
  dhow_grown=yes
  while [ -n "$dhow_grown" ]; do
    dhow_grown=
    for dhow_pair in $dhow_pairs; do
      case $dhow_tree in *" ${dhow_pair%:*} "*) continue ;; esac
      case $dhow_tree in *" ${dhow_pair#*:} "*)
        dhow_tree="$dhow_tree${dhow_pair%:*} "
        dhow_grown=yes
        ;;
      esac
    done
  done
}

# Puts those of dhow_tree that still run into dhow_alive. One that only waits to be asked for its exit code is done.
dhow_find_alive() {
  dhow_alive=
  for dhow_each in $dhow_tree; do
    dhow_line=
    { read -r dhow_line <"/proc/$dhow_each/stat"; } 2>/dev/null
    dhow_rest=${dhow_line##*) }
    case $dhow_rest in '' | [ZX]*) ;; *) dhow_alive="$dhow_alive $dhow_each" ;; esac
  done
  [ -n "$dhow_alive" ]
}

# Runs everything between the first mark and the last. File 3 is our input, kept for the watcher alone, and file 5
# leads to the shell around this one.
dhow_main() {
  dhow_interrupted= dhow_signalled= dhow_ending=completed
  trap 'dhow_signalled=yes dhow_interrupted=yes' USR1 TERM
  # `$$` is the shell around this one. This must be its own line: a background command expands in itself.
  dhow_self=$(exec sh -c 'echo "$PPID"' 3<&- 5>&-)
  dhow_watch "$dhow_self" >/dev/null 2>&1 </dev/null 5>&- &
  dhow_watcher=$!
  exec 3<&-
  dhow_blocks
  # Nothing of the next script may be read by the watcher: it is gone before anybody knows that this one is over.
  kill -KILL "$dhow_watcher"
  wait "$dhow_watcher" 2>/dev/null
  dhow_mark "done" "$dhow_ending"
  echo over >&5
}

# A host that seems gone must still be put right, so nothing ends when the line drops. All of it runs in the
# background, because a shell that is ended while it still starts its pipeline would leave half of one. The word on
# file 5 is waited for and not the processes: the relays live for as long as what a step left running. After it this
# shell reads the next script, or the end of its input, at which it ends.
dhow_start() {
  trap '' HUP
  exec 3<&0 6>&1
  {
    {
      { dhow_main </dev/null 2>&1 >&4 4>&- 6>&- | dhow_relay >&2 3<&- 4>&- 5>&- 6>&-; } 4>&1 | dhow_relay >&6 3<&- 5>&- 6>&-
    } 5>&1 &
  } | read -r dhow_word 3<&- || exit 0
  exec 3<&- 6>&-
}
