# The place where syncd is tried: an empty Debian, packages and wheels for it, a container with nothing but a loopback arXiv,
# and how a check is said. Sourced by run.sh; it tries nothing itself.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }
ok() { say "ok    $1"; }
bad() { say "FAIL  $1"; failed=1; }
check() { local what=$1; shift; if "$@" >"$folder/last" 2>&1; then ok "$what"; else bad "$what"; tail -n 12 "$folder/last" | sed 's/^/      | /'; fi; }
not() { ! "$@"; }
eventually() { local end=$((SECONDS + $1)); shift; until "$@"; do [ "$SECONDS" -lt "$end" ] || return 1; sleep 0.3; done; }
missing() { local tool; for tool in "$@"; do command -v "$tool" >/dev/null || printf '%s ' "$tool"; done; }

# --- what is fetched once -------------------------------------------------------------------------------------------------
how_to=$checkout/docs/how-to
read_guide() { "$python" "$here/guide.py" "$how_to/install.md:$how_to/upgrade.md:$how_to/postgresql.md:$how_to/categories.md" "$@"; }
packages() { # every package that a line of the guide installs, and what the tests themselves need
    read_guide | while read -r line; do read_guide "${line% *}" "${line##* }"; done |
        sed -n 's/ *#.*//; s/^apt-get install --no-install-recommends //p'
    say curl jq openssh-server
}

prepare() {
    mkdir -p "$folder"
    [ -e "$folder/base/.done" ] || { rm -rf "$folder/base"; say "      fetching an empty Debian"; make_base; }
    local wanted; wanted=$(packages | xargs -n1 | sort -u)
    [ "$(cat "$folder/debs/.done" 2>/dev/null)" = "$wanted" ] || { say "      fetching packages"; fetch_packages "$wanted"; }
    wanted=$(cat "$checkout/constraints.txt" "$checkout/pyproject.toml" | sha256sum)
    [ "$(cat "$folder/wheels/.done" 2>/dev/null)" = "$wanted" ] || { say "      fetching wheels"; fetch_wheels "$wanted"; }
    rm -f "$folder"/wheels/syncd-*.whl
    (cd "$checkout" && "$python" -m hatchling build -t wheel -d "$folder/wheels" >"$folder/build.log" 2>&1)
    wheel=/srv/wheels/$(basename "$folder"/wheels/syncd-*.whl)
}

make_base() {
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm "$folder/base" >"$folder/debootstrap.log"
    touch "$folder/base/.done"
}

fetch_packages() { # as the empty Debian itself would choose them
    rm -rf "$folder/debs" "$folder/fetch"
    cp -a "$folder/base" "$folder/fetch"
    mkdir -p "$folder/debs/partial"
    cp -L /etc/resolv.conf "$folder/fetch/etc/resolv.conf"
    chroot "$folder/fetch" apt-get -qq update
    # shellcheck disable=SC2086  # words
    chroot "$folder/fetch" apt-get -qq -y --download-only --no-install-recommends install $1
    mv "$folder"/fetch/var/cache/apt/archives/*.deb "$folder/debs/"
    rm -rf "$folder/fetch" "$folder/debs/partial"
    local deb
    for deb in "$folder"/debs/*.deb; do
        dpkg-deb -f "$deb"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" "$(sha256sum <"$deb" | cut -d' ' -f1)"
    done >"$folder/debs/Packages"
    say "$1" >"$folder/debs/.done"
}

fetch_wheels() { # for Debian 12's Python, whichever runs the tests
    local platforms=() name
    for name in manylinux_2_17 manylinux2014 manylinux_2_28; do platforms+=(--platform "${name}_$(uname -m)"); done
    rm -rf "$folder/wheels"
    mkdir -p "$folder/wheels"
    # shellcheck disable=SC2046  # words
    "$python" -m pip download -q -d "$folder/wheels" --only-binary :all: --python-version 3.11 --implementation cp \
        --abi cp311 --abi abi3 --abi none "${platforms[@]}" -c "$checkout/constraints.txt" $("$python" - "$checkout/pyproject.toml" <<'PYTHON'
import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
print(*(one.replace(" ", "") for one in [*project["dependencies"], *project["optional-dependencies"]["postgres"]]))
PYTHON
) 2>"$folder/download.log"
    say "$1" >"$folder/wheels/.done"
}

# --- the network: loopback, and arXiv on it -----------------------------------------------------------------------------
network() { ip -n "$netns" link set lo "$1"; } # up, down

open_network() {
    ip netns del "$netns" 2>/dev/null || true
    ip netns add "$netns"
    network up
}

start_arxiv() { # start_arxiv [SECONDS [CATEGORY…]]: its mailings are so late, and are those of these categories
    stop_arxiv
    : >"$folder/arxiv.env"
    ip netns exec "$netns" env PYTHONPATH="$checkout" "$python" "$here/arxiv.py" 2025-12-20 "${@:-0}" >"$folder/arxiv.env" 2>"$folder/arxiv.log" &
    arxiv=$!
    eventually 60 grep -q TIMEOUT "$folder/arxiv.env"
    { say '[Manager]'; sed 's/.*/DefaultEnvironment="&"/' "$folder/arxiv.env"; } >"$folder/arxiv.conf"
}

