//! Expressions.

use std::fmt::{self, Display, Formatter};

use super::super::ast::{
    BinaryOperator as B, CaseBranch, CastKind, Comparison, ContextVariable, Expr, ExprKind, IsTest,
    JsonConstructorNulls, JsonEntry, JsonExistsBehavior, JsonPathCall, JsonQueryBehavior, JsonQueryWrapper,
    JsonReturning, JsonValueBehavior, LikeKind, Literal, QuantifiedOperand, Quantifier, RoundingDirection,
    TimeUnitFunction, TrimSide, UnaryOperator,
};
use super::call::{QuotedCall, is_plain};
use super::{Clause, Commas, Optional, Word, write_list};

/// How strongly the outermost operator of an expression binds; the numbers are the parser's.
fn strength(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Or(_) => 22,
        ExprKind::And(_) => 24,
        ExprKind::Unary { operator: UnaryOperator::Not, .. } => 26,
        ExprKind::Unary { operator: UnaryOperator::Exists | UnaryOperator::Unique, .. } => 39,
        ExprKind::Unary { .. } => 80,
        ExprKind::Is { .. } | ExprKind::FormatJson(_) => 28,
        ExprKind::InList { .. }
        | ExprKind::InQuery { .. }
        | ExprKind::Quantified { .. }
        | ExprKind::Between { .. }
        | ExprKind::Like { .. } => 32,
        ExprKind::Binary { operator, .. } => match operator {
            B::MultisetUnion { .. } | B::MultisetExcept { .. } => 14,
            B::MultisetIntersect { .. } => 16,
            B::Plus | B::Minus => 40,
            B::Multiply | B::Divide | B::Modulo | B::Concat => 60,
            _ => 30,
        },
        // EXISTS takes what binds as + or more into its operand, so it must not stand before that.
        ExprKind::Exists(_) | ExprKind::Unique(_) => 39,
        ExprKind::Item { .. } | ExprKind::Field { .. } | ExprKind::Method { .. } => 100,
        _ => u8::MAX,
    }
}

/// An operand, in parentheses if it binds less than `least`.
struct Operand<'a>(&'a Expr, u8);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if strength(&self.0.kind) < self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
    }
}

/// What stands before `.field`: anything but a call and an access needs parentheses, lest the name be read into it.
struct Base<'a> {
    base: &'a Expr,
    is_method: bool,
}

impl Display for Base<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = match &self.base.kind {
            ExprKind::Call(call) => is_plain(call),
            ExprKind::Method { .. } => true,
            ExprKind::Item { .. } => !self.is_method,
            // Behind `a[i].b` only fields can stand.
            ExprKind::Field { base, .. } => !(self.is_method && ends_in_item(base)),
            _ => false,
        };
        if plain { write!(f, "{}", self.base) } else { write!(f, "({})", self.base) }
    }
}

/// Whether `a[i].b.c` is written without parentheses around its `a[i]`.
fn ends_in_item(mut base: &Expr) -> bool {
    while let ExprKind::Field { base: inner, .. } = &base.kind {
        base = inner;
    }
    matches!(base.kind, ExprKind::Item { .. })
}

/// Values between commas. A query that stands alone needs no parentheses of its own within those around.
pub(super) struct InParentheses<'a>(pub &'a [Expr]);

impl Display for InParentheses<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            [Expr { kind: ExprKind::Subquery(query), .. }] => write!(f, "{query}"),
            values => write!(f, "{}", Commas(values)),
        }
    }
}

/// The left side of IN, BETWEEN and a quantified comparison: LIKE would take them into its pattern.
fn before_in(operand: &Expr) -> Operand<'_> {
    Operand(operand, if matches!(operand.kind, ExprKind::Like { .. }) { u8::MAX } else { 32 })
}

/// The left side of LIKE: BETWEEN would take it into its bound, LIKE into its pattern.
fn before_like(operand: &Expr) -> Operand<'_> {
    let taken = matches!(operand.kind, ExprKind::Like { .. } | ExprKind::Between { .. });
    Operand(operand, if taken { u8::MAX } else { 32 })
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)
    }
}

