#!/usr/bin/env bash
# Grades the exercises of one lesson for many students, with numbers and shapes of their own for each of them.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: Lessons/grade.sh LESSON SUBMISSIONS RESULTS [--seed N] [--checkout DIR] [--limit S] [-- SWIFT-BUILD-ARGUMENTS]

LESSON       number of the lesson: 1 for Lessons/01-…
SUBMISSIONS  a folder with NAME/Exercises.swift or NAME.swift for each student
RESULTS      a folder for NAME.json (Gradescope's format), NAME.txt, results.csv, and summary.md with the most frequent mistakes
--seed       random seed for the hidden numbers; keep it to yourself (default: 1)
--checkout   a clean checkout to build in (default: a fresh clone of this one, whose first build takes minutes)
--limit      time limit per student in seconds, including the build (default: 900)

Only Exercises.swift of each submission is used. It is built into a program that answers questions; another program, built from
the unchanged checkout, asks them and judges. Submissions run on this machine, with as few rights as it allows
(Docs/Teaching.md): use a container.
TEXT
}

fail() { echo "grade.sh: $1" >&2; exit 64; }

[ $# -eq 1 ] && [ "$1" = --help ] && { usage; exit 0; }
[ $# -ge 3 ] || { usage >&2; exit 64; }
lesson=$1 submissions=$2 results=$3
shift 3
seed=1 checkout="" limit=900 build=(-c release)
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=${2:?--seed needs a number}; shift 2 ;;
    --checkout) checkout=${2:?--checkout needs a folder}; shift 2 ;;
    --limit) limit=${2:?--limit needs a number of seconds}; shift 2 ;;
    --) shift; build=("$@"); break ;;
    *) fail "unknown argument $1; see --help" ;;
  esac
done
[[ $lesson =~ ^[1-9][0-9]?$ ]] || fail "LESSON must be the number of a lesson, got $lesson"
[[ $seed =~ ^[0-9]+$ ]] || fail "--seed must be a number, got $seed"
[[ $limit =~ ^[1-9][0-9]{0,6}$ ]] || fail "--limit must be a number of seconds above 0, got $limit"
[ -d "$submissions" ] || fail "$submissions is not a folder"
mkdir -p "$results"
results=$(cd "$results" && pwd)
submissions=$(cd "$submissions" && pwd)

# Submissions are started by a user without rights, who must reach the programs but cannot list what is beside them.
scratch=$(mktemp -d)
chmod 711 "$scratch"
mkdir "$scratch/judge" "$scratch/answers" "$scratch/nothing"
running=""
end() { [ -z "$running" ] || kill -KILL -- "-$running" 2>/dev/null || true; }
trap 'end; rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# limited SECONDS COMMAND…: runs a command as a group of processes and ends all of it when the time is up (status 124).
limited() {
  local seconds=$1 status=0 watch
  shift
  rm -f "$scratch/late"
  set -m
  "$@" </dev/null &
  running=$!
  (
    sleep "$seconds"
    : >"$scratch/late"
    # A build passes this on to the compilers, which have groups of their own.
    kill -TERM -- "-$running"
    sleep 5
    kill -KILL -- "-$running"
  ) >/dev/null 2>&1 &
  watch=$!
  set +m
  { wait "$running" || status=$?; } 2>/dev/null
  kill -KILL -- "-$watch" "-$running" 2>/dev/null || true
  { wait "$watch" || true; } 2>/dev/null
  running=""
  [ ! -e "$scratch/late" ] || status=124
  return "$status"
}

source_root=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "$checkout" ]; then
  checkout=$scratch/checkout
  git clone -q "$source_root" "$checkout"
fi
cd "$checkout"
folder=$(echo Lessons/"$(printf %02d "$lesson")"-*)
[ -f "$folder/Exercises.swift" ] || fail "$checkout has no lesson $lesson"
parts=(Package.swift Sources Lessons Weights)
[ -z "$(git status --porcelain -- "${parts[@]}")" ] \
  || fail "$checkout is not clean: git status says what has changed"

# Puts the checkout back to what it was, whatever a submission has done to it.
restore() {
  git checkout -q -- "${parts[@]}" && git clean -qfd -- "${parts[@]}" \
    && [ -z "$(git status --porcelain -- "${parts[@]}")" ]
}
trap 'end; restore || true; rm -rf "$scratch"' EXIT

# The program that judges is built before any submission.
swift build "${build[@]}" --product "lesson$lesson" >"$scratch/build.txt" 2>&1 \
  || { cat "$scratch/build.txt" >&2; fail "$checkout does not build"; }