arxiv_announces() { kill -USR2 "$arxiv"; } # what is late comes out
arxiv_reports() { : >"$folder/arxiv.log"; kill -HUP "$arxiv"; sleep 0.5; cat "$folder/arxiv.log"; } # every request so far
arxiv_refuses() { kill -USR1 "$arxiv"; } # the next question is answered by a 403

stop_arxiv() {
    [ -z "$arxiv" ] || { kill -CONT "$arxiv"; kill "$arxiv"; wait "$arxiv"; } 2>/dev/null || true
    arxiv=
}

# --- the container ----------------------------------------------------------------------------------------------------------
boot() { # boot TREE [OPTION…]
    local tree=$1; shift
    systemd-nspawn -q -D "$tree" "$@" --boot --register=no --keep-unit --console=pipe --link-journal=no \
        --network-namespace-path="/run/netns/$netns" --bind-ro="$folder/debs:/srv/debs" --bind-ro="$folder/wheels:/srv/wheels" \
        --bind-ro="$folder/arxiv.conf:/etc/systemd/system.conf.d/arxiv.conf" \
        --bind-ro="$folder/arxiv.conf:/etc/systemd/user.conf.d/arxiv.conf" --bind-ro="$here:/srv/tests" \
        >>"$folder/console.log" 2>&1 </dev/null &
    nspawn=$!
    eventually 60 booted || { say "the container does not boot; see $folder/console.log"; exit 1; }
    inside systemctl is-system-running --wait >/dev/null 2>&1 || true
}
booted() { leader=$(pgrep -P "$nspawn" | head -1) && [ -n "$leader" ] && [ -S "/proc/$leader/root/run/systemd/private" ]; }

halt() {
    [ -n "$nspawn" ] || return 0
    inside systemctl poweroff >/dev/null 2>&1 </dev/null || true
    eventually 60 not kill -0 "$nspawn" 2>/dev/null || kill "$nspawn"
    wait "$nspawn" 2>/dev/null || true
    nspawn=
}

inside() { # a command in the container, as root, with what the guide takes as given
    local given; mapfile -t given <"$folder/arxiv.env"
    nsenter -t "$leader" -m -u -i -n -p -C --root env -i -C / PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PIP_NO_INDEX=1 PIP_FIND_LINKS=/srv/wheels \
        PIP_DISABLE_PIP_VERSION_CHECK=1 WHEEL="$wheel" "${given[@]}" "$@"
}
as() { local who=$1; shift; inside runuser -u "$who" -- env HOME="$(inside sh -c "echo ~$who")" XDG_RUNTIME_DIR="/run/user/$(inside id -u "$who")" "$@"; }
put() { inside sh -c 'mkdir -p "${1%/*}" && cat >"$1"' put "$1"; }

# guide HEADING NUMBER [USER]: that block of the guide as it stands, in one shell that ends at the first failure
guide() {
    local block; block=$(read_guide "$1" "$2")
    say "$1 $2" >>"$folder/tried"
    local way=(inside); [ -z "${3:-}" ] || way=(as "$3")
    check "the guide: $1, block $2" "${way[@]}" bash -exuo pipefail -c "cd; $block" </dev/null
}

# --- the service, as an administrator sees it -----------------------------------------------------------------------------
config=/etc/syncd/config.toml
shown() { inside systemctl show -p "$1" --value "${2:-syncd.service}"; }
state_is() { [ "$(shown ActiveState)" = "$1" ]; }
active() { state_is active; }
status_says() { shown StatusText | grep -q -- "$1"; }
complete() { status_says "newest .* complete; no gaps"; }
journal() { inside journalctl -u syncd.service --no-pager -o cat "$@"; }
mark() { inside journalctl --sync; since=$(inside date '+%F %T.%N'); sleep 0.01; }
log_says() { journal ${since:+--since "$since"} >"$folder/journal"; grep -qi -- "$1" "$folder/journal"; }
restarted() { active && [ "$(shown MainPID)" != "$1" ]; }
syncd() { inside syncd -c "$config" "$@"; }
as_syncd() { inside runuser -u syncd -- syncd -c "$config" "$@"; }
release() { # by the command that the journal names
    local host; journal >"$folder/journal"; host=$(grep -o 'requests --release [^ ;,]*' "$folder/journal" | tail -1)
    [ -n "$host" ] && as_syncd requests --release "${host##* }"
}
turn() { inside sh -c 'grep -l "^PPid:.$1\$" /proc/[0-9]*/status | cut -d/ -f3 | grep .' turn "$(shown MainPID)" 2>/dev/null; }
signal() { inside bash -c 'kill "$@"' kill "$@"; } # the shell's own: the empty Debian has no other
resident() { inside sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }
says() { local words=$1; shift; "$@" >"$folder/said" 2>&1; grep -q -- "$words" "$folder/said" || { cat "$folder/said"; return 1; }; }
dropin() { put "/etc/systemd/system/syncd.service.d/$1.conf"; inside systemctl daemon-reload; }
undrop() { inside rm -f "/etc/systemd/system/syncd.service.d/$1.conf"; inside systemctl daemon-reload; }
afresh() { inside systemctl stop syncd.service; inside systemctl reset-failed syncd.service 2>/dev/null; inside find /var/lib/syncd -mindepth 1 -delete; }
