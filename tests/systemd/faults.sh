# What a disk, a folder and arXiv can do to a running service: it stays, says so, and heals; a vanished archive ends it.
# shellcheck shell=bash
idle() { ! turn >/dev/null; }
look() { eventually 60 idle; inside systemctl reload syncd.service; } # in the middle of a turn it waits for the next beat
eventually 60 complete

# arXiv says 403: nothing more is asked until a person says so.
inside rm -f /var/lib/syncd/archive/.syncd-daemon.json
afresh
arxiv_refuses
inside systemctl start syncd.service
check "a 403 stops everything" eventually 60 log_says "answered 403, or asked for a very long pause; nothing is asked any more"
check "the journal names the command that releases it" release
look
check "released, it fetches what was missing" eventually 120 complete

file=$(inside find /var/lib/syncd/archive -name '*.md' | sort | tail -1)
inside cp -p "$file" /var/tmp/aside
inside sed -i '1s/$/!/' "$file"
check "an edited file is found" says "file-" as_syncd check --full
check "and the command named that helps" says "syncd repair\|syncd adopt" as_syncd check --full
inside cp -p /var/tmp/aside "$file"
check "put back, all is well" as_syncd check --full

inside systemctl stop syncd.service
inside mv /var/lib/syncd/archive /var/lib/syncd/gone
inside systemctl start syncd.service
check "a vanished archive fails the unit" eventually 20 state_is failed
check "which is not tried again" [ "$(shown ExecMainStatus)" = 6 ]
check "it says what it looks like" log_says "the marker is missing"
inside systemctl reset-failed syncd.service

inside mkdir /var/lib/syncd/archive
inside mount -t tmpfs -o size=4M,mode=755 none /var/lib/syncd/archive
inside chown syncd: /var/lib/syncd/archive
inside cp -a /var/lib/syncd/gone/. /var/lib/syncd/archive/
inside sh -c 'rm -f /var/lib/syncd/archive/.syncd-daemon.json; cat /dev/zero >/var/lib/syncd/archive/.filler 2>/dev/null; true'
mark
inside systemctl start syncd.service
check "a full disk is reported, and the service stays" eventually 30 status_says "/var/lib/syncd/archive"
check "in the journal too" log_says "no space\|full"
check "it is active" active
inside rm /var/lib/syncd/archive/.filler
look
well() { status_says "next poll" && ! status_says "/var/lib/syncd/archive"; }
check "with room again all is well" eventually 30 well
inside systemctl stop syncd.service
inside sh -c 'rm -f /var/lib/syncd/archive/.syncd-daemon.json; mount -o remount,ro /var/lib/syncd/archive'
mark
inside systemctl start syncd.service
check "a read-only folder is reported" eventually 20 log_says "read-only"
check "and the service is there all the same" eventually 20 active
inside mount -o remount,rw /var/lib/syncd/archive
inside systemctl restart syncd.service
check "until it can be written again and the service was restarted, as the guide says" eventually 40 well
inside sh -c 'chown root: /var/lib/syncd/archive; rm "$1"' sh /var/lib/syncd/archive/.syncd-daemon.json
inside systemctl restart syncd.service
check "a folder of another user is reported" eventually 60 status_says "archive.*ermission denied"
check "and does not end it" active
inside sh -c 'chown syncd: /var/lib/syncd/archive'
look
check "its own again, it heals by itself" eventually 60 well
inside systemctl stop syncd.service
inside umount /var/lib/syncd/archive
inside rmdir /var/lib/syncd/archive
inside mv /var/lib/syncd/gone /var/lib/syncd/archive
inside systemctl start syncd.service
check "the right disk again, it goes on" eventually 60 complete

inside systemctl stop syncd.service
inside mv /var/lib/syncd/syncd.db /var/lib/syncd/aside.db
inside systemctl reset-failed syncd.service 2>/dev/null # too many starts in a short time
inside systemctl start syncd.service
check "a database that vanished fails the unit" eventually 20 state_is failed
check "as missing" [ "$(shown ExecMainStatus)" = 10 ]
check "doctor says so" says "database is missing\|no such file" as_syncd doctor --offline
inside mv /var/lib/syncd/aside.db /var/lib/syncd/syncd.db
inside systemctl reset-failed syncd.service
inside systemctl start syncd.service
check "back again, it goes on" eventually 60 complete
