//! `nexmark`: the events of the Nexmark auction benchmark, as rows.
//!
//! The events are those of the `nexmark` crate, set right where it departs from Apache Beam's: a fixed base time
//! (2015-07-15 00:00:00 UTC), capital letters in names, cities and states (query 3 looks for 'OR', 'ID' and 'CA'), and a
//! constant rate of event time. The same options give the same rows, on any machine.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, Int64Builder, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::DataType as Arrow;
use millstream_engine::{Error, ErrorKind, JobContext, Result, Source};
use millstream_expr::EvalContext;
use millstream_expr::types::{DataType, Field, Kind};
use millstream_sql::catalog::{Table, TableColumnKind};
use millstream_sql::plan::Scan;
use nexmark::EventGenerator;
use nexmark::config::{NexmarkConfig, RateShape};
use nexmark::event::{Auction, Bid, Event, Person};

use super::{Generated, Generator, Pace, columns_of};
use crate::options::{KnownOptions, Options};

/// Milliseconds since 1970-01-01: 2015-07-15 00:00:00 UTC, as in Apache Beam.
const BASE_TIME: u64 = 1_436_918_400_000;
/// Events of a second of event time, unless `events.rate` says otherwise.
const RATE: u64 = 10_000;
/// The most events of a second of event time: a microsecond each.
const RATE_MAX: u64 = 1_000_000;

/// What may be asked for in the WITH options.
const KNOWN: KnownOptions = KnownOptions {
    connector: "nexmark",
    required: &[],
    optional: &["events.num", "events.rate", "rows-per-second"],
    unsupported: &[],
    has_format: false,
};

/// The options of a nexmark table.
struct NexmarkOptions {
    /// Events in all (`events.num`).
    events: Option<u64>,
    /// Events of a second of event time (`events.rate`).
    rate: u64,
    /// Events given out in a second (`rows-per-second`).
    rows_per_second: Option<u64>,
}

impl NexmarkOptions {
    fn read(scan: &Scan) -> Result<Self> {
        let options = Options::check(&scan.table.path.name, &scan.options, &KNOWN)?;
        Ok(Self {
            events: options.number("events.num", 0, u64::MAX)?,
            rate: options.number("events.rate", 1, RATE_MAX)?.unwrap_or(RATE),
            rows_per_second: options.number("rows-per-second", 1, u64::MAX)?,
        })
    }
}

/// Whether the rows come to an end.
pub(crate) fn is_bounded(scan: &Scan) -> Result<bool> {
    Ok(NexmarkOptions::read(scan)?.events.is_some())
}

/// A source for each lane: lane `i` of `n` makes the events `i`, `i + n`, `i + 2n` and so on.
pub(crate) fn sources(scan: &Scan, context: &JobContext) -> Result<Vec<Box<dyn Source>>> {
    let options = NexmarkOptions::read(scan)?;
    check_columns(&scan.table)?;
    let rate = usize::try_from(options.rate).unwrap_or(usize::MAX);
    let config = NexmarkConfig {
        base_time: BASE_TIME,
        rate_shape: RateShape::Square,
        first_rate: rate,
        next_rate: rate,
        us_states: words("AZ CA ID OR WA WY", ' '),
        us_cities: words(
            "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne",
            ',',
        ),
        first_names: words("Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter", ' '),
        last_names: words("Shultz Abrams Spencer White Bartels Walton Smith Jones Noris", ' '),
        ..NexmarkConfig::default()
    };
    let lanes =
        options.events.map_or(context.lanes as u64, |events| (context.lanes as u64).min(events)).max(1);
    let columns = columns_of(scan);
    (0..lanes)
        .map(|lane| {
            let events = EventGenerator::new(config.clone()).with_offset(lane).with_step(lanes);
            let columns = columns
                .iter()
                .filter_map(|&i| scan.table.columns.get(i))
                .map(|c| EventColumn::named(&c.name).ok_or_else(|| unknown_column(&scan.table, &c.name)))
                .collect::<Result<_>>()?;
            let pace = Pace {
                rows_per_second: options.rows_per_second.map(|rate| rate.div_ceil(lanes)),
                rows: options.events.map(|total| (total - lane).div_ceil(lanes)),
            };
            let generator = Box::new(Nexmark { events, columns });
            Ok(Box::new(Generated::new(scan, generator, pace, context)?) as Box<dyn Source>)
        })
        .collect()
}

fn words(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::to_owned).collect()
}

/// The columns that a nexmark table may have, any of them in any order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EventColumn {
    EventType,
    Person,
    Auction,
    Bid,
    DateTime,
}

