# The timer instead of the daemon.
# shellcheck shell=bash
guide "With a timer instead" 1
check "the daemon is gone" state_is inactive
check "the sync ended well" [ "$(shown Result syncd-sync.service)" = success ]
check "the timer is enabled" [ "$(inside systemctl is-enabled syncd-sync.timer)" = enabled ]
check "and waits" says "syncd-sync.service" inside systemctl list-timers --no-pager syncd-sync.timer
check "next in the evening or the morning of New York" says " \(20\|21\|22\|23\):[12][0-9]\| 06:1[0-9]" \
    sh -c "TZ=America/New_York date -d '$(shown NextElapseUSecRealtime syncd-sync.timer)' '+%a %H:%M'"
spans() { inside systemd-analyze calendar --base-time="$1" --iterations=1 "$(inside sed -n 's/^OnCalendar=\(Sun.*\)/\1/p' /etc/systemd/system/syncd-sync.timer)"; }
check "in summer by summer time" says "2026-07-02 00:20:00 UTC" spans "2026-07-01 12:00 UTC"
check "in winter by winter time" says "2026-12-02 01:20:00 UTC" spans "2026-12-01 12:00 UTC"
check "systemd judges the sandbox: 1.2 at most" inside systemd-analyze security --threshold=12 syncd-sync.service
afresh
inside systemctl start syncd-sync.service
check "an empty archive is filled by one" [ "$(inside sh -c 'find /var/lib/syncd/archive -name "*.md" | wc -l')" -gt 40 ]
check "with files as ever" [ "$(inside find /var/lib/syncd/archive -name '*.md' -printf '%u %m\n' | sort -u)" = "syncd 644" ]
afresh
network down
inside systemctl start syncd-sync.service
check "without a network it is no failure: the timer comes again" [ "$(shown Result syncd-sync.service)" = success ]
network up
inside systemctl start syncd.service
check "the daemon may take over again" active
inside systemctl start --no-block syncd-sync.service
check "but not both at once" eventually 20 state_is inactive
