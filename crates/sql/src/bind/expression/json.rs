//! The SQL/JSON functions: their clauses as constant arguments.

use millstream_expr::aggregate;
use millstream_expr::types::{DataType, Kind};
use millstream_expr::{Expr, ExprKind, Value};

use super::{ExpressionBinder, cast, word};
use crate::bind::bind_data_type;
use crate::error::{Error, Result};
use crate::syntax::ast::{
    self, ArgumentValue, ExprKind as Syntax, JsonConstructorNulls, JsonEntry, JsonExistsBehavior,
    JsonPathCall, JsonQueryBehavior, JsonQueryWrapper, JsonReturning, JsonValueBehavior, OrderItem, Span,
};

impl ExpressionBinder<'_> {
    pub(super) fn bind_json_exists(
        &mut self,
        call: &JsonPathCall,
        on_error: Option<JsonExistsBehavior>,
    ) -> Result<Expr> {
        let (input, path) = self.bind_path_call(call)?;
        let on_error = match on_error {
            None | Some(JsonExistsBehavior::False) => "FALSE",
            Some(JsonExistsBehavior::True) => "TRUE",
            Some(JsonExistsBehavior::Unknown) => "UNKNOWN",
            Some(JsonExistsBehavior::Error) => "ERROR",
        };
        self.operator("JSON_EXISTS", vec![input, path, word(on_error)])
    }

    pub(super) fn bind_json_value(
        &mut self,
        call: &JsonPathCall,
        returning: Option<&JsonReturning>,
        on_empty: Option<&JsonValueBehavior>,
        on_error: Option<&JsonValueBehavior>,
    ) -> Result<Expr> {
        let (input, path) = self.bind_path_call(call)?;
        let returns = returning_type(returning)?;
        let (empty, empty_default) = self.bind_value_behavior(on_empty, &returns)?;
        let (error, error_default) = self.bind_value_behavior(on_error, &returns)?;
        let null = Expr::literal(Value::Null, returns.kind);
        self.operator("JSON_VALUE", vec![input, path, null, empty, empty_default, error, error_default])
    }

    fn bind_value_behavior(
        &mut self,
        behavior: Option<&JsonValueBehavior>,
        returns: &DataType,
    ) -> Result<(Expr, Expr)> {
        let null = Expr::literal(Value::Null, returns.kind.clone());
        Ok(match behavior {
            None | Some(JsonValueBehavior::Null) => (word("NULL"), null),
            Some(JsonValueBehavior::Error) => (word("ERROR"), null),
            Some(JsonValueBehavior::Default(written)) => {
                let value = self.bind(written)?;
                if value.data_type.kind == Kind::Null {
                    let message = "a DEFAULT of NULL needs a type; write NULL ON EMPTY, NULL ON ERROR or CAST(NULL AS …)";
                    return Err(Error::invalid(message).at(written.span));
                }
                cast::check(&value.data_type, returns).map_err(|error| error.at(written.span))?;
                (word("DEFAULT"), cast::implicit(value, returns, &self.context.time_zone))
            }
        })
    }

    pub(super) fn bind_json_query(
        &mut self,
        call: &JsonPathCall,
        returning: Option<&JsonReturning>,
        wrapper: Option<JsonQueryWrapper>,
        on_empty: Option<JsonQueryBehavior>,
        on_error: Option<JsonQueryBehavior>,
    ) -> Result<Expr> {
        let (input, path) = self.bind_path_call(call)?;
        let returns = returning_type(returning)?;
        let wrapper = match wrapper {
            None | Some(JsonQueryWrapper::Without) => "WITHOUT",
            Some(JsonQueryWrapper::Conditional) => "CONDITIONAL",
            Some(JsonQueryWrapper::Unconditional) => "UNCONDITIONAL",
        };
        let behavior = |behavior: Option<JsonQueryBehavior>| {
            word(match behavior {
                None | Some(JsonQueryBehavior::Null) => "NULL",
                Some(JsonQueryBehavior::EmptyArray) => "EMPTY ARRAY",
                Some(JsonQueryBehavior::EmptyObject) => "EMPTY OBJECT",
                Some(JsonQueryBehavior::Error) => "ERROR",
            })
        };
        let null = Expr::literal(Value::Null, returns.kind);
        self.operator(
            "JSON_QUERY",
            vec![input, path, null, word(wrapper), behavior(on_empty), behavior(on_error)],
        )
    }

    pub(super) fn bind_json_object(
        &mut self,
        entries: &[JsonEntry],
        nulls: Option<JsonConstructorNulls>,
    ) -> Result<Expr> {
        let mut how = String::with_capacity(entries.len());
        let mut members = Vec::with_capacity(2 * entries.len());
        for entry in entries {
            members.push(self.bind_json_key(&entry.key)?);
            let (letter, value) = self.bind_json_member(&entry.value)?;
            how.push(letter);
            members.push(value);
        }
        let mut arguments = vec![on_null(nulls, "NULL"), word(&how)];
        arguments.append(&mut members);
        self.operator("JSON_OBJECT", arguments)
    }

    pub(super) fn bind_json_array(
        &mut self,
        elements: &[ast::Expr],
        nulls: Option<JsonConstructorNulls>,
    ) -> Result<Expr> {
        let mut how = String::with_capacity(elements.len());
        let mut members = Vec::with_capacity(elements.len());
        for element in elements {
            let (letter, value) = self.bind_json_member(element)?;
            how.push(letter);
            members.push(value);
        }
        let mut arguments = vec![on_null(nulls, "ABSENT"), word(&how)];
        arguments.append(&mut members);
        self.operator("JSON_ARRAY", arguments)
    }

    pub(super) fn bind_json_object_agg(
        &mut self,
        entry: &JsonEntry,
        nulls: Option<JsonConstructorNulls>,
        span: Span,
    ) -> Result<Expr> {
        let name = "JSON_OBJECTAGG";
        let mut inner = self.inside_aggregate(name, span)?;
        let key = inner.bind_json_key(&entry.key)?;
        let (letter, value) = inner.bind_json_member(&entry.value)?;
        self.collect_json(
            name,
            vec![on_null(nulls, "NULL"), word(letter.encode_utf8(&mut [0; 4])), key, value],
        )
    }

    pub(super) fn bind_json_array_agg(
        &mut self,
        element: &ast::Expr,
        order_by: &[OrderItem],
        nulls: Option<JsonConstructorNulls>,
        span: Span,
    ) -> Result<Expr> {
        if !order_by.is_empty() {
            return Err(Error::unsupported("an ORDER BY inside of an aggregate cannot run yet").at(span));
        }
        let name = "JSON_ARRAYAGG";
        let (letter, value) = self.inside_aggregate(name, span)?.bind_json_member(element)?;
        self.collect_json(name, vec![on_null(nulls, "ABSENT"), word(letter.encode_utf8(&mut [0; 4])), value])
    }

    fn collect_json(&mut self, name: &str, arguments: Vec<Expr>) -> Result<Expr> {
        let function =
            aggregate::lookup(name).ok_or_else(|| Error::unsupported(format!("{name} cannot run yet")))?;
        self.collect(function, arguments, false, None)
    }

    fn bind_path_call(&mut self, call: &JsonPathCall) -> Result<(Expr, Expr)> {
        if let Some((passed, _)) = call.passing.first() {
            return Err(Error::unsupported("PASSING is not supported; write the values into the path")
                .at(passed.span));
        }
        Ok((self.bind(&call.input)?, self.bind(&call.path)?))
    }

    fn bind_json_key(&mut self, written: &ast::Expr) -> Result<Expr> {
        let key = self.bind(written)?;
        if !key.data_type.kind.is_character() {
            return Err(
                Error::invalid(format!("a key must be a string, not {}", key.data_type)).at(written.span)
            );
        }
        Ok(key)
    }

    /// A value of JSON_OBJECT or JSON_ARRAY, and whether it is put in as it is (`j`) or turned into JSON (`v`).
    fn bind_json_member(&mut self, written: &ast::Expr) -> Result<(char, Expr)> {
        match &written.kind {
            Syntax::JsonObject { .. } | Syntax::JsonArray { .. } => Ok(('j', self.bind(written)?)),
            Syntax::Call(call)
                if call.name.as_simple().is_some_and(|name| name.value.eq_ignore_ascii_case("JSON")) =>
            {
                let [ast::Argument { name: None, value: ArgumentValue::Expr(text) }] =
                    call.arguments.as_slice()
                else {
                    return Err(Error::invalid("JSON takes one string: JSON('{\"a\": 1}')").at(written.span));
                };
                let bound = self.bind(text)?;
                if !bound.data_type.kind.is_character() {
                    let message = format!("JSON takes a string, not {}", bound.data_type);
                    return Err(Error::invalid(message).at(text.span));
                }
                Ok(('j', bound))
            }
            _ => {
                let bound = self.bind(written)?;
                // A NULL without a type is a JSON null whatever type it has.
                let untyped =
                    bound.data_type.kind == Kind::Null && matches!(bound.kind, ExprKind::Literal(_));
                let value = if untyped { Expr::literal(Value::Null, DataType::string().kind) } else { bound };
                Ok(('v', value))
            }
        }
    }
}

fn returning_type(returning: Option<&JsonReturning>) -> Result<DataType> {
    returning.map_or_else(|| Ok(DataType::string()), |returning| bind_data_type(&returning.data_type))
}

fn on_null(nulls: Option<JsonConstructorNulls>, default: &'static str) -> Expr {
    word(match nulls {
        None => default,
        Some(JsonConstructorNulls::Null) => "NULL",
        Some(JsonConstructorNulls::Absent) => "ABSENT",
    })
}
