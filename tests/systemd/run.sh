#!/bin/bash
# syncd under a real systemd: a minimal Debian in a container without a network, installed as docs/operations.md says.
#
#   tests/systemd/run.sh [FOLDER]     needs root, debootstrap, systemd-nspawn; FOLDER (default: /var/tmp/syncd-systemd) is kept
#                                     for the next run. The wheels that the guide installs come from this checkout's .venv.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-/var/tmp/syncd-systemd}
root=$folder/root
failed=0

say() { printf '%s\n' "$*"; }
ok() { say "ok    $1"; }
bad() { say "FAIL  $1"; failed=1; }
check() { local what=$1; shift; if "$@"; then ok "$what"; else bad "$what"; fi; }

for tool in debootstrap systemd-nspawn nsenter; do
    command -v "$tool" >/dev/null || { say "skipped: needs $tool"; exit 0; }
done
[ "$(id -u)" = 0 ] || { say "skipped: needs root"; exit 0; }

if [ ! -e "$root/etc/debian_version" ]; then
    mkdir -p "$folder"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,python3-venv,procps,curl bookworm "$root" \
        >"$folder/debootstrap.log"
fi

# --- the container -------------------------------------------------------------------------------------------------
rm -rf "$root/opt/syncd" "$root/var/lib/syncd" "$root/etc/syncd" "$root/etc/systemd/system/syncd"* "$root/srv/syncd"
systemd-nspawn -q -D "$root" --boot --register=no --keep-unit --console=pipe --private-network \
    --bind-ro="$checkout:/srv/checkout" --link-journal=no >"$folder/console.log" 2>&1 </dev/null &
nspawn=$!
leader=
for _ in $(seq 100); do
    leader=$(pgrep -P "$nspawn" | head -1) && [ -n "$leader" ] && [ -S "/proc/$leader/root/run/systemd/private" ] && break
    sleep 0.2
