//! Scalar expressions.

use super::{
    DataType, FunctionCall, Ident, IntervalQualifier, JsonConstructorNulls, JsonEntry, JsonExistsBehavior,
    JsonPathCall, JsonQueryBehavior, JsonQueryWrapper, JsonReturning, JsonValueBehavior, Literal, ObjectName,
    OrderItem, Over, Query, Span, TimeUnit,
};

/// An expression and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands; parentheses around it are not part of it.
    pub span: Span,
}

/// The forms of an expression. Whatever has a syntax of its own is a variant; all other calls are [`ExprKind::Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// `a`, `t.a`, `t.a.field`: which part is what, the binder decides.
    Name(ObjectName),
    /// `*` with an alias, which the grammar takes and validation refuses; `*` alone is a [`SelectItem::Wildcard`](super::SelectItem).
    Wildcard,
    /// `t.*` in the place of an expression.
    QualifiedWildcard(ObjectName),
    /// `?`, numbered from 0 in the order of the text.
    Parameter(u32),
    /// `DEFAULT` as a value of an insert or an argument.
    Default,
    /// `CURRENT_DATE`, `USER`, … without parentheses.
    ContextVariable(ContextVariable),

    /// `- a`, `+ a`, `NOT a`.
    Unary {
        /// Which operator.
        operator: UnaryOperator,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a op b`; operators of equal strength associate to the left.
    Binary {
        /// The left operand.
        left: Box<Expr>,
        /// Which operator.
        operator: BinaryOperator,
        /// The right operand.
        right: Box<Expr>,
    },
    /// `a AND b AND …`: two or more operands.
    And(Vec<Expr>),
    /// `a OR b OR …`: two or more operands.
    Or(Vec<Expr>),
    /// `a IS [NOT] NULL | TRUE | FALSE | UNKNOWN | …`.
    Is {
        /// What is tested.
        operand: Box<Expr>,
        /// For what.
        test: IsTest,
        /// `IS NOT`.
        negated: bool,
    },
    /// `a [NOT] IN (x, y, …)`.
    InList {
        /// What is sought.
        operand: Box<Expr>,
        /// Among what; at least one.
        list: Vec<Expr>,
        /// `NOT IN`.
        negated: bool,
    },
    /// `a [NOT] IN (query)`.
    InQuery {
        /// What is sought.
        operand: Box<Expr>,
        /// Among whose rows.
        query: Box<Query>,
        /// `NOT IN`.
        negated: bool,
    },
    /// `a = ANY (…)`, `a < ALL (…)`.
    Quantified {
        /// The left side.
        operand: Box<Expr>,
        /// The comparison.
        comparison: Comparison,
        /// `SOME`/`ANY` or `ALL`.
        quantifier: Quantifier,
        /// The right side.
        among: QuantifiedOperand,
    },
    /// `a [NOT] BETWEEN [SYMMETRIC] low AND high`.
    Between {
        /// What is tested.
        operand: Box<Expr>,
        /// One bound.
        low: Box<Expr>,
        /// The other bound.
        high: Box<Expr>,
        /// `SYMMETRIC`: the bounds may come in either order.
        symmetric: bool,
        /// `NOT BETWEEN`.
        negated: bool,
    },
    /// `a [NOT] LIKE | ILIKE | RLIKE | SIMILAR TO pattern [ESCAPE c]`.
    Like {
        /// Which kind of pattern.
        kind: LikeKind,
        /// What is matched.
        operand: Box<Expr>,
        /// Against what.
        pattern: Box<Expr>,
        /// The escape character.
        escape: Option<Box<Expr>>,
        /// `NOT LIKE`.
        negated: bool,
    },
    /// `a FORMAT JSON`.
    FormatJson(Box<Expr>),
    /// `EXISTS (query)`.
    Exists(Box<Query>),
    /// `UNIQUE (query)`.
    Unique(Box<Query>),
    /// `(query)` as a value.
    Subquery(Box<Query>),
    /// `CURSOR (query)`.
    Cursor(Box<Query>),

    /// `CASE … END`.
    Case {
        /// The value compared with each branch, in the simple form.
        operand: Option<Box<Expr>>,
        /// The branches; at least one.
        branches: Vec<CaseBranch>,
        /// `ELSE`.
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(a AS t)`, `TRY_CAST(a AS t)`.
    Cast {
        /// Which.
        kind: CastKind,
        /// What is cast.
        operand: Box<Expr>,
        /// To what.
        target: Box<DataType>,
    },
    /// `EXTRACT(unit FROM a)`.
    Extract {
        /// What to extract.
        unit: TimeUnit,
        /// From what.
        from: Box<Expr>,
    },
    /// `FLOOR(a TO unit)`, `CEIL(a TO unit)`; without `TO` they are calls.
    RoundTo {
        /// Down or up.
        direction: RoundingDirection,
        /// What is rounded.
        operand: Box<Expr>,
        /// To which unit.
        unit: TimeUnit,
        /// `OVER` behind it (the grammar takes it; it means nothing).
        over: Option<Box<Over>>,
    },
    /// `TRIM([side] [characters] FROM a)`, `TRIM(a)`.
    Trim {
        /// Which end; both if not written.
        side: TrimSide,
        /// What is cut off; a space if not written.
        characters: Option<Box<Expr>>,
        /// From what.
        from: Box<Expr>,
    },
    /// `POSITION(needle IN haystack [FROM start])`.
    Position {
        /// What is sought.
        needle: Box<Expr>,
        /// In what.
        haystack: Box<Expr>,
        /// From where.
        from: Option<Box<Expr>>,
    },
    /// `OVERLAY(a PLACING b FROM start [FOR length])`.
    Overlay {
        /// The string that is changed.
        operand: Box<Expr>,
        /// What is put in.
        placing: Box<Expr>,
        /// From where.
        from: Box<Expr>,
        /// In place of how many characters.
        length: Option<Box<Expr>>,
    },
    /// `SUBSTRING(a FROM start [FOR length])`, `SUBSTRING(a, start [, length])`.
    Substring {
        /// The string.
        operand: Box<Expr>,
        /// From where.
        from: Box<Expr>,
        /// How many characters.
        length: Option<Box<Expr>>,
    },
    /// `CONVERT(a USING charset)`.
    ConvertUsing {
        /// The string.
        operand: Box<Expr>,
        /// The character set.
        charset: Ident,
    },
    /// `TRANSLATE(a USING charset)`; `TRANSLATE(a, b, c)` is a call.
    TranslateUsing {
        /// The string.
        operand: Box<Expr>,
        /// The character set.
        charset: Ident,
    },
    /// `TIMESTAMPADD(unit, count, a)`.
    TimestampAdd {
        /// The unit of the count.
        unit: TimeUnit,
        /// How many.
        count: Box<Expr>,
        /// Added to what.
        operand: Box<Expr>,
    },
    /// `TIMESTAMPDIFF(unit, from, to)`.
    TimestampDiff {
        /// The unit of the result.
        unit: TimeUnit,
        /// The earlier one.
        from: Box<Expr>,
        /// The later one.
        to: Box<Expr>,
    },
    /// `DATE_TRUNC(a, unit)`, `TIMESTAMP_DIFF(a, b, unit)` and their like: the unit is a word, not a value.
    TimeUnitCall {
        /// Which function.
        function: TimeUnitFunction,
        /// Its operands.
        operands: Vec<Expr>,
        /// Its unit.
        unit: TimeUnit,
    },
    /// `(a - b) DAY TO SECOND`: the difference as an interval.
    MinusAsInterval {
        /// The minuend.
        left: Box<Expr>,
        /// The subtrahend.
        right: Box<Expr>,
        /// The interval's fields.
        qualifier: IntervalQualifier,
    },
    /// `INTERVAL a DAY`, where the value is not a string literal.
    IntervalOf {
        /// `INTERVAL - a DAY`.
        negated: bool,
        /// How many.
        value: Box<Expr>,
        /// Of what.
        qualifier: IntervalQualifier,
    },

    /// `ROW(a, b)`, `(a, b)`, `PERIOD(a, b)`.
    Row(Vec<Expr>),
    /// `ARRAY[a, b]`.
    Array(Vec<Expr>),
    /// `ARRAY(query)`.
    ArrayQuery(Box<Query>),
    /// `MULTISET[a, b]`.
    Multiset(Vec<Expr>),
    /// `MULTISET(query)`.
    MultisetQuery(Box<Query>),
    /// `MAP[k1, v1, k2, v2]`: keys and values in turn, as written (an odd number is the binder's to refuse).
    Map(Vec<Expr>),
    /// `MAP(query)`.
    MapQuery(Box<Query>),
    /// `a[i]`: an element of an array, a value of a map, a field of a row.
    Item {
        /// Of what.
        base: Box<Expr>,
        /// Which.
        index: Box<Expr>,
    },
    /// `a.field` where `a` is more than a name.
    Field {
        /// Of what.
        base: Box<Expr>,
        /// Which.
        field: Ident,
    },
    /// `a.f(x)` where `a` is more than a name.
    Method {
        /// Of what.
        base: Box<Expr>,
        /// The call; its name is simple.
        call: Box<FunctionCall>,
    },

    /// A function call, aggregate calls and window calls included.
    Call(Box<FunctionCall>),
    /// `NEW f(a)`.
    New(Box<FunctionCall>),
    /// `{fn f(a)}`: the call inside.
    JdbcCall(Box<Expr>),
    /// `{fn convert(a, SQL_INTEGER)}`.
    JdbcConvert {
        /// What is converted.
        operand: Box<Expr>,
        /// The type's word, upper case.
        target: String,
    },
    /// `RUNNING f(a)`, `FINAL f(a)` in MATCH_RECOGNIZE.
    MatchSemantics {
        /// `FINAL` instead of `RUNNING`.
        is_final: bool,
        /// The call.
        call: Box<Expr>,
    },
    /// `NEXT VALUE FOR s`.
    NextValue(ObjectName),
    /// `CURRENT VALUE FOR s`.
    CurrentValue(ObjectName),
    /// `MODEL m` as an argument.
    Model(ObjectName),
    /// `DESCRIPTOR(a, b)`: names of columns as an argument.
    Descriptor(Vec<ObjectName>),

    /// `JSON_EXISTS(a, path [on error])`.
    JsonExists {
        /// Input, path and passed values.
        call: Box<JsonPathCall>,
        /// `… ON ERROR`.
        on_error: Option<JsonExistsBehavior>,
    },
    /// `JSON_VALUE(a, path [RETURNING t] [on empty] [on error])`.
    JsonValue {
        /// Input, path and passed values.
        call: Box<JsonPathCall>,
        /// The type of the result.
        returning: Option<Box<JsonReturning>>,
        /// `… ON EMPTY`.
        on_empty: Option<Box<JsonValueBehavior>>,
        /// `… ON ERROR`.
        on_error: Option<Box<JsonValueBehavior>>,
    },
    /// `JSON_QUERY(a, path [RETURNING t] [wrapper] [on empty] [on error])`.
    JsonQuery {
        /// Input, path and passed values.
        call: Box<JsonPathCall>,
        /// The type of the result.
        returning: Option<Box<JsonReturning>>,
        /// Whether the result is wrapped in an array.
        wrapper: Option<JsonQueryWrapper>,
        /// `… ON EMPTY`.
        on_empty: Option<JsonQueryBehavior>,
        /// `… ON ERROR`.
        on_error: Option<JsonQueryBehavior>,
    },
    /// `JSON_OBJECT(KEY k VALUE v, … [NULL ON NULL])`.
    JsonObject {
        /// Its entries.
        entries: Vec<JsonEntry>,
        /// What becomes of NULL values.
        nulls: Option<JsonConstructorNulls>,
    },
    /// `JSON_OBJECTAGG(KEY k VALUE v [NULL ON NULL])`.
    JsonObjectAgg {
        /// The entry each row gives.
        entry: Box<JsonEntry>,
        /// What becomes of NULL values.
        nulls: Option<JsonConstructorNulls>,
    },
    /// `JSON_ARRAY(a, b [NULL ON NULL])`.
    JsonArray {
        /// Its elements.
        elements: Vec<Expr>,
        /// What becomes of NULL values.
        nulls: Option<JsonConstructorNulls>,
    },
    /// `JSON_ARRAYAGG(a [ORDER BY …] [NULL ON NULL])`.
    JsonArrayAgg {
        /// The element each row gives.
        element: Box<Expr>,
        /// The order of the elements.
        order_by: Vec<OrderItem>,
        /// What becomes of NULL values.
        nulls: Option<JsonConstructorNulls>,
    },
}

