# A person's own daemon, without root.
# shellcheck shell=bash
inside systemctl disable -q --now syncd.service
inside useradd -m -s /bin/bash archivist
guide "As a person, without root" 1
manager() { [ "$(shown ActiveState "user@$(inside id -u archivist).service")" = active ]; }
check "archivist's service manager runs without a login" eventually 20 manager
guide "As a person, without root" 2 archivist
theirs() { as archivist systemctl --user "$@"; }
user_says() { theirs show -p StatusText --value syncd.service | grep -q -- "$1"; }
check "the unit is active" [ "$(theirs is-active syncd.service)" = active ]
check "and fetches" eventually 120 user_says "newest .* complete"
theirs show -p StatusText --value syncd.service | sed 's/^/      /'
check "digests are archivist's" [ "$(inside find /home/archivist/digests -name '*.md' -printf '%u %m\n' | sort -u)" = "archivist 644" ]
check "a command by hand finds the configuration" says "complete\|newest" as archivist /home/archivist/.local/bin/syncd status
check "and works beside it" as archivist /home/archivist/.local/bin/syncd check --full
pid=$(theirs show -p MainPID --value syncd.service)
signal -9 "$pid"
back() { [ "$(theirs is-active syncd.service)" = active ] && [ "$(theirs show -p MainPID --value syncd.service)" != "$pid" ]; }
check "killed, it comes back" eventually 60 back
check "it reads its configuration again" theirs reload syncd.service
check "its log is archivist's to read" says "configuration was reloaded" inside sh -c 'sleep 1; journalctl -o cat _SYSTEMD_USER_UNIT=syncd.service'
check "it ends well" theirs stop syncd.service
check "with success" [ "$(theirs show -p Result --value syncd.service)" = success ]