built=$(swift build "${build[@]}" --show-bin-path)/lesson$lesson
judge=$scratch/judge/lesson$lesson
answers=$scratch/answers/lesson$lesson
cp "$built" "$judge"
chmod 755 "$scratch"/* "$judge"

# What submissions are started through: the first way that works here.
user=64321
as_user="setpriv --reuid=$user --regid=$user --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all"
in_box="bwrap --unshare-all --die-with-parent --new-session --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp"
works() { (cd "$scratch/nothing" && $1 "$judge" --help >/dev/null 2>&1); }
through="" ways=("$in_box --ro-bind $scratch/answers $scratch/answers")
[ "$(id -u)" -ne 0 ] || ways=("unshare --net --ipc $as_user" "$as_user")
for way in "${ways[@]}"; do
  # In the box there is no place for the program that judges.
  case $way in bwrap*) probe="$way --ro-bind $scratch/judge $scratch/judge" ;; *) probe=$way ;; esac
  if works "$probe"; then through=$way; break; fi
done
if [ -n "$through" ]; then
  echo "submissions are started through: ${through%% *}"
else
  echo "grade.sh: submissions run with your own rights: neither setpriv (as root) nor bwrap works here" >&2
fi

# Neither the rest of the environment nor large files nor thousands of processes.
environment=("PATH=$PATH" HOME=/nonexistent ${LD_LIBRARY_PATH:+"LD_LIBRARY_PATH=$LD_LIBRARY_PATH"})
limits="ulimit -c 0; ulimit -f 204800"
case $through in *setpriv*) limits+="; ulimit -u 512" ;; esac

# Ends what a submission may have left behind, if it had a user of its own.
sweep() {
  case $through in
    *setpriv*) $as_user sh -c 'kill -KILL -1' >/dev/null 2>&1 || true ;;
  esac
}

# refuse NAME REASON: results for a submission that cannot be checked.
refuse() {
  "$judge" --refused "$2" --json "$results/$1.json" >"$results/$1.txt" 2>&1 || true
}

# grade NAME FILE: builds and checks one submission.
grade() {
  local name=$1 file=$2 start=$SECONDS status=0 rest
  if [ -z "$file" ]; then
    refuse "$name" "There is no submission: a file Exercises.swift is missing."
    return
  fi
  # A link may lead anywhere, and a pipe is read for ever.
  if [ -L "$file" ] || [ ! -f "$file" ] || [ "$(wc -c <"$file")" -gt 1048576 ]; then
    refuse "$name" "Exercises.swift is no ordinary file of at most 1 MB."
    return
  fi
  restore || fail "$checkout can no longer be restored"
  cp "$file" "$folder/Exercises.swift"
  limited "$limit" swift build "${build[@]}" --product "lesson$lesson" >"$scratch/build.txt" 2>&1 \
    || status=$?
  if [ "$status" -eq 124 ]; then
    refuse "$name" "Exercises.swift was not compiled within $limit seconds."
    return
  elif [ "$status" -ne 0 ]; then
    refuse "$name" "Exercises.swift does not compile:
$( (grep -E '^[^ ].*: error: ' "$scratch/build.txt" || tail -n 5 "$scratch/build.txt") | sed "s#^$PWD/##" \
      | cut -c1-300 | awk '!seen[$0]++' | head -n 20)"
    return
  fi
  rm -f "$answers"
  cp "$built" "$answers"
  chmod 755 "$answers"
  rest=$((limit - (SECONDS - start)))
  status=0
  # Each exercise has a time limit of its own.
  limited "$((rest > 1 ? rest : 1))" env -i "${environment[@]}" bash -c "$limits"'; cd "$1"; shift; exec "$@"' \
    bash "$scratch/nothing" "$judge" --check --student="$name" --seed "$seed" \
    --json "$results/$name.json" --answers-from="$answers" ${through:+"--answers-through=$through"} \
    >"$results/$name.txt" 2>&1 || status=$?
  sweep
  if [ "$status" -eq 124 ]; then
    refuse "$name" "The check was stopped after $limit seconds."
  elif [ ! -s "$results/$name.json" ]; then
    refuse "$name" "The check did not come to its end."
  fi
}

shopt -s nullglob
names=()
for submission in "$submissions"/*; do
  name=$(basename "$submission")
  if [ -d "$submission" ]; then
    file=$submission/Exercises.swift
    if [ ! -e "$file" ] && [ ! -L "$file" ]; then
      file=""
      [ ! -e "$submission.swift" ] || continue
    fi
  elif [[ $name == *.swift ]]; then
    file=$submission
    name=${name%.swift}
    if [ -e "$submissions/$name/Exercises.swift" ]; then
      echo "$name.swift is passed over: there is a folder with Exercises.swift too" >&2
      continue
    fi
  else
    continue
  fi
  names+=("$name")
  rm -f "$results/$name.json" "$results/$name.txt"
  grade "$name" "$file"
  printf '%q: %s\n' "$name" "$(tail -n 1 "$results/$name.txt")"
done
[ ${#names[@]} -gt 0 ] || fail "$submissions has neither NAME/Exercises.swift nor NAME.swift"
printf '%s\0' "${names[@]}" | "$judge" --summarize "$results"
cat "$results/summary.md"
