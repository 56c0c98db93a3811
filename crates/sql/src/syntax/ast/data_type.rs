//! Types as written.

use super::{Ident, IntervalQualifier, ObjectName, Span, StringLiteral};

/// A type with its nullability suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataType {
    /// Which type.
    pub kind: DataTypeKind,
    /// `NOT NULL` is false, `NULL` is true, nothing written is none.
    pub nullable: Option<bool>,
    /// Where it stands, suffix included.
    pub span: Span,
}

/// The types Flink's grammar knows. Synonyms are one kind (`DEC` and `NUMERIC` are `Decimal`, `INTEGER` is `Int`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataTypeKind {
    /// `BOOLEAN`.
    Boolean,
    /// `TINYINT`.
    TinyInt,
    /// `SMALLINT`.
    SmallInt,
    /// `INT`, `INTEGER`.
    Int,
    /// `BIGINT`.
    BigInt,
    /// `FLOAT`.
    Float,
    /// `REAL`.
    Real,
    /// `DOUBLE [PRECISION]`.
    Double,
    /// `DECIMAL`, `DEC`, `NUMERIC`, with precision and scale as written.
    Decimal {
        /// Total digits.
        precision: Option<u32>,
        /// Digits after the point; never written without a precision.
        scale: Option<u32>,
    },
    /// `CHAR`, `CHARACTER`.
    Char {
        /// Length in characters.
        length: Option<u32>,
        /// `CHARACTER SET name`.
        charset: Option<Ident>,
    },
    /// `VARCHAR`, `CHAR VARYING`, `CHARACTER VARYING`.
    Varchar {
        /// Greatest length in characters.
        length: Option<u32>,
        /// `CHARACTER SET name`.
        charset: Option<Ident>,
    },
    /// `STRING`.
    String,
    /// `BINARY`.
    Binary {
        /// Length in bytes.
        length: Option<u32>,
    },
    /// `VARBINARY`, `BINARY VARYING`.
    Varbinary {
        /// Greatest length in bytes.
        length: Option<u32>,
    },
    /// `BYTES`.
    Bytes,
    /// `DATE`.
    Date,
    /// `TIME`.
    Time {
        /// Fraction digits.
        precision: Option<u32>,
        /// Zone suffix.
        zone: TimeZoneSpec,
    },
    /// `TIMESTAMP`.
    Timestamp {
        /// Fraction digits.
        precision: Option<u32>,
        /// Zone suffix.
        zone: TimeZoneSpec,
    },
    /// `TIMESTAMP_LTZ`.
    TimestampLtz {
        /// Fraction digits.
        precision: Option<u32>,
    },
    /// `INTERVAL …`.
    Interval(IntervalQualifier),
    /// `ARRAY<t>` or `t ARRAY`.
    Array(Box<DataType>),
    /// `MULTISET<t>` or `t MULTISET`.
    Multiset(Box<DataType>),
    /// `MAP<k, v>`.
    Map(Box<DataType>, Box<DataType>),
    /// `ROW<…>` or `ROW(…)`.
    Row(Vec<FieldDef>),
    /// `STRUCTURED<'class', …>`.
    Structured {
        /// The implementation class.
        class: StringLiteral,
        /// Its fields.
        fields: Vec<FieldDef>,
    },
    /// `RAW('class', 'serializer')`.
    Raw {
        /// The class.
        class: StringLiteral,
        /// Its serializer snapshot, base64.
        serializer: StringLiteral,
    },
    /// `VARIANT`.
    Variant,
    /// `ANY`, which no column has.
    Any,
    /// A type by name that is none of the above: validation decides.
    Named(ObjectName),
}

/// The zone suffix of `TIME` and `TIMESTAMP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeZoneSpec {
    /// Nothing, or `WITHOUT TIME ZONE`.
    Without,
    /// `WITH LOCAL TIME ZONE`.
    WithLocal,
}

/// A field of a row type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDef {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub data_type: DataType,
    /// Its comment.
    pub comment: Option<StringLiteral>,
}