done
inside() { nsenter -t "$leader" -m -u -i -n -p -C --root env -i -C / PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"; }
cleanup() { inside systemctl poweroff --force --force >/dev/null 2>&1 || kill "$nspawn" 2>/dev/null || true; wait "$nspawn" 2>/dev/null || true; }
trap cleanup EXIT
inside systemctl is-system-running --wait >/dev/null 2>&1 || true

eventually() { local n; for n in $(seq "$1"); do "${@:2}" && return 0; sleep 0.5; done; return 1; }
active() { [ "$(inside systemctl is-active syncd.service)" = active ]; }
failed_now() { [ "$(inside systemctl is-failed syncd.service)" = failed ]; }
status_says() { inside systemctl show -p StatusText --value syncd.service | grep "$1" >/dev/null; }
log_says() { [ -n "$(inside journalctl -u syncd.service --no-pager -o cat | grep -i "$1")" ]; }
main_pid() { inside systemctl show -p MainPID --value syncd.service; }
as_syncd() { inside runuser -u syncd -- /opt/syncd/bin/syncd -c /etc/syncd/config.toml "$@"; }

# --- the installation, as the guide says -----------------------------------------------------------------------------
inside python3 -m venv /opt/syncd
# No network in here: the libraries come from the checkout's environment where it fits this Python, and are pure or ABI-stable.
site=$(inside /opt/syncd/bin/python -c 'import site; print(site.getsitepackages()[0])')
cp -r "$checkout"/.venv/lib/python3.*/site-packages/. "$root$site/"
rm -rf "$root$site"/syncd-*.dist-info "$root$site"/*syncd*.pth "$root$site"/_editable* "$root$site"/__editable*
cp -r "$checkout/syncd" "$root$site/syncd"
rm -rf "$root$site/syncd/migrations"; cp -r "$checkout/alembic" "$root$site/syncd/migrations"
printf '#!/bin/sh\nexec /opt/syncd/bin/python -m syncd "$@"\n' >"$root/opt/syncd/bin/syncd"; chmod 755 "$root/opt/syncd/bin/syncd"
install -Dm644 "$checkout/systemd/syncd.sysusers" "$root/usr/lib/sysusers.d/syncd.conf"
install -Dm644 "$checkout/systemd/syncd.tmpfiles" "$root/usr/lib/tmpfiles.d/syncd.conf"
install -Dm644 "$checkout/systemd/syncd.service" "$root/etc/systemd/system/syncd.service"
inside systemd-sysusers
inside systemd-tmpfiles --create syncd.conf
cat >"$root/etc/systemd/system/arxiv.service" <<UNIT
[Service]
ExecStart=/opt/syncd/bin/python /srv/checkout/tests/systemd/arxiv.py /var/lib/syncd
StandardOutput=truncate:/run/arxiv.toml
UNIT
inside ip link set lo up 2>/dev/null || true
inside systemctl daemon-reload
inside systemctl start arxiv.service
eventually 40 inside test -s /run/arxiv.toml
inside sh -c 'cp /run/arxiv.toml /etc/syncd/config.toml; chmod 644 /etc/syncd/config.toml'

# --- what an administrator sees --------------------------------------------------------------------------------------
check "the unit starts and is ready" inside systemctl start syncd.service
check "it says what comes next in words" eventually 60 status_says "next poll .* New York; newest .* complete; no gaps"
inside systemctl show -p StatusText --value syncd.service
newest=$(inside find /var/lib/syncd/archive -name '*.md' | sort | tail -1)
check "digests are syncd's and readable by everybody" [ "$(inside stat -c '%U %a' "$newest")" = "syncd 644" ]
check "commands of its user work beside it" as_syncd check --full
refused() { ! inside /opt/syncd/bin/syncd -c /etc/syncd/config.toml run >/dev/null 2>"$folder/refused"; grep -q 'runuser -u syncd' "$folder/refused"; }
check "a daemon of another user is refused with the line to use" refused
rss=$(inside ps -o rss= -p "$(main_pid)"); say "      resident: $rss kB"
check "idle it takes at most 55 MB" [ "$rss" -le 56320 ]

before=$(main_pid); inside kill -9 "$before"
restarted() { active && [ "$(main_pid)" != "$before" ]; }
check "killed, it comes back" eventually 90 restarted
check "and has nothing to heal" as_syncd check --full

inside sh -c 'echo "[schedule]
poll_evry = 1" >>/etc/syncd/config.toml'
inside systemctl reload syncd.service
check "a bad configuration is said" eventually 20 status_says "not taken.*poll_evry"
check "and the service goes on" active
inside cp /run/arxiv.toml /etc/syncd/config.toml
inside systemctl reload syncd.service
check "a good one is taken" eventually 20 log_says "the configuration was read again"

inside mkdir -p /run/systemd/system/syncd.service.d
printf '[Service]\nWatchdogSec=6s\nRestartSec=1s\n' >"/proc/$leader/root/run/systemd/system/syncd.service.d/quick.conf"
inside systemctl daemon-reload; inside systemctl restart syncd.service
sleep 8
check "a working daemon feeds its watchdog" active
before=$(main_pid); inside kill -STOP "$before"
check "a hung one is killed by it and started again" eventually 120 restarted
check "the journal says so" eventually 20 log_says "Watchdog timeout"

start=$(date +%s); inside systemctl stop syncd.service; took=$(($(date +%s) - start))
check "it stops within 5 s ($took s)" [ "$took" -le 5 ]
check "and cleanly" [ "$(inside systemctl show -p Result --value syncd.service)" = success ]

inside mv /var/lib/syncd/archive /var/lib/syncd/gone
inside systemctl start syncd.service || true
check "a vanished archive fails the unit" eventually 20 failed_now
check "which is not tried again" [ "$(inside systemctl show -p ExecMainStatus --value syncd.service)" = 6 ]
inside systemctl reset-failed syncd.service

inside mkdir /var/lib/syncd/archive
inside mount -t tmpfs -o size=600k,mode=755 none /var/lib/syncd/archive
inside cp -a /var/lib/syncd/gone/. /var/lib/syncd/archive/
inside sh -c 'rm -f /var/lib/syncd/archive/.syncd-daemon.json; cat /dev/zero >/var/lib/syncd/archive/.filler 2>/dev/null; true'
inside systemctl start syncd.service
check "a full disk is told of, and the service stays" eventually 30 status_says "/var/lib/syncd/archive"
check "in the journal too" log_says "no space\|full"
inside rm /var/lib/syncd/archive/.filler
inside systemctl reload syncd.service
well() { ! status_says "/var/lib/syncd/archive"; }
check "with room again all is well" eventually 30 well
inside systemctl stop syncd.service
inside sh -c 'rm -f /var/lib/syncd/archive/.syncd-daemon.json; mount -o remount,ro /var/lib/syncd/archive'
inside systemctl start syncd.service || true
check "a read-only folder is told of" eventually 20 log_says "read-only\|Read-only"
check "and the service is there all the same" eventually 20 active
inside mount -o remount,rw /var/lib/syncd/archive
inside systemctl reload syncd.service
check "until it can be written again" eventually 40 well
inside systemctl stop syncd.service
inside umount /var/lib/syncd/archive
inside rmdir /var/lib/syncd/archive
inside mv /var/lib/syncd/gone /var/lib/syncd/archive
inside systemctl reset-failed syncd.service 2>/dev/null || true

inside sh -c "echo 'sqlite:////var/lib/syncd/syncd.db' >/etc/syncd/database.url; chmod 600 /etc/syncd/database.url"
inside sed -i 's|^url = "sqlite.*|url_file = "/run/credentials/syncd.service/database"|' /etc/syncd/config.toml
printf '[Service]\nLoadCredential=database:/etc/syncd/database.url\n' >"/proc/$leader/root/run/systemd/system/syncd.service.d/secret.conf"
inside systemctl daemon-reload
inside systemctl start syncd.service
check "a database named by a credential is found" eventually 60 status_says "no gaps"
inside systemctl stop syncd.service

inside systemctl stop arxiv.service
inside systemctl start syncd.service
check "without a network it starts and waits" active
inside systemctl stop syncd.service

[ "$failed" = 0 ] && say "all well" || say "something failed; see $folder/console.log"
exit "$failed"
