# A PostgreSQL server: on this host, gone and back, not there at the start, with a password; and a second host.
# shellcheck shell=bash
guide PostgreSQL 1
guide PostgreSQL 3
check "a copy of the archive has its mailings" inside runuser -u syncd -- psql -qtAc "SELECT 1 / count(*) FROM mailing" syncd
inside sed -i "s|^url = \"sqlite.*|$(read_guide PostgreSQL 1 toml | sed -n 's/&/\\&/; /^url/p')|" $config
guide PostgreSQL 2
check "the copy is the archive from now on" eventually 120 status_says "newest .* complete"
say "      $(shown StatusText)"
check "check finds nothing" as_syncd check --full

before=$(shown MainPID)
mark
inside systemctl stop postgresql.service
inside systemctl reload syncd.service
check "a server that is gone is reported" eventually 60 log_says "database"
check "in the status line" eventually 60 status_says "database\|server\|syncd?host"
say "      $(shown StatusText)"
check "and the service stays" active
inside systemctl start postgresql.service
well() { status_says "newest .* complete"; }
check "back again, it heals by itself" eventually 360 well
check "it was not restarted for it" [ "$(shown MainPID)" = "$before" ]

inside systemctl stop syncd.service postgresql.service
inside systemctl start --no-block syncd.service
check "started before its server, it waits and says so" eventually 30 status_says "waiting for"
check "activating" state_is activating
inside systemctl start postgresql.service
check "and begins when it is there" eventually 60 active
check "and is well" eventually 60 well

inside runuser -u postgres -- psql -qc "ALTER ROLE syncd PASSWORD 'secret'"
inside sed -i '/^url = /d' $config
guide PostgreSQL 4
check "with a password from a credential it is well" eventually 60 well
check "and shows it nowhere" not inside sh -c 'journalctl -b -u syncd.service -o cat | grep secret; systemctl show syncd.service | grep syncd:secret'
check "nor is the file for others" [ "$(inside stat -c '%U %a' /etc/syncd/database.url)" = "root 600" ]

undrop database
inside sh -c "echo 'url = \"postgresql+psycopg:///syncd?host=/run/postgresql\"' | sed -i '/^\[database\]/r /dev/stdin' $config"
inside systemctl restart syncd.service
eventually 60 well
inside sh -c "sed 's|/var/lib/syncd/archive|/var/lib/syncd/further|' $config >/etc/syncd/further.toml"
inside install -d -o syncd -g syncd /var/lib/syncd/further
inside systemd-run -q -u further --uid=syncd syncd -c /etc/syncd/further.toml run --join
alike() { inside diff -rq -x '.syncd*' -x 'SHA256SUMS*' /var/lib/syncd/archive /var/lib/syncd/further; }
check "a further host joins and writes the same files" eventually 120 alike
follows() { says "not the leader" inside journalctl -u further -o cat; }
check "one of them leads" eventually 30 follows
mark
inside systemctl stop syncd.service
leads() { [ -n "$(inside journalctl -u further -o cat --since "$since" | grep 'this host leads')" ]; }
check "when the leader ends the other one takes over" eventually 70 leads
