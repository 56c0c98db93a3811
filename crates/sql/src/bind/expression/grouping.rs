//! GROUPING, GROUPING_ID and GROUP_ID: which keys belong to the grouping set of a row.

use millstream_expr::{CastMode, DataType, Expr, ExprKind, Kind, Value};

use super::ExpressionBinder;
use crate::error::{Error, Result};
use crate::syntax::ast::FunctionCall;

/// Arguments of GROUPING at the most: each is a bit of a BIGINT.
const BITS_MAX: usize = 63;

/// Columns of the input that tell grouping sets apart.
#[derive(Clone, Debug)]
pub struct GroupingColumns {
    /// The keys, over the input.
    pub keys: Vec<Expr>,
    /// For each key the BOOLEAN column that says whether it belongs to the set; none if it belongs to all.
    pub flags: Vec<Option<usize>>,
    /// The INT columns with the number of the set, and with how many equal ones stand before it; none if there is but one set.
    pub set: Option<(usize, usize)>,
}

impl GroupingColumns {
    /// A single set of all the keys.
    pub fn of_one_set(keys: &[Expr]) -> Self {
        Self { keys: keys.to_vec(), flags: vec![None; keys.len()], set: None }
    }

    /// What must be grouped by besides the keys, so that sets stay apart and these expressions, over the input, can tell about them.
    pub fn extra_keys<'e>(&self, expressions: impl Iterator<Item = &'e Expr>) -> Vec<Expr> {
        let Some((set, group_id)) = self.set else { return Vec::new() };
        let read: Vec<usize> = expressions.flat_map(Expr::columns).collect();
        let flags = self.flags.iter().flatten().map(|column| (*column, Kind::Boolean));
        let told = std::iter::once((group_id, Kind::Int)).chain(flags).filter(|(c, _)| read.contains(c));
        let all = std::iter::once((set, Kind::Int)).chain(told);
        all.map(|(column, kind)| Expr::column(column, DataType::not_null(kind))).collect()
    }
}

impl ExpressionBinder<'_> {
    /// `GROUPING(a, b)`: a bit for each argument, the first one highest, set where the key does not belong to the row's set.
    pub(super) fn bind_grouping(&mut self, name: &str, call: &FunctionCall) -> Result<Expr> {
        let arguments = self.bind_arguments(call)?;
        let not_here = || {
            Error::invalid(format!(
                "{name} stands in the SELECT list, HAVING and ORDER BY of a query with GROUP BY"
            ))
        };
        let grouping =
            self.aggregates.as_deref().and_then(|a| a.grouping.as_ref()).ok_or_else(not_here)?.clone();
        if name == "GROUP_ID" {
            if !arguments.is_empty() {
                return Err(Error::invalid("GROUP_ID takes no arguments"));
            }
            return Ok(match grouping.set {
                Some((_, group_id)) => as_bigint(Expr::column(group_id, DataType::not_null(Kind::Int))),
                None => bigint(0),
            });
        }
        if arguments.is_empty() || arguments.len() > BITS_MAX {
            return Err(Error::invalid(format!("{name} takes 1 to {BITS_MAX} keys of GROUP BY")));
        }
        let mut total: Option<Expr> = None;
        for (bit, argument) in arguments.iter().rev().enumerate() {
            let key = grouping.keys.iter().position(|key| key == argument);
            let Some(flag) = key.and_then(|key| grouping.flags.get(key)) else {
                return Err(Error::invalid(format!("the arguments of {name} must be keys of GROUP BY")));
            };
            let part = match flag {
                None => bigint(0),
                Some(column) => Expr {
                    kind: ExprKind::Case {
                        branches: vec![(Expr::column(*column, DataType::not_null(Kind::Boolean)), bigint(0))],
                        otherwise: Box::new(bigint(1 << bit)),
                    },
                    data_type: DataType::not_null(Kind::BigInt),
                },
            };
            total = Some(match total {
                None => part,
                Some(total) => self.operator("+", vec![total, part])?,
            });
        }
        total.ok_or_else(|| Error::internal("GROUPING without keys"))
    }
}

fn bigint(value: i64) -> Expr {
    Expr::literal(Value::BigInt(value), Kind::BigInt)
}

fn as_bigint(expr: Expr) -> Expr {
    Expr::cast(expr, DataType::not_null(Kind::BigInt), CastMode::Implicit)
}
