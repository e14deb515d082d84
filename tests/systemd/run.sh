#!/bin/bash
# syncd under a real systemd, installed as docs/how-to/install.md says: its shell blocks, and those of two pages beside it, are what is run.
#
#   tests/systemd/run.sh [SUBJECT…]     needs root, debootstrap, systemd-nspawn, ip; without them it is skipped.
#                                       INSTALLED=1 takes up the installation of the last run
#
# Each run begins with an empty Debian 12 in a container without a network but loopback, installs by the guide (install.sh),
# and tries every subject in a container of its own whose changes are forgotten. What was fetched (Debian, packages, wheels)
# stays in $SYNCD_SYSTEMD (/var/tmp/syncd-systemd) for the next run. One line for each check; ends with 1 when one failed.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
folder=${SYNCD_SYSTEMD:-/var/tmp/syncd-systemd}
python=${PYTHON:-$checkout/.venv/bin/python}
netns=syncd-systemd
failed=0 nspawn='' leader='' arxiv='' since='' wheel=''
subjects=(life faults evening hooks timer postgres checkout categories person)

# shellcheck source=tests/systemd/place.sh
. "$here/place.sh"

lacking=$(missing debootstrap systemd-nspawn nsenter ip dpkg-deb "$python")
[ -z "$lacking" ] || { say "skipped: needs $lacking"; exit 0; }
[ "$(id -u)" = 0 ] || { say "skipped: needs root"; exit 0; }
all=1; [ $# = 0 ] || { all=0; subjects=("$@"); }

mkdir -p "$folder"
exec 9>"$folder/lock"
flock -n 9 || { say "another run uses $folder"; exit 1; }
cleanup() { halt; stop_arxiv; ip netns del "$netns" 2>/dev/null; }
trap cleanup EXIT
trap 'exit 130' INT TERM

set -e
prepare
set +e
: >"$folder/tried"; : >"$folder/console.log"
open_network
start_arxiv

tried() { # tried SUBJECT OPTION…: one subject in a container of its own
    local sofar=$failed subject=$1; shift
    say "--- $subject"
    failed=0 since=''
    boot "$folder/root" "$@"
    # shellcheck source=/dev/null
    . "$here/$subject.sh"
    [ "$failed" = 0 ] || { inside journalctl --no-pager >"$folder/$subject.journal" 2>&1; say "      the journal: $folder/$subject.journal"; }
    halt
    [ "$sofar" = 0 ] || failed=1
}

if [ -z "${INSTALLED:-}" ]; then
    rm -rf "$folder/root"
    cp -a --reflink=auto "$folder/base" "$folder/root"
    tried install
fi
for subject in "${subjects[@]}"; do tried "$subject" --volatile=overlay; done

if [ "$all" = 1 ]; then
    say "--- the guide"
    check "every block of it was tried" diff <(sort -u "$folder/tried") <(read_guide | sort)
fi
[ "$failed" = 0 ] && say "all well" || say "something failed"
exit "$failed"
