#!/bin/sh
# chatnode @VERSION@, self-extracting: this script, and after its last line a compressed archive of
# the program and its runtime. The first start unpacks the archive into a cache folder, the first
# usable one of
#   $CHATNODE_CACHE  $CACHE_DIRECTORY/unpacked (systemd's)
#   $XDG_CACHE_HOME/chatnode  $HOME/.cache/chatnode  /var/tmp/chatnode-<uid>
# and every start runs what lies there. What is in it may be deleted while no chatnode is running.

key=@KEY@ # SHA-256 of the archive
start=@START@ # where in this file the archive begins, in bytes from 1
sizes='@SIZES@' # bytes of its files, by name
room=@ROOM@ # MB that they take
for_machine='@MACHINE@'

set -u

fail() { # sentence, hint
  printf 'chatnode: %s.\n' "$1" >&2
  [ -z "${2-}" ] || printf '  %s\n' "$2" >&2
  exit 1
}

# Where the archive was or would be unpacked below a cache folder.
choose() { # cache folder
  cache=$1
  home=$cache/${key%????????????????????????????????}
}

# Looks at `ls -ldn` lines: folders first, then the files of the archive by name. True when nobody
# but this user and root can change what lies there and every file has its size. A power cut after
# the first start is what leaves files short.
trusted() { # lines, number of folders, sizes of the files
  folders=$2
  left="${3-} "
  seen=0
  # Split here and not by `read`, which takes one system call a byte: there are a hundred lines.
  IFS='
'
  set -f
  for entry in $1; do
    IFS=' '
    # shellcheck disable=SC2086 # mode links owner group size ...
    set -- $entry
    seen=$((seen + 1))
    [ $# -ge 9 ] && acceptable "$@" || { left=wrong; break; }
  done
  unset IFS
  set +f
  [ "$seen" -ge "$folders" ] && [ -z "${left# }" ]
}

acceptable() { # fields of a line
  case $3 in "$uid" | 0) ;; *) return 1 ;; esac
  case $1 in ?????w* | ????????w*) return 1 ;; esac
  if [ "$seen" -le "$folders" ]; then
    case $1 in d*) return 0 ;; *) return 1 ;; esac
  fi
  case $1 in -*) ;; *) return 1 ;; esac
  [ "$5" = "${left%% *}" ] || return 1
  left=${left#* }
}

own_cache() {
  trusted "$(LC_ALL=C ls -ldn "$cache" 2>/dev/null)" 1
}

unpacked() {
  [ -d "$home" ] &&
    trusted "$(LC_ALL=C ls -ldn "$cache" "$home" @PATHS@ 2>/dev/null)" 2 "$sizes"
}

# Replaces this script by the program, so that signals and the exit code are its own.
run() { # arguments
  # A shared lock, held as long as the program runs, keeps other versions from pruning it; opening
  # the file sets its time, which says when the program was last started.
  if [ -w "$home/in-use" ]; then
    exec 8>"$home/in-use"
    flock -s 8 2>/dev/null
    [ -x "$home/deno" ] || return 0 # pruned a moment ago
  fi
  umask "$umask_before"
  DENO_DIR=$home/cache DENO_NO_UPDATE_CHECK=1
  export DENO_DIR DENO_NO_UPDATE_CHECK
  unset DENO_V8_FLAGS NODE_OPTIONS # what the program runs with is not the environment's to change
  exec "$home/deno" run @FLAGS@ \
    "$home/@ENTRY@" "$@"
}

archive() {
  tail -c +"$start" "$self"
}

# Ends the program unless the archive is the one that this script was made for.
verify() {
  [ -z "$verified" ] || return 0
  if command -v sha256sum >/dev/null; then sum=$(archive | sha256sum)
  elif command -v shasum >/dev/null; then sum=$(archive | shasum -a 256)
  else fail "Cannot check $self: there is no sha256sum" "Install the package coreutils."
  fi
  [ "${sum%% *}" = "$key" ] ||
    fail "Cannot start $self: it is damaged, its checksum does not match" "Get or build it again."
  verified=yes
}

