#!/bin/sh
# What kill -9 does to a job that reads one topic and writes another: nothing. The sample of security events goes into a
# topic, many times over; a job that looks for readers of lsass.exe is killed again and again until it is through;
# then its output is compared with that of the same query over the file.
#
#   examples/crash.sh                      with the program `millstream` of the PATH
#   MILLSTREAM=target/release/millstream COPIES=300 examples/crash.sh
set -eu

millstream=${MILLSTREAM:-millstream}
copies=${COPIES:-100}
examples=$(dirname "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
data=$folder/data

# Each event gets a number of its own.
for _ in $(seq "$copies"); do cat "$examples/windows-events.jsonl"; done |
  awk '{ sub(/^\{/, "{\"serial\":" NR ","); print }' > "$folder/events.jsonl"
"$millstream" topic create events --queues 4 --data "$data"
"$millstream" produce events --data "$data" < "$folder/events.jsonl"

query="SELECT serial, SourceImage FROM events WHERE EventID = 10 AND TargetImage LIKE '%\\lsass.exe'"
columns="(serial INT, EventID INT, SourceImage STRING, TargetImage STRING)"
cat > "$folder/job.sql" <<END
CREATE TABLE events $columns WITH ('connector' = 'log', 'format' = 'json', 'scan.bounded.mode' = 'latest-offset');
CREATE TABLE alerts (serial INT, SourceImage STRING) WITH ('connector' = 'log', 'format' = 'json');
SET 'pipeline.name' = 'alerts';
SET 'millstream.commit.interval' = '1 ms';
INSERT INTO alerts $query;
END
cat > "$folder/file.sql" <<END
CREATE TABLE events $columns WITH ('connector' = 'filesystem', 'path' = '$folder/events.jsonl', 'format' = 'json');
$query;
END

kills=0
middle=0
while :; do
  "$millstream" run --data "$data" "$folder/job.sql" &
  job=$!
  # A little later each time, so that every moment of its life comes up.
  sleep "0.$(printf '%03d' $(((8 + kills * 8) % 1000)))"
  kill -9 "$job" 2> "$folder/ended" || true
  status=0
  { wait "$job"; } 2> "$folder/ended" || status=$?
  [ "$status" -eq 0 ] && break
  [ "$status" -eq 137 ] || exit "$status"
  kills=$((kills + 1))
  # Events that the job has still to read; it has read some if it is known at all.
  lag=$("$millstream" group list --data "$data" | sed -n 's/.*"lag":\([0-9]*\)}.*/\1/p')
  [ "${lag:-0}" -eq 0 ] || middle=$((middle + 1))
done

"$millstream" consume alerts --data "$data" | sort > "$folder/alerts"
"$millstream" run --output jsonl "$folder/file.sql" | sort > "$folder/expected"
if ! cmp -s "$folder/alerts" "$folder/expected"; then
  echo "the alerts are not those of the file:" >&2
  diff "$folder/expected" "$folder/alerts" | head -n 20 >&2
  exit 1
fi
echo "$(wc -l < "$folder/events.jsonl") events, killed $kills times, $middle of them in the middle:" \
  "each of $(wc -l < "$folder/alerts") alerts stands once"
