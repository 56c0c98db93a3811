#!/usr/bin/env python3
"""compare.py: Millstream beside Apache Flink, DuckDB, jaq and ripgrep, on the same file, in one run.

    bench/compare.py [--events 5000000] [--folder DIR] [--repeat 3] [--only B1,B3] [--skip flink,jaq]

Prints a markdown table for each query: CPU seconds (user and system, of all processes of a side), events per
CPU second, and how many times as many Millstream does. Every side's answer is checked. Files are read once
before, so that they stand in the page cache. What a peer needs only to start (a JVM, an interpreter) is measured with a query over
one row and taken off; of Millstream nothing is taken off.

    MILLSTREAM   the program                      default: target/release/millstream
    FLINK_PEER   a command that runs FILE.sql on Apache Flink, as `millstream run --output changelog` would
    JAQ, RG      the programs                     default: jaq, rg

A peer that is not there is left out, by name.
"""
import argparse, json, os, pathlib, resource, shlex, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ('auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, '
           '`dateTime` TIMESTAMP(3), extra STRING')
DUCK_COLUMNS = ("{auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'VARCHAR', url: 'VARCHAR', "
                "dateTime: 'VARCHAR', extra: 'VARCHAR'}")


class Query:
    """A query with what each side runs for it."""

    def __init__(self, name, title, sql=None, jaq=None, rg=None, csv=False, write=False, duck=None, lanes=1):
        self.name, self.title, self.sql, self.jaq, self.rg = name, title, sql, jaq, rg
        self.csv, self.write, self.duck, self.lanes = csv, write, duck or sql, lanes


QUERIES = [
    Query('B2', 'selective literal', "SELECT auction, bidder, price FROM bids WHERE channel = 'channel-77'",
          jaq='select(.channel == "channel-77") | [.auction, .bidder, .price]', rg='"channel-77"'),
    Query('B1', 'literal in a third of the lines, MOD, projection',
          "SELECT auction, bidder, price FROM bids WHERE MOD(auction, 123) = 0 AND url LIKE '%query=1%'",
          jaq='select(.auction % 123 == 0 and (.url | contains("query=1"))) | [.auction, .bidder, .price]', rg='query=1'),
    Query('B3', 'number only', 'SELECT auction, bidder, price FROM bids WHERE price > 99000',
          jaq='select(.price > 99000) | [.auction, .bidder, .price]'),
    Query('B5', 'JSON to JSON, every row', 'SELECT auction, price, `dateTime` FROM bids', write=True, duck='SELECT auction, price, dateTime FROM bids',
          jaq='{auction, price, dateTime}'),
    Query('CSV', 'B3 over CSV', 'SELECT auction, bidder, price FROM bids WHERE price > 99000', csv=True),
]


def answer(name, events):
    """Rows and sum(auction + bidder + price) of a query, from the rows themselves."""
    rows = total = 0
    for n in range(events):
        auction, bidder, price = n % 1000, n % 7777, n * 7919 % 100_000
        if name == 'B1':
            passes = auction % 123 == 0 and n % 3 == 1
        elif name == 'B2':
            passes = auction == 77
        else:
            passes = price > 99000
        if passes:
            rows, total = rows + 1, total + auction + bidder + price
    return rows, total


class Measured:
    """CPU seconds, wall seconds, peak RSS in MB, and standard output of a command."""

    def __init__(self, cpu, wall, rss, out):
        self.cpu, self.wall, self.rss, self.out = cpu, wall, rss, out


# Runs a command from a small process: the peak RSS of a child counts what its parent held before exec, and this script
# holds whole answers. It reports on file descriptor 3.
LAUNCH = """
import os, sys
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, 3)])
_, status, usage = os.wait4(child, 0)
os.write(3, f'{os.waitstatus_to_exitcode(status)} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}'.encode())
"""


def measure(command, keep=True, env=None):
    with tempfile.TemporaryFile() as out:
        reader, writer = os.pipe()
        start = time.monotonic()
        child = subprocess.Popen(['sh', '-c', f'exec "$@" 3>&{writer}', 'sh', sys.executable, '-S', '-E', '-c', LAUNCH, *command],
                                 stdout=out if keep else subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, env=env, pass_fds=[writer])
        os.close(writer)
        err = child.stderr.read()
        with os.fdopen(reader) as report:
            status, cpu, rss = report.read().split()
        child.wait()
        wall = time.monotonic() - start
        if int(status) not in (0, 1 if b'rg' in command[0].encode() else 0):
            sys.exit(f'{command}: exit status {status}\n{err.decode()[-2000:]}')
        out.seek(0)
        return Measured(float(cpu), wall, int(rss) / 1024, out.read() if keep else b'')


