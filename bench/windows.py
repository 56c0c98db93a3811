#!/usr/bin/env python3
"""windows.py EVENTS.jsonl[.zst] : three detection queries over Windows security events, compared with DuckDB.

EVENTS is a file of JSON lines as the Security-Datasets project publishes them. Each query runs in Millstream and in
DuckDB; the rows must be the same. MILLSTREAM is the program, default target/release/millstream.
"""
import json, os, pathlib, subprocess, sys, tempfile, time

import duckdb

HERE = pathlib.Path(__file__).resolve().parent
TABLE = """
CREATE TABLE events (
  EventID INT, Channel STRING, Hostname STRING, UtcTime STRING, `@timestamp` STRING, tags ARRAY<STRING>, Image STRING, SourceImage STRING,
  TargetImage STRING, GrantedAccess STRING, CallTrace STRING, CommandLine STRING, TargetObject STRING, Details STRING, Message STRING
) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'json', 'json.ignore-parse-errors' = 'true');
"""
DUCK = """{EventID: 'INT', Channel: 'VARCHAR', Hostname: 'VARCHAR', UtcTime: 'VARCHAR', "@timestamp": 'VARCHAR', tags: 'VARCHAR[]',
  Image: 'VARCHAR', SourceImage: 'VARCHAR', TargetImage: 'VARCHAR', GrantedAccess: 'VARCHAR', CallTrace: 'VARCHAR',
  CommandLine: 'VARCHAR', TargetObject: 'VARCHAR', Details: 'VARCHAR', Message: 'VARCHAR'}"""

# Name, Flink SQL, DuckDB's SQL where it differs.
QUERIES = [
    ('reads of the memory of lsass (LIKE, IN)', r"""
SELECT UtcTime, Hostname, SourceImage, GrantedAccess, CHAR_LENGTH(CallTrace) AS trace
FROM events
WHERE EventID = 10 AND TargetImage LIKE '%lsass.exe' AND GrantedAccess IN ('0x1010', '0x1410', '0x1438', '0x143a', '0x1fffff')""",
     r"""
SELECT UtcTime, Hostname, SourceImage, GrantedAccess, length(CallTrace) AS trace
FROM events
WHERE EventID = 10 AND TargetImage LIKE '%lsass.exe' AND GrantedAccess IN ('0x1010', '0x1410', '0x1438', '0x143a', '0x1fffff')"""),
    ('encoded commands of PowerShell (regular expressions)', r"""
SELECT `@timestamp`, EventID, Hostname, REGEXP_EXTRACT(Message, '-[eE][nN][cC][a-zA-Z]* +([A-Za-z0-9+/=]{20})', 1) AS encoded
FROM events
WHERE REGEXP(Message, '[pP]ower[sS]hell(\.exe)?"? .*-[eE][nN][cC][a-zA-Z]* +[A-Za-z0-9+/=]{20}')""",
     r"""
SELECT "@timestamp", EventID, Hostname, regexp_extract(Message, '-[eE][nN][cC][a-zA-Z]* +([A-Za-z0-9+/=]{20})', 1) AS encoded
FROM events
WHERE regexp_matches(Message, '[pP]ower[sS]hell(\.exe)?"? .*-[eE][nN][cC][a-zA-Z]* +[A-Za-z0-9+/=]{20}')"""),
    ('keys that service hosts wrote, by host (nested field, LIKE, CASE, GROUP BY)', r'''
SELECT Hostname, tags[1] AS tag,
  CASE WHEN TargetObject LIKE '%\Services\%' THEN 'service' WHEN TargetObject LIKE '%\CurrentVersion\%' THEN 'version' ELSE 'other' END AS kind,
  COUNT(*) AS n, COUNT(DISTINCT Image) AS images, MIN(UtcTime) AS first_seen
FROM events
WHERE EventID IN (12, 13) AND LOWER(Image) LIKE '%\svchost.exe'
GROUP BY Hostname, tags[1],
  CASE WHEN TargetObject LIKE '%\Services\%' THEN 'service' WHEN TargetObject LIKE '%\CurrentVersion\%' THEN 'version' ELSE 'other' END''', None),
]


def normal(rows):
    return sorted(json.dumps(list(row), ensure_ascii=False) for row in rows)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = pathlib.Path(sys.argv[1]).resolve()
    millstream = os.environ.get('MILLSTREAM', str(HERE.parent / 'target/release/millstream'))
    duck = duckdb.connect()
    duck.execute(f"CREATE VIEW events AS SELECT * FROM read_json('{path}', columns = {DUCK}, format = 'newline_delimited')")
    failed = False
    for name, sql, other in QUERIES:
        with tempfile.NamedTemporaryFile('w', suffix='.sql', encoding='utf-8') as script:
            script.write(TABLE.format(path=path) + sql + ';\n')
            script.flush()
            start = time.monotonic()
            out = subprocess.run([millstream, 'run', '--output', 'jsonl', script.name], stdout=subprocess.PIPE, check=True).stdout
            seconds = time.monotonic() - start
        mine = normal(json.loads(line).values() for line in out.decode('utf-8').splitlines())
        start = time.monotonic()
        theirs = normal(duck.execute(other or sql.replace('`', '"')).fetchall())
        print(f'{name}: {len(mine)} rows, {"the same" if mine == theirs else "NOT THE SAME"} as DuckDB; '
              f'{seconds:.2f} s, DuckDB {time.monotonic() - start:.2f} s')
        if mine != theirs:
            failed = True
            for side, rows in (('only Millstream', set(mine) - set(theirs)), ('only DuckDB', set(theirs) - set(mine))):
                for row in sorted(rows)[:5]:
                    print(f'  {side}: {row[:300]}')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