# Unpacks into a folder beside the final one and renames it: what has its name is whole.
unpack() { # false with the reason in $why
  why='it cannot be made'
  mkdir -p "$cache" 2>/dev/null || return 1
  why='it belongs to somebody else, or others may write to it'
  own_cache || return 1
  why='it cannot be written to'
  (: >"$cache/lock") 2>/dev/null || return 1
  exec 9>"$cache/lock"
  # Without the lock several may unpack at once; the first to rename wins. (busybox has no -w.)
  if flock -w 60 9 2>/dev/null || flock -n 9 2>/dev/null; then alone=yes; else alone=; fi
  ! unpacked || return 0
  verify
  new=$(mktemp -d "$cache/.new.XXXXXXXXXX" 2>/dev/null) || return 1
  printf '#!/bin/sh\n' >"$new/probe" && chmod 700 "$new/probe" || return 1
  why='programs may not be run from it'
  "$new/probe" 2>/dev/null || return 1
  rm -f "$new/probe"
  why="it has no room for $room MB"
  archive | gzip -dc 2>/dev/null | (cd "$new" && tar -xof - 2>/dev/null) || return 1
  : >"$new/in-use"
  "$new/deno" --version >/dev/null 2>&1 ||
    fail "Cannot run chatnode here: this executable is for $for_machine"
  why='it cannot be written to'
  [ -z "$alone" ] || tidy
  mv -T "$new" "$home" 2>/dev/null || { discard && unpacked; }
}

# Called with the lock held: what was left by starts that were killed, what is damaged, and
# versions that nobody has started for 30 days and that do not run.
tidy() {
  for old in "$cache"/.new.* "$cache"/.old.*; do
    [ "$old" = "$new" ] || rm -rf "$old"
  done
  [ ! -e "$home" ] || mv "$home" "$cache/.old.damaged"
  for old in "$cache"/????????????????????????????????; do
    [ -n "$(find "$old/in-use" -prune -mtime +30 2>/dev/null)" ] || continue
    flock -n "$old/in-use" mv "$old" "$cache/.old.${old##*/}" 2>/dev/null
  done
  rm -rf "$cache"/.old.*
}

discard() {
  [ -z "$new" ] || rm -rf "$new"
  new=
}

attempt() { # cache folder, arguments
  choose "$1"
  shift
  if unpacked; then run "$@"; fi
  why=
  new=
  trap discard EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if unpack; then
    trap - EXIT HUP INT TERM
    exec 9>&-
    run "$@"
  fi
  discard
  trap - EXIT HUP INT TERM
  exec 9>&-
  reasons="${reasons:+$reasons
  }$cache: $why."
}

main() {
  PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}
  umask_before=$(umask)
  umask 077
  uid=$(id -u)
  self=$0
  case $self in
    */*) ;;
    *) if [ -f "./$self" ]; then self=./$self; else self=$(command -v "$self"); fi ;;
  esac
  verified= reasons=
  if [ -n "${CHATNODE_CACHE-}" ]; then
    case $CHATNODE_CACHE in
      /*) attempt "$CHATNODE_CACHE" "$@" ;;
      *) attempt "$PWD/$CHATNODE_CACHE" "$@" ;;
    esac
    printf 'chatnode: Cannot use CHATNODE_CACHE: %s.\n' "$why" >&2
  fi
  # A list where the unit names several; a link with DynamicUser, hence the folder in it.
  case ${CACHE_DIRECTORY-} in /*) attempt "${CACHE_DIRECTORY%%:*}/unpacked" "$@" ;; esac
  case ${XDG_CACHE_HOME-} in /*) attempt "$XDG_CACHE_HOME/chatnode" "$@" ;; esac
  case ${HOME-} in /*) attempt "$HOME/.cache/chatnode" "$@" ;; esac
  attempt "/var/tmp/chatnode-$uid" "$@"
  fail "Cannot unpack chatnode: no cache folder can be used" "$reasons
  Set CHATNODE_CACHE to a folder with $room MB of room that programs may be run from."
}

main "$@"
exit 1
