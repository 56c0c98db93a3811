//! Expressions: from syntax to typed expressions over the columns of a scope.
//!
//! [`ExpressionBinder`] resolves names through a [`Scope`], operators and functions through the registry of
//! `millstream_expr`, derives types as Flink's validator does, and writes every implicit cast out. Nothing is folded but what the
//! types need (signs and implicit casts of literals), so that a plan can be shown as it was written; [`fold_constants`] does the rest.
//!
//! In a query with groups, everything is bound over the input's columns; aggregate calls are collected in [`Aggregates`] and
//! stand as columns behind the input's. [`Aggregates::over_groups`] then turns an expression into one over the groups' keys and results.

mod aggregates;
mod call;
mod cast;
mod conditional;
mod construct;
mod datetime;
mod fold;
mod grouping;
mod interval;
mod json;
mod literal;
mod nulls;
mod operator;
mod period;
mod predicate;
mod scope;
mod temporal;
mod text;

use std::sync::Arc;

use jiff::tz::TimeZone;
use millstream_expr::functions::Module;
use millstream_expr::types::{DataType, Kind};
use millstream_expr::{Expr, Value};

pub use aggregates::Aggregates;
pub(in crate::bind) use call::elsewhere;
pub use fold::fold_constants;
pub use grouping::GroupingColumns;
pub use scope::Scope;

use crate::error::{Error, Result};
use crate::syntax::ast::{self, ContextVariable, ExprKind as Syntax, LikeKind, Span};

/// What expressions depend on besides the columns.
#[derive(Clone, Debug)]
pub struct BindContext {
    /// The session's time zone (`table.local-time-zone`).
    pub time_zone: TimeZone,
    /// The current database, for CURRENT_DATABASE().
    pub database: Arc<str>,
    /// The modules in use, in the order in which functions are looked for in them.
    pub modules: Arc<[Module]>,
}

/// Binds expressions over one scope.
#[derive(Debug)]
pub struct ExpressionBinder<'a> {
    scope: &'a Scope,
    context: &'a BindContext,
    /// Where aggregate calls go; none where they are not allowed.
    aggregates: Option<&'a mut Aggregates>,
    /// What is being bound, for messages: `WHERE`.
    clause: &'static str,
}

impl<'a> ExpressionBinder<'a> {
    /// A binder for expressions without aggregate calls. `clause` names their place in messages: `WHERE`.
    pub fn new(scope: &'a Scope, context: &'a BindContext, clause: &'static str) -> Self {
        Self { scope, context, aggregates: None, clause }
    }

    /// A binder for expressions in which aggregate calls may stand; they are collected in `aggregates`, which must be of the
    /// scope's width.
    pub fn with_aggregates(
        scope: &'a Scope,
        context: &'a BindContext,
        aggregates: &'a mut Aggregates,
        clause: &'static str,
    ) -> Self {
        Self { scope, context, aggregates: Some(aggregates), clause }
    }

    /// The typed expression. A bare NULL has the type NULL: it is for the caller to give it one, or to refuse it.
    ///
    /// # Errors
    /// Invalid, for names that are not there and types that do not fit; unsupported, for what cannot run here. The
    /// error has its place in the text.
    pub fn bind(&mut self, expr: &ast::Expr) -> Result<Expr> {
        self.bind_form(expr).map_err(|error| error.at(expr.span))
    }

    /// As [`ExpressionBinder::bind`], for what must be a condition: a BOOLEAN.
    ///
    /// # Errors
    /// As [`ExpressionBinder::bind`]; invalid, when it is not a BOOLEAN.
    pub fn bind_condition(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let bound = self.bind(expr)?;
        match bound.data_type.kind {
            Kind::Boolean => Ok(bound),
            Kind::Null => Ok(Expr::literal(Value::Null, Kind::Boolean)),
            _ => {
                let message = format!("{} must be a BOOLEAN, not {}", self.clause, bound.data_type);
                Err(Error::invalid(message).at(expr.span))
            }
        }
    }

    /// As [`ExpressionBinder::bind`], but NULL without a type is refused: what stands in a SELECT list.
    ///
    /// # Errors
    /// As [`ExpressionBinder::bind`]; invalid, when nothing says the type of a NULL.
    pub fn bind_typed(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let bound = self.bind(expr)?;
        refuse_untyped_null(&bound).map_err(|error| error.at(expr.span))?;
        Ok(bound)
    }

    fn bind_all(&mut self, exprs: &[ast::Expr]) -> Result<Vec<Expr>> {
        exprs.iter().map(|expr| self.bind(expr)).collect()
    }

