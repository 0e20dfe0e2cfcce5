#!/usr/bin/env bash
# For students: which exercises of all lessons are solved, and how to begin one lesson's exercises again.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: Lessons/exercises.sh status [LESSON…] [--programs DIR]
       Lessons/exercises.sh reset LESSON [--from COMMIT]

status      checks the exercises of all lessons, or of some of them: ✓ right, ✗ wrong, … not written yet
reset       puts a lesson's Exercises.swift back as it was; yours is kept in Lessons/Saved
--programs  the folder of the lessons' programs, built already (default: they are built first)
--from      the commit with the exercises as they were (default: HEAD, the last commit)
TEXT
}

fail() { echo "exercises.sh: $1" >&2; exit 64; }

root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { usage >&2; exit 64; }
command=$1
shift
[ "$command" != --help ] || { usage; exit 0; }
lessons=() programs="" from=HEAD
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --programs) programs=${2:?--programs needs a folder}; shift 2 ;;
    --from) from=${2:?--from needs a commit}; shift 2 ;;
    -*) fail "unknown option $1; see --help" ;;
    *) lessons+=("$1"); shift ;;
  esac
done

# folder LESSON: the lesson's folder, such as 03-Gradients.
folder() {
  [[ $1 =~ ^[1-9][0-9]?$ ]] || fail "LESSON must be the number of a lesson, got $1"
  local found
  found=$(cd "$root/Lessons" && ls -d "$(printf %02d "$1")"-*/ 2>/dev/null | head -n 1) || true
  [ -n "$found" ] || fail "there is no lesson $1"
  echo "${found%/}"
}

status() {
  local lesson name product text marks right count all=0 solved=0
  if [ ${#lessons[@]} -eq 0 ]; then
    for name in "$root"/Lessons/[0-9][0-9]-*/; do
      name=$(basename "$name")
      lessons+=("$((10#${name%%-*}))")
    done
  fi
  for lesson in "${lessons[@]}"; do
    name=$(folder "$lesson")
    product=lesson$lesson
    if [ -z "$programs" ] && ! (cd "$root" && swift build -c release --product "$product") >/dev/null 2>&1; then
      printf '%2d  %-12s it does not compile: swift build -c release --product %s tells why\n' "$lesson" "${name#*-}" "$product"
      continue
    fi
    text=$("${programs:-$(cd "$root" && swift build -c release --show-bin-path)}/$product" --check 2>/dev/null) || true
    marks=$(sed -nE 's/^(✓|✗|…) [0-9]+\. .*/\1/p' <<<"$text" | tr '\n' ' ')
    right=$(grep -o ✓ <<<"$marks" | wc -l) || true
    count=$(wc -w <<<"$marks")
    all=$((all + count)) solved=$((solved + right))
    # Marks are letters of several bytes, which printf may count.
    printf '%2d  %-12s %s%*s%d of %d\n' "$lesson" "${name#*-}" "$marks" $((count < 5 ? 11 - 2 * count : 1)) "" "$right" "$count"
  done
  echo "In all $solved of $all exercises, with the open numbers; grading uses others."
}

reset() {
  [ ${#lessons[@]} -eq 1 ] || fail "reset takes the number of one lesson"
  local name file saved
  name=$(folder "${lessons[0]}")
  file=Lessons/$name/Exercises.swift
  cd "$root"
  git rev-parse --verify --quiet "$from:$file" >/dev/null || fail "$from has no $file"
  if git show "$from:$file" | cmp -s - "$file"; then
    echo "$file is as it is in $from. If your answers were committed: --from a commit before them; git log -- $file lists all."
    exit 1
  fi
  saved=Lessons/Saved/$name-$(date +%Y%m%d-%H%M%S).swift
  mkdir -p Lessons/Saved
  cp "$file" "$saved"
  git show "$from:$file" >"$file.new"
  mv "$file.new" "$file"
  echo "$file is as it was; your answers are in $saved."
}

case $command in
  status) status ;;
  reset) reset ;;
  *) fail "unknown command $command; see --help" ;;
esac
