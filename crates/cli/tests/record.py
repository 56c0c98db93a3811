#!/usr/bin/env python3
"""Writes Apache Flink's answers into .slt files.

    FLINK_ORACLE='path/to/flink/run' tests/record.py FILE.slt...

FLINK_ORACLE is a command that takes the name of an SQL script, runs its statements in order on Apache
Flink 2.1, and prints the lines that `millstream run --output changelog` prints. The statements of the
.slt files are kept as they stand; types and rows of each query, and whether a statement fails, are
written anew. A record marked `skipif flink` keeps its own answer.

The form of the files is told in tests/slt/README.md.
"""
import collections, json, os, pathlib, shlex, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE / 'slt' / 'data'


class Record:
    """One statement with the lines around it."""

    def __init__(self, before, skip, kind, argument, sql):
        self.before, self.skip, self.kind, self.argument, self.sql = before, skip, kind, argument, sql
        self.answer = []


def read(path):
    """The records of a file, and the lines after the last one."""
    lines = path.read_text(encoding='utf-8').split('\n')
    records, before, skip, i = [], [], set(), 0
    while i < len(lines):
        words = lines[i].split(None, 1)
        head = words[0] if words else ''
        if head == 'skipif':
            skip.add(words[1].strip())
            before.append(lines[i])
            i += 1
        elif head in ('statement', 'query'):
            argument = words[1] if len(words) > 1 else ''
            sql, i = [], i + 1
            while i < len(lines) and lines[i].strip() and lines[i] != '----':
                sql.append(lines[i])
                i += 1
            record = Record(before, skip, head, argument, '\n'.join(sql))
            if i < len(lines) and lines[i] == '----':
                i += 1
                while i < len(lines) and lines[i]:
                    record.answer.append(lines[i])
                    i += 1
            records.append(record)
            before, skip = [], set()
        else:
            before.append(lines[i])
            i += 1
    return records, before


class Number(str):
    """A JSON number kept as it was written."""


def quote(text):
    """A string as `--output changelog` writes it."""
    short = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t'}
    return '"' + ''.join(short.get(c) or (c if c >= ' ' else f'\\u{ord(c):04x}') for c in text) + '"'


def cell(value):
    """A value as the answer files write it."""
    if value is None:
        return 'NULL'
    if isinstance(value, str) and not isinstance(value, Number):
        plain = value and value != 'NULL' and value == value.strip() and value[0] not in '"[{'
        if plain and all(c >= ' ' for c in value):
            return value
    return nested(value)


def nested(value):
    """A value as `--output changelog` writes it."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        return '{' + ','.join(quote(k) + ':' + nested(v) for k, v in value.items()) + '}'
    if isinstance(value, list):
        return '[' + ','.join(nested(v) for v in value) + ']'
    return json.dumps(value)


def ask(oracle, script, folder):
    """The oracle's lines for a script, by the number of the statement."""
    path = folder / 'script.sql'
    path.write_text(script, encoding='utf-8')
    done = subprocess.run(shlex.split(oracle) + [str(path)], stdout=subprocess.PIPE, check=False)
    blocks, current = collections.defaultdict(list), None
    for line in done.stdout.decode('utf-8').split('\n'):
        if not line.startswith('{'):
            continue
        entry = json.loads(line, parse_int=Number, parse_float=Number)
        current = int(entry['stmt']) if 'stmt' in entry else current
        blocks[current].append(entry)
    return blocks


def rows_of(entries):
    """The rows that are there in the end, in the order in which they came."""
    rows = []
    for entry in entries:
        if 'row' not in entry:
            continue
        row = '\t'.join(cell(v) for v in entry['row'].values())
        if entry['op'] in ('+I', '+U'):
            rows.append(row)
        else:
            rows.reverse()
            rows.remove(row)
            rows.reverse()
    return rows


def record(path, oracle):
    records, after = read(path)
    folder = pathlib.Path(tempfile.mkdtemp())
    asked = [r for r in records if 'flink' not in r.skip]
    place = lambda sql: sql.replace('$DATA', str(DATA)).replace('$TEMP', str(folder / 'temp'))
    (folder / 'temp').mkdir()
    script = ''.join(place(r.sql) + '\n;\n' for r in asked)
    try:
        blocks = ask(oracle, script, folder)
    finally:
        shutil.rmtree(folder)
    for number, r in enumerate(asked, 1):
        entries = blocks.get(number) or [{'error': 'the oracle gave no answer'}]
        failure = next((e['error'] for e in entries if 'error' in e), None)
        if failure is not None:
            if not (r.kind == 'statement' and r.argument.startswith('error')):
                print(f'{path}: fails in Flink: {r.sql.splitlines()[0]}\n    {failure.splitlines()[0]}')
                r.kind, r.argument = 'statement', 'error'
            r.answer = []
            continue
        header = next((e['columns'] for e in entries if 'columns' in e), None)
        if r.kind == 'statement' and r.argument.startswith('error'):
            print(f'{path}: does not fail in Flink: {r.sql.splitlines()[0]}')
            r.kind, r.argument = ('query', 'nosort') if header is not None else ('statement', 'ok')
        if r.kind == 'query':
            mode = r.argument.split(None, 1)[0] if r.argument else 'nosort'
            r.argument = mode + ' ' + ', '.join(c['type'] for c in header)
            r.answer = rows_of(entries)
            if mode == 'rowsort':
                r.answer.sort(key=lambda s: s.encode('utf-8'))
    out = []
    for r in records:
        out += r.before + [f'{r.kind} {r.argument}'.rstrip(), r.sql]
        if r.kind == 'query':
            out += ['----'] + r.answer
    path.write_text('\n'.join(out + after), encoding='utf-8')


def main():
    oracle = os.environ.get('FLINK_ORACLE')
    if not oracle or len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        record(pathlib.Path(name), oracle)


if __name__ == '__main__':
    main()
