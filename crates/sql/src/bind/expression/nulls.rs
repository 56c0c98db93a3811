//! Where Flink refuses a NULL without a type.
//!
//! Its older functions check each argument against a family of types, and NULL is of none; the newer ones infer a type for it.

use millstream_expr::Expr;
use millstream_expr::types::Kind;

use crate::error::{Error, Result};

/// Functions and operators that check families.
const CHECKED: &[&str] = &[
    "ARRAY_CONCAT",
    "ARRAY_EXCEPT",
    "ARRAY_INTERSECT",
    "ARRAY_UNION",
    "ATAN2",
    "CONCAT",
    "CONCAT_WS",
    "CONVERT_TZ",
    "DATE_FORMAT",
    "DECODE",
    "ENCODE",
    "FROM_UNIXTIME",
    "INSTR",
    "LEFT",
    "LIKE",
    "LOCATE",
    "LOG",
    "LPAD",
    "LTRIM",
    "MAP_FROM_ARRAYS",
    "MAP_UNION",
    "MOD",
    "OVERLAY",
    "PARSE_URL",
    "POSITION",
    "POWER",
    "REGEXP",
    "REGEXP_EXTRACT",
    "REGEXP_REPLACE",
    "REPEAT",
    "REPLACE",
    "RIGHT",
    "ROUND",
    "RPAD",
    "RTRIM",
    "SHA2",
    "SPLIT_INDEX",
    "STR_TO_MAP",
    "SUBSTR",
    "SUBSTRING",
    "TIMESTAMPADD",
    "TIMESTAMPDIFF",
    "TO_DATE",
    "TO_TIMESTAMP",
    "TRANSLATE",
    "TRIM",
    "TRUNCATE",
    "TRY_PARSE_JSON",
    "||",
];

/// Refuses arguments that are a NULL without a type where Flink does.
///
/// # Errors
/// Invalid, with what to write.
pub(super) fn check(name: &str, arguments: &[Expr]) -> Result<()> {
    let untyped = arguments.iter().any(|argument| argument.data_type.kind == Kind::Null);
    if untyped && CHECKED.contains(&name) {
        return Err(Error::invalid(format!("a NULL in {name} needs a type; write CAST(NULL AS …)")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use millstream_expr::functions;

    #[test]
    fn the_names_are_those_of_functions() {
        for name in super::CHECKED {
            assert!(functions::lookup(name).is_some(), "{name}");
        }
    }
}