impl Expr {
    /// An expression at a place.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// The name, if the expression is nothing but a name.
    pub fn as_name(&self) -> Option<&ObjectName> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The constant, if the expression is nothing but a constant.
    pub fn as_literal(&self) -> Option<&Literal> {
        match &self.kind {
            ExprKind::Literal(literal) => Some(literal),
            _ => None,
        }
    }
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `+ a`.
    Plus,
    /// `- a`.
    Minus,
    /// `NOT a`.
    Not,
    /// `EXISTS a` of something that is not a query, which the grammar takes and validation refuses.
    Exists,
    /// `UNIQUE a` of something that is not a query, likewise.
    Unique,
}

/// Infix operators that make a node of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `a + b`.
    Plus,
    /// `a - b`.
    Minus,
    /// `a * b`.
    Multiply,
    /// `a / b`.
    Divide,
    /// `a % b`.
    Modulo,
    /// `a || b`.
    Concat,
    /// `a = b`, `a < b`, ….
    Compare(Comparison),
    /// `a IS DISTINCT FROM b`.
    IsDistinctFrom,
    /// `a IS NOT DISTINCT FROM b`.
    IsNotDistinctFrom,
    /// `a MEMBER OF b`.
    MemberOf,
    /// `a SUBMULTISET OF b`.
    SubmultisetOf,
    /// `a NOT SUBMULTISET OF b`.
    NotSubmultisetOf,
    /// `a MULTISET UNION [ALL | DISTINCT] b`; ALL is the default.
    MultisetUnion {
        /// `DISTINCT`.
        distinct: bool,
    },
    /// `a MULTISET INTERSECT [ALL | DISTINCT] b`.
    MultisetIntersect {
        /// `DISTINCT`.
        distinct: bool,
    },
    /// `a MULTISET EXCEPT [ALL | DISTINCT] b`.
    MultisetExcept {
        /// `DISTINCT`.
        distinct: bool,
    },
    /// `a CONTAINS b`, of periods.
    Contains,
    /// `a OVERLAPS b`.
    Overlaps,
    /// `a EQUALS b`.
    PeriodEquals,
    /// `a PRECEDES b`.
    Precedes,
    /// `a SUCCEEDS b`.
    Succeeds,
    /// `a IMMEDIATELY PRECEDES b`.
    ImmediatelyPrecedes,
    /// `a IMMEDIATELY SUCCEEDS b`.
    ImmediatelySucceeds,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`.
    Equal,
    /// `<>`, `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
}

