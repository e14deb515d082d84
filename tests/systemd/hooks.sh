# The recipes, as they stand, from within the unit's sandbox: a message, a mail, a webhook, a sign of life.
# shellcheck shell=bash
recipe() { "$python" "$here/guide.py" "$checkout/docs/how-to/alerts.md" "$@"; }
inside apt-get -qq install --no-install-recommends curl jq >/dev/null 2>&1
inside systemctl stop syncd.service
put /etc/systemd/system/sink.service <<'UNIT'
[Service]
ExecStart=/opt/syncd/bin/python -u /srv/tests/sink.py
UNIT
inside systemctl start sink.service
heard() { inside journalctl -u sink.service -o cat --no-pager >"$folder/heard"; grep -q -- "$1" "$folder/heard"; }
eventually 20 heard ready
secret() { inside install -m 0640 -o root -g syncd /dev/stdin "/etc/syncd/$1.curl"; }
say 'url = "http://127.0.0.1:8025/my-topic"' | secret ntfy
say 'url = "smtp://127.0.0.1:2525"' | secret mail
say 'url = "http://127.0.0.1:8025/webhook"' | secret webhook
say 'url = "http://127.0.0.1:8025/alive"' | secret alive
script() { recipe "$1" "$2" | inside install -Dm755 /dev/stdin "/usr/local/lib/syncd/$3"; }
script "A message to a phone: ntfy" 1 ntfy
script "A mail" 1 mail
script "A webhook" 1 chat
check "a hook tried by hand works" inside runuser -u syncd -- env SYNCD_EVENT=problem SYNCD_CODE=test SYNCD_SUBJECT=me \
    SYNCD_MESSAGE='Only a test.' SYNCD_HELP= /usr/local/lib/syncd/ntfy
check "and tells" eventually 10 heard "/my-topic .*Only a test"
webhook="'curl -fsS -m 20 -K /etc/syncd/webhook.curl -o /dev/null -H \"Content-Type: application/json\" --data-binary @-'"
all="['/usr/local/lib/syncd/ntfy', '/usr/local/lib/syncd/mail', '/usr/local/lib/syncd/chat', $webhook]"
printf '[hooks]\non_new = %s\non_problem = %s\non_recovered = %s\n' "$all" "$all" "$all" | inside tee -a $config >/dev/null
check "doctor finds the programs" says "hooks.on_new 4" as_syncd doctor --offline

newest=$(inside find /var/lib/syncd/archive -name '*.md' | sort | tail -1)
afresh
inside sed -i "s/^since = .*/since = $(date -d '-6 days' +%F)/" $config
inside systemctl start syncd.service
day=$(basename "$newest" .md)
check "a new mailing is reported to the phone" eventually 90 heard "/my-topic .*arXiv $day"
check "by mail" eventually 30 heard "Subject: arXiv $day"
check "to the chat" eventually 30 heard "/webhook .*\"text\": *\"arXiv $day"
check "to the webhook with all facts" eventually 30 heard "/webhook .*\"event\": \"new\".*$day"
eventually 60 status_says "next poll"
check "no hook failed" not log_says "hooks\..*exited"
afresh
arxiv_refuses
inside systemctl start syncd.service
check "a problem is reported to the phone" eventually 60 heard "/my-topic .*syncd: stopped"
check "and by mail" eventually 30 heard "Subject: syncd: stopped"
check "the command that helps is in it" heard "requests --release"
check "which releases it" release
inside systemctl reload syncd.service
check "and its end" eventually 60 heard "Subject: syncd: stopped .*is over"
check "all is well then" eventually 60 status_says "next poll.*no gaps"
line=$(recipe "A check from outside: healthchecks" 1 "" | sed 's/^[0-9 *]*syncd //')
check "all well, the job gives a sign of life" inside runuser -u syncd -- sh -c "$line"
check "which is heard" eventually 10 heard /alive
