#!/usr/bin/env python3
"""duck.py FILE json|csv SQL TARGET COLUMNS: runs SQL over `bids` in DuckDB with one thread, for compare.py.

Rows go to standard output as JSON arrays, or with a TARGET to that file as JSON lines.
"""
import json, sys

import duckdb

path, form, sql, target, columns = sys.argv[1:6]
connection = duckdb.connect()
connection.execute('SET threads = 1')
if form == 'json':
    source = f"read_json('{path}', columns = {columns}, format = 'newline_delimited')"
else:
    source = f"read_csv('{path}', columns = {columns}, header = false)"
connection.execute(f'CREATE VIEW bids AS SELECT * FROM {source}')
if target:
    connection.execute(f"COPY ({sql}) TO '{target}' (FORMAT json)")
else:
    result = connection.execute(sql)
    while rows := result.fetchmany(10_000):
        sys.stdout.write(''.join(json.dumps(row) + '\n' for row in rows))
