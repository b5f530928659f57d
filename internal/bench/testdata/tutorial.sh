#!/bin/sh
# The restore of the tutorial "How To Back Up and Restore Your Redis Data", in its
# order and with its commands. Where it says "service redis-server stop" and "start",
# the process is ended and started as a service manager does, since a benchmark has
# none; its editor is sed, and where it has a person look, the script looks ten times
# a second. Since Redis 7.0 the AOF is a directory.
#
#   tutorial.sh DATA CONF SOCKET PIDFILE BACKUP
set -eu
data=$1 conf=$2 socket=$3 pidfile=$4 backup=$5

cli() { redis-cli -s "$socket" "$@"; }

stop() {
	pid=$(cat "$pidfile")
	kill "$pid"
	while [ -e "/proc/$pid" ]; do sleep 0.1; done
}

start() {
	setsid redis-server "$conf" >/dev/null 2>&1 &
	until [ "$(cli ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
}

stop                                              # Stopping Redis
mv "$data/dump.rdb" "$data/dump.rdb.old"          # Renaming Current dump.rdb
mv "$data/appendonlydir" "$data/appendonlydir.old" # If AOF Is Enabled, Turn It Off
sed -i 's/^appendonly yes/appendonly no/' "$conf"
cp -p "$backup" "$data/dump.rdb"                  # Restoring the dump.rdb File
chmod 660 "$data/dump.rdb"                        # Setting Permissions
start                                             # Starting Redis
cli get which                                     # Checking Database Contents
cli bgrewriteaof                                  # Enabling AOF
until cli info persistence | grep -q '^aof_rewrite_in_progress:0'; do sleep 0.1; done
stop
sed -i 's/^appendonly no/appendonly yes/' "$conf"
start
cli get which
