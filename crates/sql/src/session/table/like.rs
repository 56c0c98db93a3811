//! LIKE: what a new table takes over from one that exists.

use std::collections::BTreeMap;

use super::draft::{Draft, DraftKind};
use crate::error::{Error, Result};
use crate::syntax::ast::{LikeFeature, LikeMerge, LikeOption, SchemaElement, Span, TableLike, TableOption};

/// What is taken over, and how.
struct Strategies(BTreeMap<&'static str, LikeMerge>);

/// The features in Flink's words.
fn feature_name(feature: LikeFeature) -> &'static str {
    match feature {
        LikeFeature::All => "ALL",
        LikeFeature::Constraints => "CONSTRAINTS",
        LikeFeature::Distribution => "DISTRIBUTION",
        LikeFeature::Generated => "GENERATED",
        LikeFeature::Metadata => "METADATA",
        LikeFeature::Options => "OPTIONS",
        LikeFeature::Partitions => "PARTITIONS",
        LikeFeature::Watermarks => "WATERMARKS",
    }
}

impl Strategies {
    fn of(written: &[LikeOption], place: Span) -> Result<Self> {
        let mut all = LikeMerge::Including;
        let mut own: BTreeMap<&'static str, LikeMerge> = BTreeMap::new();
        for option in written {
            let name = feature_name(option.feature);
            let overwritable = matches!(
                option.feature,
                LikeFeature::Generated
                    | LikeFeature::Metadata
                    | LikeFeature::Options
                    | LikeFeature::Watermarks
            );
            if option.merge == LikeMerge::Overwriting && !overwritable {
                return Err(Error::invalid(format!(
                    "OVERWRITING {name} does not exist; it goes with GENERATED, METADATA, OPTIONS and WATERMARKS"
                ))
                .at(place));
            }
            if own.insert(name, option.merge).is_some() {
                return Err(Error::invalid(format!("LIKE says twice what to do with {name}")).at(place));
            }
        }
        // Without a word about them, options of the new table win over those taken over.
        if !own.contains_key("ALL") {
            own.entry("OPTIONS").or_insert(LikeMerge::Overwriting);
        }
        if let Some(merge) = own.remove("ALL") {
            all = merge;
        }
        for feature in
            ["CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS"]
        {
            own.entry(feature).or_insert(all);
        }
        Ok(Self(own))
    }

    fn get(&self, feature: LikeFeature) -> LikeMerge {
        self.0.get(feature_name(feature)).copied().unwrap_or(LikeMerge::Including)
    }

    fn takes(&self, feature: LikeFeature) -> bool {
        self.get(feature) != LikeMerge::Excluding
    }
}

/// What is declared of a new table besides LIKE.
pub(super) struct Own<'a> {
    pub(super) elements: &'a [SchemaElement],
    pub(super) options: &'a [TableOption],
    pub(super) partitioned: bool,
    pub(super) distributed: bool,
}

/// What is left of `base`, to which the elements of the new table can be added: what they may overwrite is gone from it.
///
/// # Errors
/// When both say something of the same thing, and LIKE does not say which counts.
pub(super) fn inherited(base: Draft, like: &TableLike, own: &Own<'_>) -> Result<Draft> {
    let strategies = Strategies::of(&like.options, like.span)?;
    let clash = |what: String, feature: LikeFeature| {
        let name = feature_name(feature);
        let overwriting = match feature {
            LikeFeature::Constraints | LikeFeature::Partitions | LikeFeature::Distribution => String::new(),
            _ => format!(" or OVERWRITING {name}"),
        };
        Err(Error::invalid(format!(
            "{what} in table '{}' already; write EXCLUDING {name}{overwriting} behind LIKE",
            like.source.last().value
        ))
        .at(like.span))
    };
    let mut draft = base;
    draft.comment = None;
    draft.columns.retain(|column| match column.kind {
        DraftKind::Physical(_) => true,
        DraftKind::Computed(_) => strategies.takes(LikeFeature::Generated),
        DraftKind::Metadata { .. } => strategies.takes(LikeFeature::Metadata),
    });
    for element in own.elements {
        let SchemaElement::Column(column) = element else { continue };
        let Some(at) = draft.position(&column.name.last().value) else { continue };
        let feature = match draft.columns.get(at).map(|column| &column.kind) {
            Some(DraftKind::Computed(_)) => LikeFeature::Generated,
            Some(DraftKind::Metadata { .. }) => LikeFeature::Metadata,
            _ => {
                return Err(Error::invalid(format!(
                    "column '{}' is in table '{}' already",
                    column.name.last().value,
                    like.source.last().value
                ))
                .at(column.name.span()));
            }
        };
        if strategies.get(feature) != LikeMerge::Overwriting {
            return clash(format!("column '{}' is", column.name.last().value), feature);
        }
        draft.columns.remove(at);
    }

    let has_key = own.elements.iter().any(|element| matches!(element, SchemaElement::Constraint(_)));
    if !strategies.takes(LikeFeature::Constraints) {
        draft.primary_key = None;
    } else if draft.primary_key.is_some() && has_key {
        return clash("there is a primary key".to_owned(), LikeFeature::Constraints);
    }

    let has_watermark = own.elements.iter().any(|element| matches!(element, SchemaElement::Watermark(_)));
    match strategies.get(LikeFeature::Watermarks) {
        LikeMerge::Excluding => draft.watermark = None,
        LikeMerge::Overwriting if has_watermark => draft.watermark = None,
        LikeMerge::Including if has_watermark && draft.watermark.is_some() => {
            return clash("there is a watermark".to_owned(), LikeFeature::Watermarks);
        }
        _ => {}
    }

    if !strategies.takes(LikeFeature::Partitions) {
        draft.partition_keys.clear();
    } else if !draft.partition_keys.is_empty() && own.partitioned {
        return clash("there are partition columns".to_owned(), LikeFeature::Partitions);
    }
    if !strategies.takes(LikeFeature::Distribution) {
        draft.distribution = None;
    } else if draft.distribution.is_some() && own.distributed {
        return clash("there is a distribution".to_owned(), LikeFeature::Distribution);
    }

    match strategies.get(LikeFeature::Options) {
        LikeMerge::Excluding => draft.options.clear(),
        LikeMerge::Overwriting => {}
        LikeMerge::Including => {
            if let Some(option) =
                own.options.iter().find(|option| draft.options.contains_key(&option.key.value))
            {
                return clash(format!("option '{}' is set", option.key.value), LikeFeature::Options);
            }
        }
    }
    Ok(draft)
}
