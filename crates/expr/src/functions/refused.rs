//! Functions of Flink that cannot run here: each is refused by its name, with the reason.

/// A function or operator that is refused.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Its names, in upper case.
    pub names: &'static [&'static str],
    /// Why, and what to write instead where there is something: the end of a sentence that begins with the name.
    pub reason: &'static str,
}

/// The functions of Flink that are refused.
pub static REFUSED: &[Refused] = &[
    Refused {
        names: &["EXISTS", "IN (sub-query)", "NOT IN (sub-query)", "SOME", "ANY", "ALL"],
        reason: "takes a sub-query, and a sub-query in an expression cannot run yet; IN takes a list of values",
    },
    Refused {
        names: &["LAG", "LEAD", "NTILE", "CUME_DIST", "PERCENT_RANK", "RANK", "DENSE_RANK", "ROW_NUMBER"],
        reason: "goes with an OVER clause, and OVER windows cannot run yet",
    },
    Refused {
        names: &[
            "TUMBLE",
            "TUMBLE_START",
            "TUMBLE_END",
            "TUMBLE_ROWTIME",
            "TUMBLE_PROCTIME",
            "HOP",
            "HOP_START",
            "HOP_END",
            "HOP_ROWTIME",
            "HOP_PROCTIME",
            "SESSION",
            "SESSION_START",
            "SESSION_END",
            "SESSION_ROWTIME",
            "SESSION_PROCTIME",
            "CUMULATE",
            "DESCRIPTOR",
        ],
        reason: "belongs to windows over time, which cannot run yet",
    },
    Refused {
        names: &["CURRENT_WATERMARK"],
        reason: "asks for the watermark of a row, and expressions do not see watermarks yet",
    },
    Refused {
        names: &["SOURCE_WATERMARK"],
        reason: "only marks, in WATERMARK FOR, that a source brings its own watermarks; the sources here bring none",
    },
    Refused {
        names: &["STREAMRECORD_TIMESTAMP"],
        reason: "is Flink's own, for the timestamp that it keeps beside a record; there is none here",
    },
    Refused {
        names: &[
            "MATCH_ROWTIME",
            "MATCH_PROCTIME",
            "CLASSIFIER",
            "FIRST",
            "LAST",
            "PREV",
            "NEXT",
            "FINAL",
            "RUNNING",
        ],
        reason: "belongs to MATCH_RECOGNIZE, which cannot run yet",
    },
    Refused { names: &["ML_PREDICT", "ML_EVALUATE"], reason: "asks a model, and there are no models here" },
    Refused {
        names: &["PRINT"],
        reason: "writes to the output of a task manager, and there are none here; SELECT the value, or write it into a table",
    },
    Refused {
        names: &["SINGLE_VALUE"],
        reason: "checks that a sub-query gave one row, and a sub-query in an expression cannot run yet",
    },
    Refused { names: &["$SUM0"], reason: "is what a planner makes of SUM; write COALESCE(SUM(x), 0)" },
    Refused {
        names: &["JSON_OBJECTAGG_NULL_ON_NULL", "JSON_OBJECTAGG_ABSENT_ON_NULL"],
        reason: "is what Flink makes of JSON_OBJECTAGG(key VALUE value NULL ON NULL) and … ABSENT ON NULL; write it so",
    },
    Refused {
        names: &["JSON_ARRAYAGG_NULL_ON_NULL", "JSON_ARRAYAGG_ABSENT_ON_NULL"],
        reason: "is what Flink makes of JSON_ARRAYAGG(value NULL ON NULL) and … ABSENT ON NULL; write it so",
    },
    Refused {
        names: &["MULTISET"],
        reason: "makes a constant multiset, which Flink cannot run either; write ARRAY[…], or COLLECT over rows",
    },
];

/// Why the function of this name, in whatever case it is written, is refused; none if it is not one of those.
pub fn refused(name: &str) -> Option<&'static str> {
    REFUSED
        .iter()
        .find(|refused| refused.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
        .map(|refused| refused.reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::forms::FORMS;
    use crate::functions::lookup;

    #[test]
    fn what_is_refused_is_not_there() {
        assert!(refused("tumble_Start").is_some_and(|reason| reason.contains("windows")));
        assert!(refused("UPPER").is_none());
        for name in REFUSED.iter().flat_map(|refused| refused.names) {
            let is_form = FORMS.iter().any(|form| form.name == *name);
            assert!(lookup(name).is_none() && !is_form, "{name} is there and refused");
        }
    }
}