impl Display for ExprKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Name(name) => write!(f, "{name}"),
            Self::Wildcard => f.write_str("*"),
            Self::QualifiedWildcard(name) => write!(f, "{name}.*"),
            Self::Parameter(_) => f.write_str("?"),
            Self::Default => f.write_str("DEFAULT"),
            Self::ContextVariable(variable) => write!(f, "{variable}"),
            Self::Call(call) => write!(f, "{call}"),
            Self::New(call) => write!(f, "NEW {}", QuotedCall(call)),
            Self::JdbcCall(call) => write!(f, "{{fn {call}}}"),
            Self::JdbcConvert { operand, target } => write!(f, "{{fn CONVERT({operand}, {target})}}"),
            Self::MatchSemantics { is_final, call } => {
                write!(f, "{} {call}", if *is_final { "FINAL" } else { "RUNNING" })
            }
            Self::NextValue(name) => write!(f, "NEXT VALUE FOR {name}"),
            Self::CurrentValue(name) => write!(f, "CURRENT VALUE FOR {name}"),
            Self::Model(name) => write!(f, "MODEL {name}"),
            Self::Descriptor(columns) => write!(f, "DESCRIPTOR({})", Commas(columns)),
            Self::Subquery(query) => write!(f, "({query})"),
            Self::Exists(query) => write!(f, "EXISTS ({query})"),
            Self::Unique(query) => write!(f, "UNIQUE ({query})"),
            Self::Cursor(query) => write!(f, "CURSOR ({query})"),
            Self::Row(values) => write!(f, "ROW({})", InParentheses(values)),
            Self::Array(values) => write!(f, "ARRAY[{}]", Commas(values)),
            Self::ArrayQuery(query) => write!(f, "ARRAY({query})"),
            Self::Multiset(values) => write!(f, "MULTISET[{}]", Commas(values)),
            Self::MultisetQuery(query) => write!(f, "MULTISET({query})"),
            Self::Map(values) => write!(f, "MAP[{}]", Commas(values)),
            Self::MapQuery(query) => write!(f, "MAP({query})"),
            Self::Item { base, index } => write!(f, "{}[{index}]", Operand(base, 100)),
            Self::Field { base, field } => write!(f, "{}.{field}", Base { base, is_method: false }),
            Self::Method { base, call } => {
                write!(f, "{}.{}", Base { base, is_method: true }, QuotedCall(call))
            }
            Self::Case { operand, branches, otherwise } => {
                write!(f, "CASE{}", Optional(" ", operand))?;
                branches.iter().try_for_each(|branch| write!(f, " {branch}"))?;
                write!(f, "{} END", Optional(" ELSE ", otherwise))
            }
            Self::Unary { .. }
            | Self::Binary { .. }
            | Self::And(_)
            | Self::Or(_)
            | Self::Is { .. }
            | Self::FormatJson(_)
            | Self::InList { .. }
            | Self::InQuery { .. }
            | Self::Quantified { .. }
            | Self::Between { .. }
            | Self::Like { .. } => write_operator(f, self),
            Self::JsonExists { .. }
            | Self::JsonValue { .. }
            | Self::JsonQuery { .. }
            | Self::JsonObject { .. }
            | Self::JsonObjectAgg { .. }
            | Self::JsonArray { .. }
            | Self::JsonArrayAgg { .. } => write_json(f, self),
            special => write_special(f, special),
        }
    }
}

