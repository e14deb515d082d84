# From an empty Debian to a running unit, by the guide. What is installed here is what the other subjects begin with.
# shellcheck shell=bash
say 'deb [trusted=yes] file:/srv/debs ./' | put /etc/apt/sources.list
say 'APT::Get::Assume-Yes "true";' | put /etc/apt/apt.conf.d/90unattended
check "nothing of syncd is there" not inside sh -c 'command -v syncd python3'

guide Installation 1
guide Installation 2
check "the unit is active as soon as it is enabled" active
check "and says what comes next in words" eventually 120 status_says "next poll .* New York; newest .* complete"
guide Installation 3
inside systemctl reload syncd.service
filled() { complete && not status_says "wait for a backfill"; }
check "after the backfill no gap is left and nothing waits" eventually 60 filled
say "      $(shown StatusText)"
guide Installation 4
check "man finds the page of the program" says "syncd" inside man -P cat syncd
check "and the one of its configuration" says "poll_every" inside man -P cat syncd.toml
check "and names both" says "^syncd.toml (5)" inside sh -c 'mandb -q; whatis syncd.toml'
completes() { says "backfill" inside bash -c '
    . /usr/share/bash-completion/bash_completion
    _completion_loader syncd
    COMP_WORDS=(syncd back) COMP_CWORD=1 COMP_LINE="syncd back" COMP_POINT=10
    "$(complete -p syncd | sed "s/.*-F \([^ ]*\).*/\1/")" syncd back syncd; printf "%s\n" "${COMPREPLY[@]}"'; }
check "bash completes its commands" completes
guide Upgrading 1
check "and after an upgrade it goes on" eventually 60 complete

newest=$(inside find /var/lib/syncd/archive -name '*.md' | sort | tail -1)
check "digests are syncd's and readable by everybody" [ "$(inside stat -c '%U %a' "$newest")" = "syncd 644" ]
check "as are the folders" [ "$(inside stat -c '%U %a' /var/lib/syncd /var/lib/syncd/archive "${newest%/*}" | sort -u)" = "syncd 755" ]
check "the user owns nothing else" [ -z "$(inside find / -xdev -user syncd -not -path '/var/lib/syncd*' -not -path '/proc/*' | head -3)" ]
check "systemd judges the unit as it is loaded: 1.2 at most" inside systemd-analyze security --threshold=12 syncd.service
check "nothing in the journal is a warning of systemd's" not inside sh -c 'journalctl -u syncd -o cat | grep -i "unknown\|deprecated\|ignoring"'
