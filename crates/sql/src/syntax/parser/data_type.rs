//! Types.

use super::super::ast::{DataType, DataTypeKind, FieldDef, TimeZoneSpec};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::{Expected, MAX_NESTING, Parse, Parser};

const TYPE: Expected = Expected::Kind("a type");

impl Parser<'_> {
    /// A type as columns and fields have it: with nullability, also of the elements before `ARRAY` and `MULTISET`.
    pub(super) fn column_type(&mut self) -> Parse<DataType> {
        self.nest(|p| {
            let start = p.start();
            let mut kind = p.type_name()?;
            loop {
                let nullable = p.nullability();
                let data_type = DataType { kind, nullable, span: p.span_from(start) };
                match p.collection_of(data_type)? {
                    Ok(collection) => kind = collection,
                    Err(data_type) => return Ok(data_type),
                }
            }
        })
    }

    /// A type as casts have it: without nullability.
    pub(super) fn cast_type(&mut self) -> Parse<DataType> {
        self.nest(|p| {
            let start = p.start();
            let mut kind = p.type_name()?;
            loop {
                let data_type = DataType { kind, nullable: None, span: p.span_from(start) };
                match p.collection_of(data_type)? {
                    Ok(collection) => kind = collection,
                    Err(data_type) => return Ok(data_type),
                }
            }
        })
    }

    /// The target of a cast: a type or an interval.
    pub(super) fn cast_target(&mut self) -> Parse<DataType> {
        let start = self.start();
        if self.eat(K::INTERVAL) {
            let qualifier = self.interval_qualifier()?;
            return Ok(DataType {
                kind: DataTypeKind::Interval(qualifier),
                nullable: None,
                span: self.span_from(start),
            });
        }
        self.cast_type()
    }

    /// `ARRAY` or `MULTISET` behind an element's type; gives the type back if there is none.
    fn collection_of(&mut self, element: DataType) -> Parse<Result<DataTypeKind, DataType>> {
        if (self.is(K::ARRAY) || self.is(K::MULTISET)) && self.height > MAX_NESTING / 2 {
            let span = self.nth(0).span;
            return self.limit(span, format!("a type of more than {} collections", MAX_NESTING / 2));
        }
        if self.eat(K::ARRAY) {
            self.grow()?;
            Ok(Ok(DataTypeKind::Array(Box::new(element))))
        } else if self.eat(K::MULTISET) {
            self.grow()?;
            Ok(Ok(DataTypeKind::Multiset(Box::new(element))))
        } else {
            Ok(Err(element))
        }
    }

    /// `NULL`, `NOT NULL`.
    fn nullability(&mut self) -> Option<bool> {
        if self.eat(K::NULL) {
            Some(true)
        } else if self.eat_all(&[K::NOT, K::NULL]) {
            Some(false)
        } else {
            None
        }
    }

    fn type_name(&mut self) -> Parse<DataTypeKind> {
        let TokenKind::Keyword(word) = self.kind() else { return self.named_type() };
        let kind = match word {
            K::BOOLEAN => DataTypeKind::Boolean,
            K::TINYINT => DataTypeKind::TinyInt,
            K::SMALLINT => DataTypeKind::SmallInt,
            K::INT | K::INTEGER => DataTypeKind::Int,
            K::BIGINT => DataTypeKind::BigInt,
            K::FLOAT => DataTypeKind::Float,
            K::REAL => DataTypeKind::Real,
            K::STRING => DataTypeKind::String,
            K::BYTES => DataTypeKind::Bytes,
            K::DATE => DataTypeKind::Date,
            K::VARIANT => DataTypeKind::Variant,
            K::DOUBLE => {
                self.bump();
                self.eat(K::PRECISION);
                return Ok(DataTypeKind::Double);
            }
            K::DECIMAL | K::DEC | K::NUMERIC | K::ANY => return self.decimal_type(word),
            K::CHAR | K::CHARACTER | K::VARCHAR => return self.character_type(word),
            K::BINARY | K::VARBINARY => {
                self.bump();
                let varying = word == K::VARBINARY || self.eat(K::VARYING);
                let length = self.precision()?;
                return Ok(if varying {
                    DataTypeKind::Varbinary { length }
                } else {
                    DataTypeKind::Binary { length }
                });
            }
            K::TIME | K::TIMESTAMP => {
                self.bump();
                let precision = self.precision()?;
                let zone = self.time_zone()?;
                return Ok(if word == K::TIME {
                    DataTypeKind::Time { precision, zone }
                } else {
                    DataTypeKind::Timestamp { precision, zone }
                });
            }
            K::TIMESTAMP_LTZ => {
                self.bump();
                return Ok(DataTypeKind::TimestampLtz { precision: self.precision()? });
            }
            K::ARRAY | K::MULTISET => return self.collection_type(word),
            K::MAP if self.nth_is_symbol(1, Symbol::Less) => return self.map_type(),
            K::RAW => return self.raw_type(),
            K::ROW => return self.row_type(),
            K::STRUCTURED => return self.structured_type(),
            K::GEOMETRY => {
                let span = self.bump().span;
                return self.refuse(span, "there is no type GEOMETRY here", None);
            }
            _ => return self.named_type(),
        };
        self.bump();
        Ok(kind)
    }

    fn named_type(&mut self) -> Parse<DataTypeKind> {
        if !Self::names(self.kind()) {
            self.want(TYPE);
            return self.unexpected();
        }
        self.object_name().map(DataTypeKind::Named)
    }

    fn decimal_type(&mut self, word: K) -> Parse<DataTypeKind> {
        self.bump();
        let (mut precision, mut scale) = (None, None);
        if self.eat_symbol(Symbol::LeftParen) {
            precision = Some(self.unsigned_int()?);
            if self.eat_symbol(Symbol::Comma) {
                scale = Some(self.unsigned_int()?);
            }
            self.expect_symbol(Symbol::RightParen)?;
        }
        Ok(if word == K::ANY { DataTypeKind::Any } else { DataTypeKind::Decimal { precision, scale } })
    }

    fn character_type(&mut self, word: K) -> Parse<DataTypeKind> {
        self.bump();
        let varying = word == K::VARCHAR || self.eat(K::VARYING);
        let length = self.precision()?;
        let charset = if self.eat_all(&[K::CHARACTER, K::SET]) { Some(self.ident()?) } else { None };
        Ok(if varying {
            DataTypeKind::Varchar { length, charset }
        } else {
            DataTypeKind::Char { length, charset }
        })
    }

    fn time_zone(&mut self) -> Parse<TimeZoneSpec> {
        if self.eat_all(&[K::WITHOUT, K::TIME, K::ZONE]) {
            return Ok(TimeZoneSpec::Without);
        }
        if self.eat(K::WITH) {
            self.expect_all(&[K::LOCAL, K::TIME, K::ZONE])?;
            return Ok(TimeZoneSpec::WithLocal);
        }
        Ok(TimeZoneSpec::Without)
    }

    /// `ARRAY<t>`, `MULTISET<t>`.
    fn collection_type(&mut self, word: K) -> Parse<DataTypeKind> {
        self.bump();
        self.expect_symbol(Symbol::Less)?;
        let element = Box::new(self.nest(|p| {
            let start = p.start();
            let kind = p.type_name()?;
            let nullable = p.nullability();
            Ok(DataType { kind, nullable, span: p.span_from(start) })
        })?);
        self.expect_symbol(Symbol::Greater)?;
        Ok(if word == K::ARRAY { DataTypeKind::Array(element) } else { DataTypeKind::Multiset(element) })
    }

    fn map_type(&mut self) -> Parse<DataTypeKind> {
        self.bump();
        self.expect_symbol(Symbol::Less)?;
        let key = Box::new(self.column_type()?);
        self.expect_symbol(Symbol::Comma)?;
        let value = Box::new(self.column_type()?);
        self.expect_symbol(Symbol::Greater)?;
        Ok(DataTypeKind::Map(key, value))
    }

    fn raw_type(&mut self) -> Parse<DataTypeKind> {
        self.bump();
        self.expect_symbol(Symbol::LeftParen)?;
        let class = self.string()?;
        self.expect_symbol(Symbol::Comma)?;
        let serializer = self.string()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(DataTypeKind::Raw { class, serializer })
    }

    fn row_type(&mut self) -> Parse<DataTypeKind> {
        self.bump();
        // `<>` is one sign to the lexer.
        if self.eat_symbol(Symbol::NotEqual) {
            return Ok(DataTypeKind::Row(Vec::new()));
        }
        let close = if self.eat_symbol(Symbol::Less) {
            Symbol::Greater
        } else {
            self.expect_symbol(Symbol::LeftParen)?;
            Symbol::RightParen
        };
        let fields = if self.is_symbol(close) { Vec::new() } else { self.comma_list(Self::field)? };
        self.expect_symbol(close)?;
        Ok(DataTypeKind::Row(fields))
    }

    fn structured_type(&mut self) -> Parse<DataTypeKind> {
        self.bump();
        self.expect_symbol(Symbol::Less)?;
        let class = self.string()?;
        let mut fields = Vec::new();
        if self.eat_symbol(Symbol::Comma) && !self.is_symbol(Symbol::Greater) {
            fields = self.comma_list(Self::field)?;
        }
        self.expect_symbol(Symbol::Greater)?;
        Ok(DataTypeKind::Structured { class, fields })
    }

    fn field(&mut self) -> Parse<FieldDef> {
        let name = self.ident()?;
        let data_type = self.column_type()?;
        let comment = if self.kind() == TokenKind::String { Some(self.plain_string()?) } else { None };
        Ok(FieldDef { name, data_type, comment })
    }
}
