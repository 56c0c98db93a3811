//! `v['key']` and `v[index]`.

use arrow_array::types::Int64Type;

use crate::error::Result;
use crate::functions::Overload;
use crate::functions::json::{Cursor, Malformed, decode};
use crate::functions::kernel::{Str, slice};
use crate::functions::signature::{Signature, no_overload};
use crate::types::{DataType, Kind};

/// `ITEM` of a VARIANT and a key or a position.
pub(crate) fn item(variant: &DataType, at: &DataType) -> Result<Overload> {
    let returns = DataType::new(Kind::Variant);
    if at.kind.is_character() {
        let signature = Signature::of(vec![variant.clone(), at.clone()]);
        return signature
            .returns_type(returns)
            .kernel(|_| Ok(slice::<(Str,)>(|text, (key,)| Ok(member(text, key).unwrap_or(None)))));
    }
    if at.kind.is_integer() {
        let at = DataType { kind: Kind::BigInt, nullable: at.nullable };
        let signature = Signature::of(vec![variant.clone(), at]);
        return signature.returns_type(returns).kernel(|_| {
            Ok(slice::<(Int64Type,)>(|text, (index,)| Ok(element(text, index).unwrap_or(None))))
        });
    }
    no_overload()
}

/// The text of an object's member. A VARIANT is always well formed.
fn member<'a>(text: &'a str, key: &str) -> std::result::Result<Option<&'a str>, Malformed> {
    let mut cursor = Cursor::new(text);
    let mut found = None;
    if cursor.next() == Some(b'{') {
        cursor.members(|cursor, name| {
            let start = cursor.at();
            cursor.skip()?;
            if decode(name) == key {
                found = Some(cursor.since(start));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The text of an array's element, counted from 1.
fn element(text: &str, index: i64) -> std::result::Result<Option<&str>, Malformed> {
    let mut cursor = Cursor::new(text);
    let mut found = None;
    let wanted = index.checked_sub(1).and_then(|index| usize::try_from(index).ok());
    if let (Some(wanted), Some(b'[')) = (wanted, cursor.next()) {
        cursor.elements(|cursor, position| {
            let start = cursor.at();
            cursor.skip()?;
            if position == wanted {
                found = Some(cursor.since(start));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let text = r#"{"a":{"b":[10,"x"]},"é":-1e400,"q\"":1.0E20}"#;
        assert_eq!(member(text, "a").unwrap(), Some(r#"{"b":[10,"x"]}"#));
        assert_eq!(member(text, "q\"").unwrap(), Some("1.0E20"));
        assert_eq!(member(text, "A").unwrap(), None);
        assert_eq!(member("[1]", "a").unwrap(), None);
        assert_eq!(element("[1,null]", 2).unwrap(), Some("null"));
        assert_eq!(element("[1,null]", 0).unwrap(), None);
        assert_eq!(element("1", 1).unwrap(), None);
    }
}