/// Operators. (Printing recurses, so its functions are kept small; each leaves the other kinds to the others.)
fn write_operator(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    match kind {
        ExprKind::Unary { operator, operand } => write_unary(f, *operator, operand),
        ExprKind::Binary { left, operator, right } => {
            let strength = strength(kind);
            write!(f, "{} {operator} {}", Operand(left, strength), Operand(right, strength + 1))
        }
        ExprKind::And(operands) => write_operands(f, operands, " AND ", strength(kind)),
        ExprKind::Or(operands) => write_operands(f, operands, " OR ", strength(kind)),
        ExprKind::Is { operand, test, negated } => {
            // What tests are written behind one another is read from the left.
            write!(f, "{} IS {}{test}", Operand(operand, 28), Word(*negated, "NOT "))
        }
        ExprKind::FormatJson(operand) => write!(f, "{} FORMAT JSON", Operand(operand, 28)),
        ExprKind::InList { operand, list, negated } => {
            write!(f, "{} {}IN ({})", before_in(operand), Word(*negated, "NOT "), Commas(list))
        }
        ExprKind::InQuery { operand, query, negated } => {
            write!(f, "{} {}IN ({query})", before_in(operand), Word(*negated, "NOT "))
        }
        ExprKind::Quantified { operand, comparison, quantifier, among } => {
            let word = match quantifier {
                Quantifier::Some => "SOME",
                Quantifier::All => "ALL",
            };
            write!(f, "{} {comparison} {word} ", before_in(operand))?;
            match among {
                QuantifiedOperand::List(list) => write!(f, "({})", Commas(list)),
                QuantifiedOperand::Query(query) => write!(f, "({query})"),
            }
        }
        ExprKind::Between { operand, low, high, symmetric, negated } => {
            let (not, symmetric) = (Word(*negated, "NOT "), Word(*symmetric, "SYMMETRIC "));
            let (operand, low, high) = (before_in(operand), Operand(low, 25), Operand(high, 33));
            write!(f, "{operand} {not}BETWEEN {symmetric}{low} AND {high}")
        }
        ExprKind::Like { kind, operand, pattern, escape, negated } => {
            // An ESCAPE belongs to the innermost LIKE.
            let pattern = Operand(pattern, if escape.is_some() { 33 } else { 32 });
            write!(f, "{} {}{kind} {pattern}", before_like(operand), Word(*negated, "NOT "))?;
            match escape {
                Some(escape) => write!(f, " ESCAPE {}", Operand(escape, 32)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Functions with a syntax of their own.
fn write_special(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    match kind {
        ExprKind::Cast { kind, operand, target } => {
            let word = match kind {
                CastKind::Cast => "CAST",
                CastKind::TryCast => "TRY_CAST",
            };
            write!(f, "{word}({operand} AS {target})")
        }
        ExprKind::Extract { unit, from } => write!(f, "EXTRACT({unit} FROM {from})"),
        ExprKind::RoundTo { direction, operand, unit, over } => {
            let word = match direction {
                RoundingDirection::Floor => "FLOOR",
                RoundingDirection::Ceil => "CEIL",
            };
            write!(f, "{word}({operand} TO {unit}){}", Optional(" OVER ", over))
        }
        ExprKind::Trim { side, characters, from } => {
            let side = match side {
                TrimSide::Both => "BOTH",
                TrimSide::Leading => "LEADING",
                TrimSide::Trailing => "TRAILING",
            };
            write!(f, "TRIM({side}{} FROM {from})", Optional(" ", characters))
        }
        ExprKind::Position { needle, haystack, from } => {
            let from = Optional(" FROM ", from);
            write!(f, "POSITION({needle} IN {haystack}{from})")
        }
        ExprKind::Overlay { operand, placing, from, length } => {
            write!(f, "OVERLAY({operand} PLACING {placing} FROM {from}{})", Optional(" FOR ", length))
        }
        ExprKind::Substring { operand, from, length } => {
            write!(f, "SUBSTRING({operand} FROM {from}{})", Optional(" FOR ", length))
        }
        ExprKind::ConvertUsing { operand, charset } => write!(f, "CONVERT({operand} USING {charset})"),
        ExprKind::TranslateUsing { operand, charset } => write!(f, "TRANSLATE({operand} USING {charset})"),
        ExprKind::TimestampAdd { unit, count, operand } => {
            write!(f, "TIMESTAMPADD({unit}, {count}, {operand})")
        }
        ExprKind::TimestampDiff { unit, from, to } => write!(f, "TIMESTAMPDIFF({unit}, {from}, {to})"),
        ExprKind::TimeUnitCall { function, operands, unit } => {
            write!(f, "{function}({}, {unit})", Commas(operands))
        }
        ExprKind::MinusAsInterval { left, right, qualifier } => {
            write!(f, "({} - {}) {qualifier}", Operand(left, 40), Operand(right, 41))
        }
        ExprKind::IntervalOf { negated, value, qualifier } => {
            let sign = Word(*negated, "-");
            match value.kind {
                ExprKind::Name(_)
                | ExprKind::QualifiedWildcard(_)
                | ExprKind::Literal(Literal::Number(_)) => {
                    write!(f, "INTERVAL {sign}{value} {qualifier}")
                }
                _ => write!(f, "INTERVAL {sign}({value}) {qualifier}"),
            }
        }
        _ => Ok(()),
    }
}

/// The SQL/JSON functions.
fn write_json(f: &mut Formatter<'_>, kind: &ExprKind) -> fmt::Result {
    match kind {
        ExprKind::JsonExists { call, on_error } => {
            write!(
                f,
                "JSON_EXISTS({call}{}{})",
                Optional(" ", on_error),
                Word(on_error.is_some(), " ON ERROR")
            )
        }
        ExprKind::JsonValue { call, returning, on_empty, on_error } => write!(
            f,
            "JSON_VALUE({call}{}{}{}{}{})",
            Optional(" ", returning),
            Optional(" ", on_empty),
            Word(on_empty.is_some(), " ON EMPTY"),
            Optional(" ", on_error),
            Word(on_error.is_some(), " ON ERROR")
        ),
        ExprKind::JsonQuery { call, returning, wrapper, on_empty, on_error } => write!(
            f,
            "JSON_QUERY({call}{}{}{}{}{}{})",
            Optional(" ", returning),
            Optional(" ", wrapper),
            Optional(" ", on_empty),
            Word(on_empty.is_some(), " ON EMPTY"),
            Optional(" ", on_error),
            Word(on_error.is_some(), " ON ERROR")
        ),
        ExprKind::JsonObject { entries, nulls } => {
            let space = Word(!entries.is_empty() && nulls.is_some(), " ");
            write!(f, "JSON_OBJECT({}{space}{})", Commas(entries), Optional("", nulls))
        }
        ExprKind::JsonObjectAgg { entry, nulls } => {
            write!(f, "JSON_OBJECTAGG({entry}{})", Optional(" ", nulls))
        }
        ExprKind::JsonArray { elements, nulls } => {
            write!(f, "JSON_ARRAY({}{})", Commas(elements), Optional(" ", nulls))
        }
        ExprKind::JsonArrayAgg { element, order_by, nulls } => {
            let order_by = Clause(" ORDER BY ", order_by, "");
            write!(f, "JSON_ARRAYAGG({element}{order_by}{})", Optional(" ", nulls))
        }
        _ => Ok(()),
    }
}

fn write_unary(f: &mut Formatter<'_>, operator: UnaryOperator, operand: &Expr) -> fmt::Result {
    match operator {
        UnaryOperator::Not => write!(f, "NOT {}", Operand(operand, 26)),
        UnaryOperator::Exists => write!(f, "EXISTS {}", Operand(operand, 39)),
        UnaryOperator::Unique => write!(f, "UNIQUE {}", Operand(operand, 39)),
        UnaryOperator::Minus => write!(f, "-{}{}", gap(operand), Operand(operand, 80)),
        UnaryOperator::Plus => write!(f, "+{}{}", gap(operand), Operand(operand, 80)),
    }
}

/// What stands between a sign and its operand: two signs right behind one another would begin a comment.
fn gap(operand: &Expr) -> Word<'static> {
    Word(strength(&operand.kind) == 80, " ")
}

fn write_operands(f: &mut Formatter<'_>, operands: &[Expr], separator: &str, strength: u8) -> fmt::Result {
    let operands: Vec<Operand<'_>> = operands.iter().map(|operand| Operand(operand, strength + 1)).collect();
    write_list(f, &operands, separator)
}

impl Display for CaseBranch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "WHEN {} THEN {}", Commas(&self.when), self.then)
    }
}

impl Display for B {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Concat => "||",
            Self::Compare(comparison) => return write!(f, "{comparison}"),
            Self::IsDistinctFrom => "IS DISTINCT FROM",
            Self::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
            Self::MemberOf => "MEMBER OF",
            Self::SubmultisetOf => "SUBMULTISET OF",
            Self::NotSubmultisetOf => "NOT SUBMULTISET OF",
            Self::MultisetUnion { distinct: false } => "MULTISET UNION ALL",
            Self::MultisetUnion { distinct: true } => "MULTISET UNION DISTINCT",
            Self::MultisetIntersect { distinct: false } => "MULTISET INTERSECT ALL",
            Self::MultisetIntersect { distinct: true } => "MULTISET INTERSECT DISTINCT",
            Self::MultisetExcept { distinct: false } => "MULTISET EXCEPT ALL",
            Self::MultisetExcept { distinct: true } => "MULTISET EXCEPT DISTINCT",
            Self::Contains => "CONTAINS",
            Self::Overlaps => "OVERLAPS",
            Self::PeriodEquals => "EQUALS",
            Self::Precedes => "PRECEDES",
            Self::Succeeds => "SUCCEEDS",
            Self::ImmediatelyPrecedes => "IMMEDIATELY PRECEDES",
            Self::ImmediatelySucceeds => "IMMEDIATELY SUCCEEDS",
        })
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for IsTest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "NULL",
            Self::True => "TRUE",
            Self::False => "FALSE",
            Self::Unknown => "UNKNOWN",
            Self::ASet => "A SET",
            Self::Empty => "EMPTY",
            Self::JsonValue => "JSON VALUE",
            Self::JsonObject => "JSON OBJECT",
            Self::JsonArray => "JSON ARRAY",
            Self::JsonScalar => "JSON SCALAR",
        })
    }
}

