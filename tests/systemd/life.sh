# A life: boot, commands beside it, a kill, a reload, the watchdog, the end.
# shellcheck shell=bash
check "after a boot it is there again" eventually 60 active
check "and well" eventually 60 complete
check "commands of its user work beside it" as_syncd check --full
check "reading works for root, too" syncd status
check "and for every other user" inside runuser -u nobody -- syncd -c "$config" status
check "and leaves nothing of root's" [ -z "$(inside find /var/lib/syncd -not -user syncd)" ]
newest=$(inside find /var/lib/syncd/archive -name '*.md' | sort | tail -1)
inside mv "$newest" /var/tmp/aside
check "a writing command of root is refused with the line to use" says "runuser -u syncd -- syncd" syncd repair
check "and one of another user" says "sudo -u syncd\|readonly" inside runuser -u nobody -- syncd -c "$config" repair
check "its user's is taken" as_syncd repair
check "and brings the same bytes" inside cmp "$newest" /var/tmp/aside
check "a daemon of another user, too" says "runuser -u syncd -- syncd" syncd run
check "and a second one of its own user" says "syncd run" as_syncd run
status_of() { "$@" >/dev/null 2>&1; say $?; }
check "which ends with 11" [ "$(status_of as_syncd run)" = 11 ]
check "doctor finds no fault as its user" as_syncd doctor
check "nor as root" syncd doctor
check "which names the unit's state" says "active (running), enabled" syncd doctor --offline
check "and the user to be" says "run syncd as syncd: runuser -u syncd" syncd doctor --offline
rss=$(resident "$(shown MainPID)"); say "      resident when idle: $rss kB"
check "idle it takes at most 40 MB" [ "$rss" -le 40960 ]

before=$(shown MainPID); signal -9 "$before"
check "killed, it comes back" eventually 60 restarted "$before"
check "and has nothing to heal" as_syncd check --full

# Killed in the middle of its first sync: an empty archive, answers that take their time.
say '[Service]
Environment=SYNCD_UPSTREAM__LISTING_INTERVAL=1s SYNCD_UPSTREAM__API_INTERVAL=1s
RestartSec=1s' | dropin slow
afresh
inside systemctl start --no-block syncd.service
several() { [ "$(inside find /var/lib/syncd/archive -name '*.md' 2>/dev/null | wc -l)" -ge "$1" ]; }
check "at its first start it fetches one mailing after the other" eventually 90 several 3
before=$(shown MainPID); signal -9 "$before" "$(turn)"
check "killed together with its turn, it comes back" eventually 60 restarted "$before"
undrop slow
before=$(shown MainPID); inside systemctl kill -s KILL syncd.service
check "the whole group killed, it comes back" eventually 90 restarted "$before"
check "and goes on to the end" eventually 120 several 40
held() { eventually 120 status_says "newest .* complete"; }
check "until all is held" held
check "with nothing to heal" as_syncd check --full
check "and no traceback" not log_says "traceback"

mark
inside sh -c 'printf "[schedule]\npoll_evry = 1\n" >>/etc/syncd/config.toml'
inside systemctl reload syncd.service
check "a bad configuration is said" eventually 20 status_says "rejected.*poll_evry"
check "and the service goes on" active
inside sed -i 's/poll_evry.*/poll_every = "10m"/' $config
inside systemctl reload syncd.service
check "a good one is used" eventually 20 log_says "the configuration was reloaded"
check "and the line is the old one again" eventually 30 status_says "next poll"
inside sed -i 's|^since.*|since = 2026-02-01|' $config
inside systemctl reload syncd.service
check "what needs a restart says so" eventually 20 status_says "rejected: archive.*restart"
inside sed -i 's|^since.*|since = 2026-01-01|' $config

say '[Service]
WatchdogSec=6s
RestartSec=1s' | dropin quick
inside systemctl restart syncd.service
sleep 8
check "a working daemon feeds its watchdog" active
before=$(shown MainPID); mark; signal -STOP "$before"
check "a hung one is killed by it and started again" eventually 60 restarted "$before"
check "the journal says so" eventually 20 log_says "Watchdog timeout"

# A turn that hangs, not the daemon: arXiv does not answer, so that there is time to stop it.
say '[Service]
WatchdogSec=70s
RestartSec=1s' | dropin quick
afresh
kill -STOP "$arxiv"
mark
inside systemctl start --no-block syncd.service
asking() { active && turn; }
check "a turn waits for arXiv" eventually 60 asking
before=$(shown MainPID); signal -STOP "$(turn)"
kill -CONT "$arxiv"
check "a turn that hangs is killed and reported" eventually 60 log_says "gave no sign of life"
check "in the status line" eventually 20 status_says "turn"
check "the daemon goes on" [ "$(shown MainPID)" = "$before" ]
inside systemctl reload syncd.service
check "and another turn does what was to be done" eventually 90 status_says "newest .* complete"
undrop quick

inside systemctl restart syncd.service
start=$SECONDS; inside systemctl stop syncd.service; took=$((SECONDS - start))
check "it stops within 5 s ($took s)" [ "$took" -le 5 ]
check "and cleanly" [ "$(shown Result)" = success ]
mark
for _ in 1 2 3; do
    inside systemctl reload-or-restart syncd.service; sleep 0.4; inside systemctl stop syncd.service
done
check "nor does it complain when its turn has only just begun" not log_says "traceback"
afresh
inside systemctl start --no-block syncd.service
eventually 60 several 1
start=$SECONDS; inside systemctl stop syncd.service; took=$((SECONDS - start))
check "in the middle of its work, too ($took s)" [ "$took" -le 6 ]
check "as cleanly" [ "$(shown Result)" = success ]
check "with nothing half done" not inside sh -c 'find /var/lib/syncd/archive -name "*.tmp-*" | grep .'