    /// One form each; the forms live in the rooms below, so that this frame stays small in a deep recursion.
    fn bind_form(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let span = expr.span;
        match &expr.kind {
            Syntax::Literal(literal) => literal::bind(literal, self.context, false),
            Syntax::Name(name) => self.scope.resolve(name),
            Syntax::ContextVariable(variable) => self.bind_context_variable(*variable),
            Syntax::Unary { operator, operand } => self.bind_unary(*operator, operand),
            Syntax::Binary { left, operator, right } => self.bind_binary(left, *operator, right),
            Syntax::And(parts) => self.bind_junction(parts, "AND"),
            Syntax::Or(parts) => self.bind_junction(parts, "OR"),
            Syntax::Is { operand, test, negated } => self.bind_is(operand, *test, *negated),
            Syntax::InList { operand, list, negated } => self.bind_in(operand, list, *negated),
            Syntax::Quantified { operand, comparison, quantifier, among } => {
                self.bind_quantified(operand, *comparison, *quantifier, among)
            }
            Syntax::Between { operand, low, high, symmetric, negated } => {
                self.bind_between(operand, low, high, *symmetric, *negated)
            }
            Syntax::Like { kind, operand, pattern, escape, negated } => {
                self.bind_like(*kind, operand, pattern, escape.as_deref(), *negated)
            }
            Syntax::Case { operand, branches, otherwise } => {
                self.bind_case(operand.as_deref(), branches, otherwise.as_deref())
            }
            Syntax::Cast { kind, operand, target } => self.bind_cast(*kind, operand, target),
            Syntax::Extract { unit, from } => self.bind_extract(unit, from),
            Syntax::RoundTo { direction, operand, unit, over } => {
                self.bind_round_to(*direction, operand, unit, over.is_some())
            }
            Syntax::Trim { side, characters, from } => self.bind_trim(*side, characters.as_deref(), from),
            Syntax::Position { needle, haystack, from } => {
                let name = if from.is_some() { "LOCATE" } else { "POSITION" };
                self.bind_parts(name, &[Some(needle), Some(haystack), from.as_deref()])
            }
            Syntax::Overlay { operand, placing, from, length } => {
                self.bind_parts("OVERLAY", &[Some(operand), Some(placing), Some(from), length.as_deref()])
            }
            Syntax::Substring { operand, from, length } => {
                self.bind_parts("SUBSTRING", &[Some(operand), Some(from), length.as_deref()])
            }
            Syntax::TimestampAdd { unit, count, operand } => self.bind_timestamp_add(unit, count, operand),
            Syntax::TimestampDiff { unit, from, to } => self.bind_timestamp_diff(unit, from, to),
            Syntax::MinusAsInterval { left, right, qualifier } => {
                self.bind_minus_as_interval(left, right, qualifier)
            }
            Syntax::IntervalOf { negated, value, qualifier } => {
                self.bind_interval_of(*negated, value, qualifier)
            }
            Syntax::Row(fields) => self.bind_constructor("ROW", fields),
            Syntax::Array(elements) => self.bind_constructor("ARRAY", elements),
            Syntax::Map(entries) => self.bind_constructor("MAP", entries),
            Syntax::Item { base, index } => self.bind_item(base, index),
            Syntax::Field { base, field } => {
                let row = self.bind(base)?;
                scope::field_named(row, field)
            }
            Syntax::Call(call) => self.bind_function_call(call),
            Syntax::JdbcCall(call) => self.bind(call),
            Syntax::JsonExists { call, on_error } => self.bind_json_exists(call, *on_error),
            Syntax::JsonValue { call, returning, on_empty, on_error } => {
                self.bind_json_value(call, returning.as_deref(), on_empty.as_deref(), on_error.as_deref())
            }
            Syntax::JsonQuery { call, returning, wrapper, on_empty, on_error } => {
                self.bind_json_query(call, returning.as_deref(), *wrapper, *on_empty, *on_error)
            }
            Syntax::JsonObject { entries, nulls } => self.bind_json_object(entries, *nulls),
            Syntax::JsonArray { elements, nulls } => self.bind_json_array(elements, *nulls),
            Syntax::JsonObjectAgg { entry, nulls } => self.bind_json_object_agg(entry, *nulls, span),
            Syntax::JsonArrayAgg { element, order_by, nulls } => {
                self.bind_json_array_agg(element, order_by, *nulls, span)
            }
            other => Err(refuse(other)),
        }
    }