impl Display for LikeKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Like => "LIKE",
            Self::ILike => "ILIKE",
            Self::RLike => "RLIKE",
            Self::Similar => "SIMILAR TO",
        })
    }
}

impl Display for TimeUnitFunction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DateDiff => "DATE_DIFF",
            Self::DatetimeDiff => "DATETIME_DIFF",
            Self::TimestampDiff => "TIMESTAMP_DIFF",
            Self::TimeDiff => "TIME_DIFF",
            Self::DateTrunc => "DATE_TRUNC",
            Self::TimestampTrunc => "TIMESTAMP_TRUNC",
            Self::TimeTrunc => "TIME_TRUNC",
        })
    }
}

impl Display for ContextVariable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CurrentCatalog => "CURRENT_CATALOG",
            Self::CurrentDate => "CURRENT_DATE",
            Self::CurrentDefaultTransformGroup => "CURRENT_DEFAULT_TRANSFORM_GROUP",
            Self::CurrentPath => "CURRENT_PATH",
            Self::CurrentRole => "CURRENT_ROLE",
            Self::CurrentSchema => "CURRENT_SCHEMA",
            Self::CurrentTime => "CURRENT_TIME",
            Self::CurrentTimestamp => "CURRENT_TIMESTAMP",
            Self::CurrentUser => "CURRENT_USER",
            Self::Localtime => "LOCALTIME",
            Self::Localtimestamp => "LOCALTIMESTAMP",
            Self::SessionUser => "SESSION_USER",
            Self::SystemUser => "SYSTEM_USER",
            Self::User => "USER",
        })
    }
}

