//! Functions and operators that are forms of the language: the binder itself gives them their meaning, so that they have
//! no kernel in the registry. They stand here for the reference, for SHOW FUNCTIONS and for suggestions.

use super::{Category, Example};

/// A form of the language.
#[derive(Debug)]
pub struct Form {
    /// The name in upper case.
    pub name: &'static str,
    /// Where it stands in the reference.
    pub category: Category,
    /// How it is written, a line each.
    pub signatures: &'static [&'static str],
    /// What it does, NULLs and errors included.
    pub summary: &'static str,
    /// Expressions, or queries of one row and one column, with what CAST to STRING prints; a test runs them.
    pub examples: &'static [Example],
}

impl Form {
    /// Whether it is called as functions are: `NAME(…)`.
    pub fn is_call(&self) -> bool {
        self.signatures.iter().any(|signature| {
            signature.strip_prefix(self.name).is_some_and(|arguments| arguments.starts_with('('))
        })
    }
}

/// The forms of the language.
pub static FORMS: &[Form] = &[
    Form {
        name: "BETWEEN",
        category: Category::Comparison,
        signatures: &["value1 [NOT] BETWEEN [ASYMMETRIC | SYMMETRIC] value2 AND value3"],
        summary: "Whether value1 is neither less than value2 nor greater than value3; with SYMMETRIC whichever of these is the greater \
                  one. `value1 >= value2 AND value1 <= value3`, with its NULLs.",
        examples: &[
            Example("12 BETWEEN 10 AND 12", "TRUE"),
            Example("12 BETWEEN 15 AND 12", "FALSE"),
            Example("12 BETWEEN SYMMETRIC 15 AND 12", "TRUE"),
            Example("12 NOT BETWEEN 15 AND CAST(NULL AS INT)", "TRUE"),
            Example("12 BETWEEN 10 AND CAST(NULL AS INT)", "NULL"),
        ],
    },
    Form {
        name: "AND",
        category: Category::Logical,
        signatures: &["boolean1 AND boolean2"],
        summary: "Whether both are TRUE: FALSE if one is FALSE, else NULL if one is NULL. What stands behind a FALSE is not evaluated.",
        examples: &[
            Example("TRUE AND FALSE", "FALSE"),
            Example("FALSE AND CAST(NULL AS BOOLEAN)", "FALSE"),
            Example("TRUE AND CAST(NULL AS BOOLEAN)", "NULL"),
        ],
    },
    Form {
        name: "OR",
        category: Category::Logical,
        signatures: &["boolean1 OR boolean2"],
        summary: "Whether one is TRUE: TRUE if one is, else NULL if one is NULL. What stands behind a TRUE is not evaluated.",
        examples: &[
            Example("TRUE OR FALSE", "TRUE"),
            Example("TRUE OR CAST(NULL AS BOOLEAN)", "TRUE"),
            Example("FALSE OR CAST(NULL AS BOOLEAN)", "NULL"),
        ],
    },
    Form {
        name: "IS UNKNOWN",
        category: Category::Logical,
        signatures: &["boolean IS [NOT] UNKNOWN"],
        summary: "Whether the BOOLEAN is NULL. Never NULL.",
        examples: &[
            Example("(1 = CAST(NULL AS INT)) IS UNKNOWN", "TRUE"),
            Example("(1 = 2) IS NOT UNKNOWN", "TRUE"),
        ],
    },
    Form {
        name: "DATE",
        category: Category::Temporal,
        signatures: &["DATE 'yyyy-MM-dd'"],
        summary: "A constant DATE.",
        examples: &[Example("DATE '2024-02-29'", "2024-02-29")],
    },
    Form {
        name: "TIME",
        category: Category::Temporal,
        signatures: &["TIME 'HH:mm:ss[.fff]'"],
        summary: "A constant TIME, of as many digits as are written.",
        examples: &[Example("TIME '23:59:59'", "23:59:59")],
    },
    Form {
        name: "TIMESTAMP",
        category: Category::Temporal,
        signatures: &["TIMESTAMP 'yyyy-MM-dd HH:mm:ss[.fffffffff]'"],
        summary: "A constant TIMESTAMP, of as many digits as are written.",
        examples: &[Example("TIMESTAMP '2024-02-29 12:34:56.789'", "2024-02-29 12:34:56.789")],
    },
    Form {
        name: "INTERVAL",
        category: Category::Temporal,
        signatures: &["INTERVAL 'n' unit", "INTERVAL 'from-to' unit TO unit"],
        summary: "A constant interval: of months for YEAR, QUARTER and MONTH, of milliseconds for WEEK, DAY, HOUR, MINUTE and SECOND.",
        examples: &[
            Example("INTERVAL '10' DAY", "+10 00:00:00.000"),
            Example("INTERVAL '10 00:00:00.004' DAY TO SECOND", "+10 00:00:00.004"),
            Example("INTERVAL '2-10' YEAR TO MONTH", "+2-10"),
        ],
    },
    Form {
        name: "OVERLAPS",
        category: Category::Temporal,
        signatures: &["(start1, end1) OVERLAPS (start2, end2)"],
        summary: "Whether two periods have a point of time in common. An end is a date, a time or a timestamp as its start, or an interval \
                  to be added to it.",
        examples: &[
            Example(
                "(TIME '2:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '3:30:00', INTERVAL '2' HOUR)",
                "TRUE",
            ),
            Example(
                "(TIME '9:00:00', TIME '10:00:00') OVERLAPS (TIME '10:15:00', INTERVAL '3' HOUR)",
                "FALSE",
            ),
        ],
    },
    Form {
        name: "CASE",
        category: Category::Conditional,
        signatures: &[
            "CASE value WHEN value1[, …] THEN result1 [WHEN …] [ELSE result] END",
            "CASE WHEN condition1 THEN result1 [WHEN …] [ELSE result] END",
        ],
        summary: "The result behind the first WHEN that holds, else that behind ELSE, else NULL. The others are not evaluated. The type is \
                  the common type of all results.",
        examples: &[
            Example("CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END", "two"),
            Example("CASE WHEN 1 > 2 THEN 'greater' ELSE 'not' END", "not"),
            Example("CASE WHEN 1 > 2 THEN 'greater' END", "NULL"),
        ],
    },
    Form {
        name: "COALESCE",
        category: Category::Conditional,
        signatures: &["COALESCE(value1[, value2, …])"],
        summary: "The first value that is not NULL; NULL if all are. The type is the common type of the values. What stands behind the first \
                  one is not evaluated.",
        examples: &[
            Example("COALESCE(CAST(NULL AS STRING), 'default')", "default"),
            Example("COALESCE(CAST(NULL AS INT), CAST(NULL AS INT))", "NULL"),
        ],
    },
    Form {
        name: "NULLIF",
        category: Category::Conditional,
        signatures: &["NULLIF(value1, value2)"],
        summary: "NULL if the values are equal, else value1.",
        examples: &[Example("NULLIF(5, 5)", "NULL"), Example("NULLIF(5, 0)", "5")],
    },
    Form {
        name: "IF",
        category: Category::Conditional,
        signatures: &["IF(condition, value1, value2)"],
        summary: "value1 if the condition is TRUE, else value2. The other one is not evaluated.",
        examples: &[Example("IF(5 > 3, 5, 3)", "5"), Example("IF(CAST(NULL AS BOOLEAN), 1, 2)", "2")],
    },
    Form {
        name: "IFNULL",
        category: Category::Conditional,
        signatures: &["IFNULL(value, replacement)"],
        summary: "The replacement if the value is NULL, else the value. The type is the common type of both, NULL only where the replacement \
                  may be.",
        examples: &[Example("IFNULL(CAST(NULL AS INT), 5)", "5"), Example("IFNULL(1, 5)", "1")],
    },
    Form {
        name: "CAST",
        category: Category::Conversion,
        signatures: &["CAST(value AS type)"],
        summary: "The value as another type. A value that the type cannot hold fails the query.",
        examples: &[
            Example("CAST('42' AS INT) + 1", "43"),
            Example("CAST(1.567 AS DECIMAL(3, 1))", "1.6"),
            Example("CAST(NULL AS STRING)", "NULL"),
        ],
    },
    Form {
        name: "TRY_CAST",
        category: Category::Conversion,
        signatures: &["TRY_CAST(value AS type)"],
        summary: "As CAST, but NULL for a value that the type cannot hold.",
        examples: &[
            Example("TRY_CAST('42' AS INT)", "42"),
            Example("TRY_CAST('non-number' AS INT)", "NULL"),
            Example("COALESCE(TRY_CAST('non-number' AS INT), 0)", "0"),
        ],
    },
    Form {
        name: "TYPEOF",
        category: Category::Conversion,
        signatures: &["TYPEOF(value[, serializable])"],
        summary: "The type of the value as text. A second argument, TRUE or FALSE, says whether it must be one that a catalog can keep.",
        examples: &[
            Example("TYPEOF('abc')", "CHAR(3) NOT NULL"),
            Example("TYPEOF(1 + CAST(NULL AS BIGINT))", "BIGINT"),
        ],
    },
    Form {
        name: "row.field",
        category: Category::Collection,
        signatures: &["row.field", "row['field']", "table.row.*"],
        summary: "A field of a ROW by its name; in a SELECT list, `*` for all of them. NULL where the row is.",
        examples: &[
            Example("CAST(ROW(1, 'a') AS ROW<f INT, g STRING>).g", "a"),
            Example("SELECT t.r.f FROM (SELECT CAST(ROW(1, 'a') AS ROW<f INT, g STRING>) AS r) AS t", "1"),
        ],
    },
    Form {
        name: "JSON",
        category: Category::Json,
        signatures: &["JSON(string)"],
        summary: "A value of JSON_OBJECT or JSON_ARRAY, and nothing else, that is JSON text already and is put in as JSON. Fails for a text \
                  that is no JSON.",
        examples: &[
            Example("JSON_ARRAY(JSON('{\"a\": 1}'))", "[{\"a\":1}]"),
            Example("JSON_OBJECT('k' VALUE JSON('[1, 2]'))", "{\"k\":[1,2]}"),
        ],
    },
    Form {
        name: "UNNEST",
        category: Category::Table,
        signatures: &["CROSS JOIN UNNEST(array | map | multiset) [WITH ORDINALITY] AS t(column, …)"],
        summary: "In FROM: a row for each element. A ROW becomes its fields, a map a key and a value; WITH ORDINALITY adds their numbers, \
                  from 1. Rows with NULL or without elements are left out, by LEFT JOIN … ON TRUE kept.",
        examples: &[
            Example("SELECT SUM(y) FROM (VALUES (ARRAY[1, 2])) AS t(x) CROSS JOIN UNNEST(x) AS u(y)", "3"),
            Example(
                "SELECT MAX(n) FROM (VALUES (ARRAY['a', 'b'])) AS t(x) CROSS JOIN UNNEST(x) WITH ORDINALITY AS u(y, n)",
                "2",
            ),
        ],
    },
    Form {
        name: "GROUPING",
        category: Category::Grouping,
        signatures: &["GROUPING(key[, key2, …])"],
        summary: "In a query with GROUPING SETS, ROLLUP or CUBE: 1 where the row is one of a set without the key, else 0. Of several \
                  keys, a bit for each, that of the first one highest. A BIGINT.",
        examples: &[Example(
            "SELECT GROUPING(x, y) FROM (VALUES (1, 2)) AS t(x, y) GROUP BY ROLLUP (x, y) HAVING GROUPING(y) > GROUPING(x)",
            "1",
        )],
    },
    Form {
        name: "GROUPING_ID",
        category: Category::Grouping,
        signatures: &["GROUPING_ID(key[, key2, …])"],
        summary: "The same as GROUPING.",
        examples: &[Example(
            "SELECT GROUPING_ID(x, y) FROM (VALUES (1, 2)) AS t(x, y) GROUP BY ROLLUP (x, y) HAVING GROUPING_ID(x) = 1",
            "3",
        )],
    },
    Form {
        name: "GROUP_ID",
        category: Category::Grouping,
        signatures: &["GROUP_ID()"],
        summary: "In a query with GROUPING SETS: how many equal sets stand before that of the row. A BIGINT.",
        examples: &[Example(
            "SELECT MAX(g) FROM (SELECT GROUP_ID() AS g FROM (VALUES (1)) AS t(x) GROUP BY GROUPING SETS (x, x))",
            "1",
        )],
    },
    Form {
        name: "CURRENT_DATABASE",
        category: Category::Auxiliary,
        signatures: &["CURRENT_DATABASE()"],
        summary: "The name of the database in use.",
        examples: &[Example("CURRENT_DATABASE()", "default_database")],
    },
];