/// What `IS` tests for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IsTest {
    /// `IS NULL`.
    Null,
    /// `IS TRUE`.
    True,
    /// `IS FALSE`.
    False,
    /// `IS UNKNOWN`.
    Unknown,
    /// `IS A SET`.
    ASet,
    /// `IS EMPTY`.
    Empty,
    /// `IS JSON`, `IS JSON VALUE`.
    JsonValue,
    /// `IS JSON OBJECT`.
    JsonObject,
    /// `IS JSON ARRAY`.
    JsonArray,
    /// `IS JSON SCALAR`.
    JsonScalar,
}

/// `SOME`/`ANY` or `ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `SOME`, `ANY`: true if true for one.
    Some,
    /// `ALL`: true if true for each.
    All,
}

/// The right side of a quantified comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantifiedOperand {
    /// `(x, y, …)`; at least one.
    List(Vec<Expr>),
    /// `(query)`.
    Query(Box<Query>),
}

/// Kinds of pattern matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LikeKind {
    /// `LIKE`.
    Like,
    /// `ILIKE`.
    ILike,
    /// `RLIKE`.
    RLike,
    /// `SIMILAR TO`.
    Similar,
}

/// `WHEN … THEN …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseBranch {
    /// The condition, or in the simple form the values compared with the operand (one or more).
    pub when: Vec<Expr>,
    /// The result.
    pub then: Expr,
}

/// Which cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CastKind {
    /// `CAST`: fails where the value cannot be converted.
    Cast,
    /// `TRY_CAST`: gives NULL there.
    TryCast,
}

/// Which way `FLOOR` and `CEIL` go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoundingDirection {
    /// `FLOOR`.
    Floor,
    /// `CEIL`, `CEILING`.
    Ceil,
}

/// Which end `TRIM` cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrimSide {
    /// Both ends.
    Both,
    /// The front.
    Leading,
    /// The end.
    Trailing,
}

/// Functions whose last argument is a time unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum TimeUnitFunction {
    DateDiff,
    DatetimeDiff,
    TimestampDiff,
    TimeDiff,
    DateTrunc,
    TimestampTrunc,
    TimeTrunc,
}

/// Functions and variables that are written without parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the syntax")]
pub enum ContextVariable {
    CurrentCatalog,
    CurrentDate,
    CurrentDefaultTransformGroup,
    CurrentPath,
    CurrentRole,
    CurrentSchema,
    CurrentTime,
    CurrentTimestamp,
    CurrentUser,
    Localtime,
    Localtimestamp,
    SessionUser,
    SystemUser,
    User,
}
