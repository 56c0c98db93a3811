//! The key of a message, out of a field of its line.

use serde_json::Value;

/// The text of the field `name` of a line that is a JSON object.
///
/// # Errors
/// What is wrong with the line, to stand behind its number.
pub fn key_of(line: &[u8], name: &str) -> Result<String, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| format!("is no JSON: {error}"))?;
    let Value::Object(fields) = value else { return Err("is no JSON object".to_owned()) };
    match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(number @ (Value::Number(_) | Value::Bool(_))) => Ok(number.to_string()),
        None => Err(format!("has no field '{name}'")),
        Some(_) => Err(format!("has no text, number or truth value in its field '{name}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_texts_and_numbers() {
        let of = |line: &str| key_of(line.as_bytes(), "id");
        assert_eq!(of(r#"{"a":1,"id":"x y"}"#), Ok("x y".to_owned()));
        assert_eq!(of(r#"{"id":42}"#), Ok("42".to_owned()));
        assert_eq!(of(r#"{"id":true}"#), Ok("true".to_owned()));
        assert_eq!(of(r#"{"di":1}"#), Err("has no field 'id'".to_owned()));
        for line in [r#"{"id":null}"#, r#"{"id":""}"#, r#"{"id":[1]}"#, "[1]", "{", ""] {
            assert!(of(line).is_err(), "{line}");
        }
    }
}
