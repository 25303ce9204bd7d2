# Ends the processes of a daemon that could not do it itself: it was killed, or it crashed.
#
# Usage: guardian.sh MARK [GROUP ...]
#
# The daemon holds the only writing end of this shell's stdin, so the end of file means that the
# daemon is gone. What it was about to start, and what ran, stands in a file that is this shell's
# stdout. Where the system has no such file, the daemon tells it meanwhile, one line each. MARK,
# followed by the number of a start, stands in the environment of that process: this is how the one
# is found that the daemon started but could not tell any more.

unset POLYPROC_GUARDIAN
trap '' HUP INT QUIT TERM
cd /

mark=$1
shift
starting=

# A variable each: a shell finds those faster than words in a long text.
for group in "$@"; do
  eval "group_$group=1"
done

while read -r event number; do
  case $event in
    starting) starting=$number ;;
    started) starting= && eval "group_$number=1" ;;
    failed) starting= ;;
    ended) unset "group_$number" ;;
  esac
done

exec <&1 >/dev/null
for word in $(cat); do
  case $word in
    starting=*) starting=${word#*=} ;;
    *) eval "group_$word=1" ;;
  esac
done

groups=$(set | sed -n 's/^group_\([0-9]*\)=.*/\1/p')

# Sets born to the start time of a process; to nothing when there is no such process.
look() {
  born=
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
  set -- ${line##*) }
  born=${20}
}

# The groups' leaders are not reaped before this shell looks, or only just: their numbers are still
# theirs. From here on another process that has the number shows by its start time.
known=' '
remember() {
  look "$1"
  known="$known$1:$born "
}

ours() {
  look "$1"
  [ -z "$born" ] && return 0
  case $known in
    *" $1:$born "*) return 0 ;;
  esac
  return 1
}

# Without "-s" and "--", which not every shell takes here.
tell() {
  ours "$2" && kill "-$1" "-$2" 2>/dev/null
}

end() {
  tell TERM "$1"
  tell CONT "$1"
}

# The process that was being started may still have to become itself.
find_started() {
  for file in $(grep -lsF "$mark$starting." /proc/[0-9]*/environ); do
    file=${file#/proc/}
    group=${file%/environ}
    starting=
    groups="$groups $group"
    remember "$group"
    end "$group"
  done
}

keep_alive() {
  left=
  for group in $groups; do
    tell 0 "$group" && left="$left $group"
  done
  groups=$left
}

for group in $groups; do
  remember "$group"
  end "$group"
done

round=0
while [ "$round" -lt 50 ]; do
  [ -n "$starting" ] && find_started
  keep_alive
  [ -z "$groups$starting" ] && exit 0
  sleep 0.1
  round=$((round + 1))
done

for group in $groups; do
  tell KILL "$group"
done
