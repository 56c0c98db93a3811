//! The SQL/JSON functions.

use super::super::ast::{
    ExprKind, JsonConstructorNulls, JsonEntry, JsonExistsBehavior, JsonPathCall, JsonQueryBehavior,
    JsonQueryWrapper, JsonReturning, JsonValueBehavior,
};
use super::super::keyword::Keyword as K;
use super::super::token::{Symbol, TokenKind};
use super::context::Context;
use super::{Parse, Parser};

/// Which `… ON` clause a behaviour belongs to.
enum Event {
    Empty,
    Error,
}

impl Parser<'_> {
    /// `input, path [PASSING value AS name, …]`.
    fn json_path_call(&mut self) -> Parse<Box<JsonPathCall>> {
        let input = self.expression(Context::NonQuery)?;
        self.expect_symbol(Symbol::Comma)?;
        let path = self.expression(Context::NonQuery)?;
        let mut passing = Vec::new();
        if self.eat(K::PASSING) {
            passing = self.comma_list(|p| {
                let value = p.expression(Context::NonQuery)?;
                p.expect(K::AS)?;
                Ok((value, p.ident()?))
            })?;
        }
        Ok(Box::new(JsonPathCall { input, path, passing }))
    }

    fn json_returning(&mut self) -> Parse<Option<Box<JsonReturning>>> {
        if !self.eat(K::RETURNING) {
            return Ok(None);
        }
        Ok(Some(Box::new(JsonReturning { data_type: self.cast_type()? })))
    }

    fn on_event(&mut self) -> Parse<Event> {
        self.expect(K::ON)?;
        if self.eat(K::EMPTY) {
            return Ok(Event::Empty);
        }
        self.expect(K::ERROR)?;
        Ok(Event::Error)
    }

    pub(super) fn json_exists(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let call = self.json_path_call()?;
        let on_error = if self.eat(K::TRUE) {
            Some(JsonExistsBehavior::True)
        } else if self.eat(K::FALSE) {
            Some(JsonExistsBehavior::False)
        } else if self.eat(K::UNKNOWN) {
            Some(JsonExistsBehavior::Unknown)
        } else if self.eat(K::ERROR) {
            Some(JsonExistsBehavior::Error)
        } else {
            None
        };
        if on_error.is_some() {
            self.expect_all(&[K::ON, K::ERROR])?;
        }
        self.close()?;
        Ok(ExprKind::JsonExists { call, on_error })
    }

    pub(super) fn json_value(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let call = self.json_path_call()?;
        let returning = self.json_returning()?;
        let (mut on_empty, mut on_error) = (None, None);
        loop {
            let behavior = if self.eat(K::ERROR) {
                JsonValueBehavior::Error
            } else if self.eat(K::NULL) {
                JsonValueBehavior::Null
            } else if self.eat(K::DEFAULT) {
                JsonValueBehavior::Default(self.expression(Context::NonQuery)?)
            } else {
                break;
            };
            match self.on_event()? {
                Event::Empty => on_empty = Some(Box::new(behavior)),
                Event::Error => on_error = Some(Box::new(behavior)),
            }
        }
        self.close()?;
        Ok(ExprKind::JsonValue { call, returning, on_empty, on_error })
    }

    pub(super) fn json_query(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let call = self.json_path_call()?;
        let returning = self.json_returning()?;
        let wrapper = self.json_wrapper()?;
        let (mut on_empty, mut on_error) = (None, None);
        loop {
            let behavior = if self.eat(K::ERROR) {
                JsonQueryBehavior::Error
            } else if self.eat(K::NULL) {
                JsonQueryBehavior::Null
            } else if self.eat(K::EMPTY) {
                if self.eat(K::ARRAY) {
                    JsonQueryBehavior::EmptyArray
                } else {
                    self.expect(K::OBJECT)?;
                    JsonQueryBehavior::EmptyObject
                }
            } else {
                break;
            };
            match self.on_event()? {
                Event::Empty => on_empty = Some(behavior),
                Event::Error => on_error = Some(behavior),
            }
        }
        self.close()?;
        Ok(ExprKind::JsonQuery { call, returning, wrapper, on_empty, on_error })
    }

    fn json_wrapper(&mut self) -> Parse<Option<JsonQueryWrapper>> {
        let wrapper = if self.eat(K::WITHOUT) {
            JsonQueryWrapper::Without
        } else if self.eat(K::WITH) {
            if self.eat(K::CONDITIONAL) {
                JsonQueryWrapper::Conditional
            } else {
                self.eat(K::UNCONDITIONAL);
                JsonQueryWrapper::Unconditional
            }
        } else {
            return Ok(None);
        };
        self.eat(K::ARRAY);
        self.expect(K::WRAPPER)?;
        Ok(Some(wrapper))
    }

    /// `[KEY] key VALUE value`, `key : value`. KEY is a name where nothing that begins a key stands behind it; but not in the `first` entry of
    /// JSON_OBJECT.
    fn json_entry(&mut self, first: bool) -> Parse<JsonEntry> {
        let keyed = self.nth_is(0, K::KEY)
            && (first
                || match self.nth_kind(1) {
                    TokenKind::Keyword(word) => !word.is_reserved() || !self.continues_expression(word),
                    TokenKind::Symbol(symbol) => {
                        matches!(symbol, Symbol::LeftParen | Symbol::Plus | Symbol::Minus | Symbol::Question)
                    }
                    _ => true,
                });
        if keyed {
            self.bump();
        }
        let key = self.expression(Context::NonQuery)?;
        if !self.eat(K::VALUE) {
            let span = self.nth(0).span;
            self.expect_symbol(Symbol::Colon)?;
            if keyed {
                return self.refuse(
                    span,
                    "KEY goes with VALUE, not with ':'",
                    Some("leave KEY out, or write VALUE"),
                );
            }
        }
        let value = self.expression(Context::NonQuery)?;
        Ok(JsonEntry { key, value })
    }

    /// Whether a reserved word stands behind an operand, not before one.
    fn continues_expression(&self, word: K) -> bool {
        matches!(
            word,
            K::VALUE
                | K::IS
                | K::IN
                | K::BETWEEN
                | K::LIKE
                | K::ILIKE
                | K::RLIKE
                | K::SIMILAR
                | K::AND
                | K::OR
                | K::MEMBER
        )
    }

    fn json_nulls(&mut self) -> Parse<Option<JsonConstructorNulls>> {
        let nulls = if self.eat(K::NULL) {
            JsonConstructorNulls::Null
        } else if self.eat(K::ABSENT) {
            JsonConstructorNulls::Absent
        } else {
            return Ok(None);
        };
        self.expect_all(&[K::ON, K::NULL])?;
        Ok(Some(nulls))
    }

    /// Whether nothing, or only a clause about NULLs, stands before the closing parenthesis.
    fn at_json_end(&mut self) -> bool {
        self.is_symbol(Symbol::RightParen)
            || ((self.nth_is(0, K::NULL) || self.nth_is(0, K::ABSENT)) && self.nth_is(1, K::ON))
    }

    pub(super) fn json_object(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let entries = if self.at_json_end() {
            Vec::new()
        } else {
            {
                let mut first = true;
                self.comma_list(|p| p.json_entry(std::mem::take(&mut first)))?
            }
        };
        let nulls = self.json_nulls()?;
        self.close()?;
        Ok(ExprKind::JsonObject { entries, nulls })
    }

    pub(super) fn json_object_agg(&mut self) -> Parse<ExprKind> {
        self.open()?;
        let entry = Box::new(self.json_entry(false)?);
        let nulls = self.json_nulls()?;
        self.close()?;
        Ok(ExprKind::JsonObjectAgg { entry, nulls })
    }

    pub(super) fn json_array(&mut self) -> Parse<ExprKind> {
        self.open()?;
        // Unlike in JSON_OBJECT, a NULL right behind the parenthesis is an element.
        let elements = if self.is_symbol(Symbol::RightParen) {
            Vec::new()
        } else {
            self.comma_list(|p| p.expression(Context::NonQuery))?
        };
        let nulls = self.json_nulls()?;
        self.close()?;
        Ok(ExprKind::JsonArray { elements, nulls })
    }

    pub(super) fn json_array_agg(&mut self) -> Parse<ExprKind> {
        let start = self.start();
        self.open()?;
        let element = Box::new(self.expression(Context::NonQuery)?);
        let mut order_by = if self.is(K::ORDER) { self.order_by()? } else { Vec::new() };
        let nulls = self.json_nulls()?;
        self.close()?;
        if self.is(K::WITHIN) {
            let within = self.within_group()?;
            if !order_by.is_empty() {
                return self.refuse(
                    self.span_from(start),
                    "JSON_ARRAYAGG with both ORDER BY and WITHIN GROUP",
                    Some("write one of them"),
                );
            }
            order_by = within;
        }
        Ok(ExprKind::JsonArrayAgg { element, order_by, nulls })
    }
}