impl EventColumn {
    const ALL: [(&str, EventColumn); 5] = [
        ("event_type", EventColumn::EventType),
        ("person", EventColumn::Person),
        ("auction", EventColumn::Auction),
        ("bid", EventColumn::Bid),
        ("dateTime", EventColumn::DateTime),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, column)| *column)
    }

    fn data_type(self) -> DataType {
        match self {
            Self::EventType => DataType::new(Kind::Int),
            Self::DateTime => timestamp(),
            Self::Person => row(&[
                ("id", Leaf::Number),
                ("name", Leaf::Text),
                ("emailAddress", Leaf::Text),
                ("creditCard", Leaf::Text),
                ("city", Leaf::Text),
                ("state", Leaf::Text),
                ("dateTime", Leaf::Time),
                ("extra", Leaf::Text),
            ]),
            Self::Auction => row(&[
                ("id", Leaf::Number),
                ("itemName", Leaf::Text),
                ("description", Leaf::Text),
                ("initialBid", Leaf::Number),
                ("reserve", Leaf::Number),
                ("dateTime", Leaf::Time),
                ("expires", Leaf::Time),
                ("seller", Leaf::Number),
                ("category", Leaf::Number),
                ("extra", Leaf::Text),
            ]),
            Self::Bid => row(&[
                ("auction", Leaf::Number),
                ("bidder", Leaf::Number),
                ("price", Leaf::Number),
                ("channel", Leaf::Text),
                ("url", Leaf::Text),
                ("dateTime", Leaf::Time),
                ("extra", Leaf::Text),
            ]),
        }
    }
}

/// The types of fields that events have.
#[derive(Clone, Copy)]
enum Leaf {
    Number,
    Text,
    Time,
}

fn timestamp() -> DataType {
    DataType::new(Kind::Timestamp { precision: 3 })
}

fn row(fields: &[(&str, Leaf)]) -> DataType {
    DataType::row(fields.iter().map(|&(name, leaf)| {
        let data_type = match leaf {
            Leaf::Number => DataType::new(Kind::BigInt),
            Leaf::Text => DataType::string(),
            Leaf::Time => timestamp(),
        };
        Field::new(name, data_type)
    }))
}

/// The table declares none but the columns that events have, with their types.
fn check_columns(table: &Table) -> Result<()> {
    for column in table.columns.iter().filter(|c| c.kind == TableColumnKind::Physical) {
        let expected =
            EventColumn::named(&column.name).ok_or_else(|| unknown_column(table, &column.name))?.data_type();
        if !column.data_type.same_kind(&expected) {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "column '{}' of nexmark table '{}' is declared as {}; its type is {expected}",
                    column.name, table.path, column.data_type
                ),
            ));
        }
    }
    Ok(())
}

fn unknown_column(table: &Table, name: &str) -> Error {
    let columns: Vec<String> =
        EventColumn::ALL.iter().map(|(name, column)| format!("{name} {}", column.data_type())).collect();
    Error::new(
        ErrorKind::Invalid,
        format!(
            "nexmark table '{}' cannot have a column '{name}'; its columns are any of {}",
            table.path,
            columns.join(", ")
        ),
    )
}

struct Nexmark {
    events: EventGenerator,
    columns: Vec<EventColumn>,
}

impl Generator for Nexmark {
    fn generate(&mut self, rows: usize, _: &EvalContext) -> Result<Vec<ArrayRef>> {
        let events: Vec<Event> = self.events.by_ref().take(rows).collect();
        self.columns
            .iter()
            .map(|column| match column {
                EventColumn::EventType => {
                    let mut types = Int32Builder::with_capacity(rows);
                    events.iter().for_each(|event| types.append_value(event.event_type() as i32));
                    Ok(Arc::new(types.finish()) as ArrayRef)
                }
                EventColumn::DateTime => {
                    let mut times = TimestampMicrosecondBuilder::with_capacity(rows);
                    events.iter().for_each(|event| times.append_value(micros(event.timestamp())));
                    Ok(Arc::new(times.finish()) as ArrayRef)
                }
                EventColumn::Person => rows_of(*column, &events, |event, row| match event {
                    Event::Person(person) => {
                        person_row(person, row);
                        true
                    }
                    _ => false,
                }),
                EventColumn::Auction => rows_of(*column, &events, |event, row| match event {
                    Event::Auction(auction) => {
                        auction_row(auction, row);
                        true
                    }
                    _ => false,
                }),
                EventColumn::Bid => rows_of(*column, &events, |event, row| match event {
                    Event::Bid(bid) => {
                        bid_row(bid, row);
                        true
                    }
                    _ => false,
                }),
            })
            .collect()
    }
}

