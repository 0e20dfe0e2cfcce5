#!/usr/bin/env bash
# Grades the exercises of one lesson for many students, with numbers and shapes of their own for each of them.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: Lessons/grade.sh LESSON SUBMISSIONS RESULTS [--seed N] [--checkout DIR] [-- SWIFT-BUILD-ARGUMENTS]

LESSON       its number, 1 to 10
SUBMISSIONS  a folder with NAME/Exercises.swift or NAME.swift for each student
RESULTS      a folder for NAME.json (Gradescope's format), NAME.txt, and results.csv
--seed       where hidden numbers begin; keep it to yourself (default: 1)
--checkout   a clean checkout to build in (default: a fresh clone of this one, whose first build takes minutes)

Of each submission only Exercises.swift is used. What it does runs on this machine: use a container.
TEXT
}

fail() { echo "grade.sh: $1" >&2; exit 64; }

[ $# -eq 1 ] && [ "$1" = --help ] && { usage; exit 0; }
[ $# -ge 3 ] || { usage >&2; exit 64; }
lesson=$1 submissions=$2 results=$3
shift 3
seed=1 checkout="" build=(-c release)
while [ $# -gt 0 ]; do
  case $1 in
    --seed) seed=${2:?--seed needs a number}; shift 2 ;;
    --checkout) checkout=${2:?--checkout needs a folder}; shift 2 ;;
    --) shift; build=("$@"); break ;;
    *) fail "unknown argument $1; --help says what there is" ;;
  esac
done
[[ $lesson =~ ^([1-9]|10)$ ]] || fail "LESSON must be a number from 1 to 10, got $lesson"
[[ $seed =~ ^[0-9]+$ ]] || fail "--seed must be a number, got $seed"
[ -d "$submissions" ] || fail "$submissions is not a folder"
mkdir -p "$results"
results=$(cd "$results" && pwd)
submissions=$(cd "$submissions" && pwd)

source_root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -z "$checkout" ]; then
  checkout=$scratch/checkout
  git clone -q "$source_root" "$checkout"
fi
cd "$checkout"
folder=$(echo Lessons/"$(printf %02d "$lesson")"-*)
[ -f "$folder/Exercises.swift" ] || fail "$checkout has no lesson $lesson"
[ -z "$(git status --porcelain -- Package.swift Sources Lessons Weights)" ] \
  || fail "$checkout is not clean: git status says what has changed"
trap 'git checkout -q -- "$folder/Exercises.swift"; rm -rf "$scratch"' EXIT

# A text between the quotation marks of JSON.
json_text() {
  tr -d '\000-\010\013-\037' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk '{ printf "%s\\n", $0 }'
}

echo "student,right,exercises" >"$results/results.csv"
shopt -s nullglob
count=0
for submission in "$submissions"/*/Exercises.swift "$submissions"/*.swift; do
  name=$(basename "$submission" .swift)
  [ "$name" != Exercises ] || name=$(basename "$(dirname "$submission")")
  count=$((count + 1))
  cp "$submission" "$folder/Exercises.swift"
  rm -f "$results/$name.json"
  if swift build "${build[@]}" --product "lesson$lesson" >"$scratch/build.txt" 2>&1; then
    program=$(swift build "${build[@]}" --show-bin-path)/lesson$lesson
    # Each exercise has a time limit of its own.
    "$program" --check --student="$name" --seed "$seed" --json "$results/$name.json" \
      >"$results/$name.txt" 2>&1 || true
  else
    grep -E '^[^ ].*: error: ' "$scratch/build.txt" | sed "s#^$PWD/##" | awk '!seen[$0]++' | head -20 \
      >"$results/$name.txt" || true
    printf '{"score": 0, "output": "Exercises.swift does not compile:\\n%s", "tests": []}\n' \
      "$(json_text <"$results/$name.txt")" >"$results/$name.json"
  fi
  [ -f "$results/$name.json" ] \
    || printf '{"score": 0, "output": "the check did not come to its end", "tests": []}\n' >"$results/$name.json"
  right=$(grep -c '"status" : "passed"' "$results/$name.json" || true)
  total=$(grep -c '"status" : ' "$results/$name.json" || true)
  echo "\"${name//\"/\"\"}\",$right,$total" >>"$results/results.csv"
  echo "$name: $right of $total"
done
[ "$count" -gt 0 ] || fail "$submissions has neither NAME/Exercises.swift nor NAME.swift"