    fn bind_context_variable(&self, variable: ContextVariable) -> Result<Expr> {
        let name = match variable {
            ContextVariable::CurrentDate => "CURRENT_DATE",
            ContextVariable::CurrentTime => "CURRENT_TIME",
            ContextVariable::CurrentTimestamp => "CURRENT_TIMESTAMP",
            ContextVariable::Localtime => "LOCALTIME",
            ContextVariable::Localtimestamp => "LOCALTIMESTAMP",
            ContextVariable::CurrentCatalog
            | ContextVariable::CurrentSchema
            | ContextVariable::CurrentDefaultTransformGroup
            | ContextVariable::CurrentPath
            | ContextVariable::CurrentRole
            | ContextVariable::CurrentUser
            | ContextVariable::SessionUser
            | ContextVariable::SystemUser
            | ContextVariable::User => {
                return Err(Error::unsupported(
                    "there are no users, roles and paths to ask for, in Flink neither; CURRENT_DATABASE() gives the database",
                ));
            }
        };
        self.operator(name, Vec::new())
    }
}

/// The error for a NULL of which nothing says the type.
fn refuse_untyped_null(expr: &Expr) -> Result<()> {
    if expr.data_type.kind == Kind::Null {
        return Err(Error::invalid("this NULL has no type; write CAST(NULL AS …)"));
    }
    Ok(())
}

/// The error for a form that has no meaning here.
fn refuse(form: &Syntax) -> Error {
    let unsupported = |what: &str| Error::unsupported(format!("{what} cannot run yet"));
    let never = |message: &str| Error::unsupported(message);
    match form {
        Syntax::InQuery { .. }
        | Syntax::Exists(_)
        | Syntax::Unique(_)
        | Syntax::Subquery(_)
        | Syntax::ArrayQuery(_)
        | Syntax::MultisetQuery(_)
        | Syntax::MapQuery(_) => unsupported("a sub-query in an expression"),
        Syntax::MatchSemantics { .. } => {
            Error::invalid("RUNNING and FINAL have a meaning in MATCH_RECOGNIZE only")
        }
        Syntax::QualifiedWildcard(_) => Error::invalid("t.* stands for columns in a SELECT list only"),
        Syntax::Parameter(_) => never("parameters (?) are not supported; write the value"),
        Syntax::Default => Error::invalid("DEFAULT is no value here"),
        Syntax::Multiset(_) => never("MULTISET[…] is not supported; use ARRAY[…], or COLLECT over rows"),
        Syntax::FormatJson(_) => never("FORMAT JSON is not supported; write JSON(…) around the value"),
        Syntax::JdbcConvert { .. } => never("{fn CONVERT(…)} is not supported; use CAST"),
        Syntax::Model(_) => never("models are not supported"),
        Syntax::ConvertUsing { .. } | Syntax::TranslateUsing { .. } => never(
            "USING a character set is not supported; strings are Unicode, ENCODE and DECODE convert them to bytes and back",
        ),
        Syntax::TimeUnitCall { .. } => {
            never("this function is not Flink's; use TIMESTAMPDIFF(unit, a, b) or FLOOR(a TO unit)")
        }
        Syntax::NextValue(_) | Syntax::CurrentValue(_) => never("there are no sequences"),
        Syntax::Method { .. } | Syntax::New(_) | Syntax::Cursor(_) => {
            never("objects with methods are not supported")
        }
        Syntax::Descriptor(_) => Error::invalid("DESCRIPTOR is an argument of window functions only"),
        _ => never("this form of expression is not supported"),
    }
}

/// The word a pattern is matched with.
fn like_name(kind: LikeKind) -> Result<&'static str> {
    match kind {
        LikeKind::Like => Ok("LIKE"),
        LikeKind::Similar => Ok("SIMILAR TO"),
        LikeKind::RLike => Err(Error::unsupported("RLIKE is not Flink's; use REGEXP(string, pattern)")),
        LikeKind::ILike => Err(Error::unsupported("ILIKE is not Flink's; use LOWER(string) LIKE pattern")),
    }
}

/// A constant word for a special form, as the registry expects it.
fn word(text: &str) -> Expr {
    Expr::literal(Value::from(text), DataType::string().kind)
}

/// The place of several expressions.
fn span_of(exprs: &[ast::Expr]) -> Option<Span> {
    let (first, rest) = exprs.split_first()?;
    Some(rest.iter().fold(first.span, |span, expr| span.to(expr.span)))
}