fn person_row(person: &Person, row: &mut RowBuilder) {
    row.number(person.id);
    row.text(&person.name);
    row.text(&person.email_address);
    row.text(&person.credit_card);
    row.text(&person.city);
    row.text(&person.state);
    row.time(person.date_time);
    row.text(&person.extra);
}

fn auction_row(auction: &Auction, row: &mut RowBuilder) {
    row.number(auction.id);
    row.text(&auction.item_name);
    row.text(&auction.description);
    row.number(auction.initial_bid);
    row.number(auction.reserve);
    row.time(auction.date_time);
    row.time(auction.expires);
    row.number(auction.seller);
    row.number(auction.category);
    row.text(&auction.extra);
}

fn bid_row(bid: &Bid, row: &mut RowBuilder) {
    row.number(bid.auction);
    row.number(bid.bidder);
    row.number(bid.price);
    row.text(&bid.channel);
    row.text(&bid.url);
    row.time(bid.date_time);
    row.text(&bid.extra);
}

/// A ROW column: `fill` writes the cells of the events that it is about, in the order of the fields, and
/// answers whether it did; for the others the row is NULL.
fn rows_of(
    column: EventColumn,
    events: &[Event],
    fill: impl Fn(&Event, &mut RowBuilder) -> bool,
) -> Result<ArrayRef> {
    let mut builder = RowBuilder::new(&column.data_type(), events.len());
    for event in events {
        let is_there = fill(event, &mut builder);
        builder.end_row(is_there);
    }
    builder.finish()
}

/// Builds a ROW column cell by cell.
struct RowBuilder {
    data_type: Arrow,
    cells: Vec<CellBuilder>,
    next: usize,
    nulls: NullBufferBuilder,
}

enum CellBuilder {
    Number(Int64Builder),
    Text(StringViewBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl RowBuilder {
    fn new(data_type: &DataType, rows: usize) -> Self {
        let fields = match &data_type.kind {
            Kind::Row(fields) => fields.as_ref(),
            _ => &[],
        };
        let cells = fields
            .iter()
            .map(|field| match field.data_type.kind {
                Kind::BigInt => CellBuilder::Number(Int64Builder::with_capacity(rows)),
                Kind::Timestamp { .. } => CellBuilder::Time(TimestampMicrosecondBuilder::with_capacity(rows)),
                _ => CellBuilder::Text(StringViewBuilder::with_capacity(rows)),
            })
            .collect();
        Self { data_type: data_type.physical(), cells, next: 0, nulls: NullBufferBuilder::new(rows) }
    }

    fn number(&mut self, number: usize) {
        if let Some(CellBuilder::Number(cells)) = self.cells.get_mut(self.next) {
            cells.append_value(i64::try_from(number).unwrap_or(i64::MAX));
        }
        self.next += 1;
    }

    fn text(&mut self, text: &str) {
        if let Some(CellBuilder::Text(cells)) = self.cells.get_mut(self.next) {
            cells.append_value(text);
        }
        self.next += 1;
    }

    fn time(&mut self, milliseconds: u64) {
        if let Some(CellBuilder::Time(cells)) = self.cells.get_mut(self.next) {
            cells.append_value(micros(milliseconds));
        }
        self.next += 1;
    }

    fn end_row(&mut self, is_there: bool) {
        if !is_there {
            for cell in &mut self.cells {
                match cell {
                    CellBuilder::Number(cells) => cells.append_null(),
                    CellBuilder::Text(cells) => cells.append_null(),
                    CellBuilder::Time(cells) => cells.append_null(),
                }
            }
        }
        self.nulls.append(is_there);
        self.next = 0;
    }

    fn finish(mut self) -> Result<ArrayRef> {
        let Arrow::Struct(fields) = self.data_type else {
            return Err(Error::new(ErrorKind::Internal, "an event column that is no ROW"));
        };
        let columns = self
            .cells
            .iter_mut()
            .map(|cell| match cell {
                CellBuilder::Number(cells) => Arc::new(cells.finish()) as ArrayRef,
                CellBuilder::Text(cells) => Arc::new(cells.finish()) as ArrayRef,
                CellBuilder::Time(cells) => Arc::new(cells.finish()) as ArrayRef,
            })
            .collect();
        Ok(Arc::new(StructArray::try_new(fields, columns, self.nulls.finish())?))
    }
}

fn micros(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