def best(runs):
    """The run with the least CPU: the others were disturbed."""
    return min(runs, key=lambda run: run.cpu)


class Bench:
    def __init__(self, given):
        self.given = given
        self.folder = pathlib.Path(given.folder or tempfile.mkdtemp(prefix='millstream-bench-'))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.json, self.csv = self.folder / 'bids.json', self.folder / 'bids.csv'
        self.one_json, self.one_csv = self.folder / 'one.json', self.folder / 'one.csv'
        self.millstream = os.environ.get('MILLSTREAM', str(HERE.parent / 'target/release/millstream'))
        self.skip = set(filter(None, given.skip.split(',')))
        self.starts = {}

    def prepare(self):
        for path, count, flags in [(self.json, self.given.events, []), (self.csv, self.given.events, ['--csv']),
                                   (self.one_json, 1, []), (self.one_csv, 1, ['--csv'])]:
            if not path.exists() or (count > 1 and self.given.fresh):
                subprocess.run([sys.executable, str(HERE / 'bids.py'), str(count), str(path)] + flags, check=True)
            with open(path, 'rb') as file:
                while file.read(1 << 24):
                    pass

    def script(self, query, small, flink):
        """The SQL that Flink and Millstream run."""
        path = (self.one_csv if small else self.csv) if query.csv else (self.one_json if small else self.json)
        form = 'csv' if query.csv else 'json'
        sql = (f"CREATE TABLE bids ({COLUMNS}) WITH ('connector' = 'filesystem', 'path' = '{path}', "
               f"'format' = '{form}');\n")
        if query.write:
            out = self.folder / ('out-flink' if flink else 'out-millstream')
            shutil.rmtree(out, ignore_errors=True)
            sql += (f"CREATE TABLE target (auction BIGINT, price BIGINT, `dateTime` TIMESTAMP(3)) WITH "
                    f"('connector' = 'filesystem', 'path' = '{out}', 'format' = 'json');\nINSERT INTO target {query.sql};\n")
        else:
            sql += query.sql + ';\n'
        name = self.folder / f'{query.name}-{"flink" if flink else "millstream"}.sql'
        name.write_text(sql, encoding='utf-8')
        return str(name)

    def command(self, side, query, small=False):
        """What a side runs, or why it does not."""
        data = (self.one_csv if small else self.csv) if query.csv else (self.one_json if small else self.json)
        if side == 'Millstream':
            return [self.millstream, 'run', '--output', 'jsonl', '--set', f'parallelism.default={query.lanes}',
                    self.script(query, small, False)]
        if side == 'Apache Flink':
            peer = os.environ.get('FLINK_PEER')
            return shlex.split(peer) + [self.script(query, small, True)] if peer else 'FLINK_PEER is not set'
        if side == 'DuckDB':
            try:
                import duckdb  # noqa: F401
            except ImportError:
                return 'the Python package duckdb is not installed'
            return [sys.executable, str(HERE / 'duck.py'), str(data), 'csv' if query.csv else 'json', query.duck,
                    str(self.folder / 'out-duckdb.json') if query.write else '', DUCK_COLUMNS]
        if side == 'jaq':
            program = shutil.which(os.environ.get('JAQ', 'jaq'))
            if not query.jaq:
                return None
            return [program, '-c', query.jaq, str(data)] if program else 'jaq is not installed'
        if side == 'ripgrep':
            program = shutil.which(os.environ.get('RG', 'rg'))
            if not query.rg:
                return None
            return [program, '-F', '--no-mmap', '-N', query.rg, str(data)] if program else 'rg is not installed'
        return None

    def start_cost(self, side, query):
        """CPU seconds that a side needs for one row."""
        if side in ('Millstream', 'ripgrep', 'jaq'):
            return 0.0
        key = (side, query.csv, query.write)
        if key not in self.starts:
            runs = [measure(self.command(side, query, small=True)) for _ in range(2)]
            self.starts[key] = best(runs).cpu
        return self.starts[key]

    def check(self, side, query, run):
        """Each side must give the same answer."""
        if side == 'ripgrep':
            return
        if query.write:
            target = {'Millstream': 'out-millstream', 'Apache Flink': 'out-flink', 'DuckDB': 'out-duckdb.json'}.get(side)
            if target is None:
                lines = run.out.count(b'\n')
            else:
                path = self.folder / target
                files = [path] if path.is_file() else [p for p in path.rglob('*') if p.is_file()]
                lines = sum(p.read_bytes().count(b'\n') for p in files)
            assert lines == self.given.events, f'{side} wrote {lines} rows'
            return
        rows = total = 0
        for line in run.out.splitlines():
            entry = json.loads(line)
            if side == 'Apache Flink':
                if 'row' not in entry:
                    continue
                entry = entry['row']
            values = entry.values() if isinstance(entry, dict) else entry
            rows, total = rows + 1, total + sum(values)
        name = 'B3' if query.name == 'CSV' else query.name
        assert (rows, total) == answer(name, self.given.events), f'{side}, {query.name}: {rows} rows, sum {total}'

    def row(self, side, query):
        command = self.command(side, query)
        if command is None:
            return None
        if isinstance(command, str):
            return command
        repeat = min(2, self.given.repeat) if side == 'Apache Flink' else self.given.repeat
        runs = []
        for _ in range(repeat):
            if query.write:
                self.command(side, query)  # a fresh folder
            runs.append(measure(command))
            self.check(side, query, runs[-1])
            os.sync()  # so that nobody pays for what another wrote
        run = best(runs)
        return run, max(run.cpu - self.start_cost(side, query), 0.001)

    def table(self, query):
        size = (self.csv if query.csv else self.json).stat().st_size
        print(f'\n**{query.name}**: {query.title}; `{query.sql}`\n')
        print('| | CPU s | events / CPU s | GB / CPU s | wall s | peak RSS | Millstream does |')
        print('|---|---:|---:|---:|---:|---:|---:|')
        mine, absent = None, []
        for side in ['Millstream', 'Apache Flink', 'DuckDB', 'jaq', 'ripgrep']:
            if side.split()[-1].lower() in self.skip:
                continue
            result = self.row(side, query)
            if isinstance(result, str):
                absent.append(f'{side}: {result}')
                continue
            if result is None:
                continue
            run, cpu = result
            mine = mine or cpu
            ratio = '' if side == 'Millstream' else f'{cpu / mine:.2f} ×'
            print(f'| {side} | {cpu:.2f} | {self.given.events / cpu / 1e6:.2f} M | {size / cpu / 1e9:.2f} | '
                  f'{run.wall:.2f} | {run.rss:.0f} MB | {ratio} |', flush=True)
        for line in absent:
            print(f'\nLeft out: {line}.')

    def lanes(self):
        """The same query with one lane and with two: wall seconds."""
        query = next(q for q in QUERIES if q.name == 'B3')
        print('\n**Lanes**: B3, wall seconds\n\n| lanes | wall s | CPU s | faster than one |\n|---:|---:|---:|---:|')
        runs = {1: [], 2: []}
        for _ in range(2 * self.given.repeat + 1):
            for lanes in runs:
                query.lanes = lanes
                runs[lanes].append(measure(self.command('Millstream', query)))
        query.lanes = 1
        wall = {lanes: min(run.wall for run in of) for lanes, of in runs.items()}
        for lanes, of in runs.items():
            print(f'| {lanes} | {wall[lanes]:.3f} | {best(of).cpu:.2f} | {wall[1] / wall[lanes]:.2f} × |', flush=True)

    def start(self):
        """From the start of the program to the first row of a small file, and its end."""
        command = self.command('Millstream', Query('start', '', 'SELECT auction, bidder, price FROM bids'), small=True)
        walls = []
        for _ in range(30):
            start = time.monotonic()
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
            child.stdout.readline()
            walls.append(time.monotonic() - start)
            child.stdout.read()
            child.wait()
        runs = [measure(command) for _ in range(5)]
        print(f'\n**Start**: first row of a file of one row after {statistics.median(walls) * 1000:.1f} ms '
              f'(median of {len(walls)}; least {min(walls) * 1000:.1f} ms); peak RSS {best(runs).rss:.1f} MB; '
              f'size of the program {os.path.getsize(self.millstream) / 1e6:.1f} MB')


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--events', type=int, default=5_000_000)
    arguments.add_argument('--folder', help='where the data lies, or is made; default: a new one')
    arguments.add_argument('--fresh', action='store_true', help='make the data anew')
    arguments.add_argument('--repeat', type=int, default=3)
    arguments.add_argument('--only', default='', help='queries, such as B1,B3,lanes,start')
    arguments.add_argument('--skip', default='', help='peers, such as flink,jaq')
    given = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    bench = Bench(given)
    bench.prepare()
    only = set(filter(None, given.only.split(',')))
    print(f'{given.events} events, {bench.json.stat().st_size / 1e9:.2f} GB of JSON, '
          f'{bench.csv.stat().st_size / 1e9:.2f} GB of CSV; {os.cpu_count()} cores; one lane; best of {given.repeat} '
          '(Flink: of at most 2); starts of Flink and DuckDB taken off')
    for query in QUERIES:
        if not only or query.name in only:
            bench.table(query)
    if not only or 'lanes' in only:
        bench.lanes()
    if not only or 'start' in only:
        bench.start()


if __name__ == '__main__':
    main()