// The clauses of the SQL/JSON functions.

impl Display for JsonPathCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.input, self.path)?;
        for (at, (value, name)) in self.passing.iter().enumerate() {
            write!(f, "{}{value} AS {name}", if at == 0 { " PASSING " } else { ", " })?;
        }
        Ok(())
    }
}

impl Display for JsonReturning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "RETURNING {}", self.data_type)
    }
}

impl Display for JsonExistsBehavior {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "TRUE",
            Self::False => "FALSE",
            Self::Unknown => "UNKNOWN",
            Self::Error => "ERROR",
        })
    }
}

impl Display for JsonValueBehavior {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("ERROR"),
            Self::Null => f.write_str("NULL"),
            Self::Default(value) => write!(f, "DEFAULT {value}"),
        }
    }
}

impl Display for JsonQueryBehavior {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "ERROR",
            Self::Null => "NULL",
            Self::EmptyArray => "EMPTY ARRAY",
            Self::EmptyObject => "EMPTY OBJECT",
        })
    }
}

impl Display for JsonQueryWrapper {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Without => "WITHOUT ARRAY WRAPPER",
            Self::Conditional => "WITH CONDITIONAL ARRAY WRAPPER",
            Self::Unconditional => "WITH UNCONDITIONAL ARRAY WRAPPER",
        })
    }
}

impl Display for JsonEntry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "KEY {} VALUE {}", self.key, self.value)
    }
}

impl Display for JsonConstructorNulls {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "NULL ON NULL",
            Self::Absent => "ABSENT ON NULL",
        })
    }
}
