#!/usr/bin/env python3
"""bids.py COUNT FILE: writes bids as JSON lines (about 237 bytes each), and with --csv the same rows as CSV.

The rows are a function of their number, so every run writes the same bytes, and the answers of the
queries are known: see ANSWERS in compare.py.
"""
import argparse

EXTRA = 'xyzzyabcdefgh' * 5
CHUNK = 20_000


def rows(count):
    for n in range(count):
        seconds, millis = divmod(n, 1000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        yield (n % 1000, n % 7777, n * 7919 % 100_000, n % 3,
               f'2024-01-01 {hours:02}:{minutes:02}:{seconds:02}.{millis:03}')


def as_json(row):
    auction, bidder, price, query, time = row
    return (f'{{"auction":{auction},"bidder":{bidder},"price":{price},"channel":"channel-{auction}",'
            f'"url":"https://www.nexmark.com/abc/xyz/item.htm?query={query}","dateTime":"{time}","extra":"{EXTRA}"}}\n')


def as_csv(row):
    auction, bidder, price, query, time = row
    return (f'{auction},{bidder},{price},channel-{auction},'
            f'https://www.nexmark.com/abc/xyz/item.htm?query={query},{time},{EXTRA}\n')


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument('count', type=int)
    arguments.add_argument('file')
    arguments.add_argument('--csv', action='store_true')
    given = arguments.parse_args()
    line = as_csv if given.csv else as_json
    with open(given.file, 'w', encoding='ascii', buffering=1 << 20) as out:
        chunk = []
        for row in rows(given.count):
            chunk.append(line(row))
            if len(chunk) == CHUNK:
                out.write(''.join(chunk))
                chunk.clear()
        out.write(''.join(chunk))


if __name__ == '__main__':
    main()
