//! Settings of topics, as `--set key=value` gives them and `describe` shows them.

use millstream_engine::{Error, ErrorKind, Result};
use millstream_log::{Compression, Durability, TopicSpec};
use millstream_sql::config::{parse_bytes, parse_duration};
use millstream_sql::names::did_you_mean;

const COMPRESSION: &str = "compression";
const DURABILITY: &str = "durability";
const RETENTION_BYTES: &str = "retention.bytes";
const RETENTION_TIME: &str = "retention.time";
const TABLE: &str = "table";
const TTL: &str = "ttl";

/// All of them.
const KEYS: &[&str] = &[COMPRESSION, DURABILITY, RETENTION_BYTES, RETENTION_TIME, TABLE, TTL];

/// What takes a limit back.
const NONE: &str = "none";

/// Makes of `spec` what the settings say.
///
/// # Errors
/// Invalid: an unknown key, or a value that is none of its values.
pub fn apply(spec: &mut TopicSpec, settings: &[(String, String)]) -> Result<()> {
    for (key, value) in settings {
        let wrong = |mend: &str| Err(invalid(format!("--set {key}: '{value}' is not {mend}")));
        match key.as_str() {
            COMPRESSION => {
                spec.compression = match value.as_str() {
                    NONE => Compression::None,
                    "lz4" => Compression::Lz4,
                    "zstd" => Compression::Zstd,
                    _ => return wrong("one of none, lz4, zstd"),
                }
            }
            DURABILITY => {
                spec.durability = match value.as_str() {
                    "fsync" => Durability::Fsync,
                    "flush-interval" => Durability::FlushInterval,
                    _ => return wrong("one of fsync, flush-interval"),
                }
            }
            RETENTION_BYTES => {
                spec.retention_bytes = limit(key, value, |text| Ok(parse_bytes(text)? as u64))?
            }
            RETENTION_TIME => spec.retention_ms = limit(key, value, millis)?,
            TTL => spec.ttl_ms = limit(key, value, millis)?,
            TABLE => {
                spec.table = match value.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return wrong("true or false"),
                }
            }
            _ => {
                return Err(invalid(format!(
                    "a topic has no setting '{key}'{}; it has {}",
                    did_you_mean(key, KEYS),
                    KEYS.join(", ")
                )));
            }
        }
    }
    Ok(())
}

fn millis(text: &str) -> millstream_sql::Result<u64> {
    Ok(u64::try_from(parse_duration(text)?.as_millis()).unwrap_or(u64::MAX))
}

fn limit(key: &str, value: &str, parse: impl Fn(&str) -> millstream_sql::Result<u64>) -> Result<Option<u64>> {
    match value {
        NONE => Ok(None),
        _ => parse(value).map(Some).map_err(|error| invalid(format!("--set {key}: {}", error.message))),
    }
}

/// What a topic is set to, by key.
pub fn of(spec: &TopicSpec) -> Vec<(String, String)> {
    let compression = match spec.compression {
        Compression::None => NONE,
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    };
    let durability = match spec.durability {
        Durability::Fsync => "fsync",
        Durability::FlushInterval => "flush-interval",
    };
    let mut settings = vec![
        (COMPRESSION.to_owned(), compression.to_owned()),
        (DURABILITY.to_owned(), durability.to_owned()),
    ];
    let limits = [
        (RETENTION_BYTES, spec.retention_bytes.map(|bytes| format!("{bytes} b"))),
        (RETENTION_TIME, spec.retention_ms.map(|millis| format!("{millis} ms"))),
        (TABLE, spec.table.then(|| "true".to_owned())),
        (TTL, spec.ttl_ms.map(|millis| format!("{millis} ms"))),
    ];
    for (key, value) in limits {
        settings.extend(value.map(|value| (key.to_owned(), value)));
    }
    settings.extend(spec.attributes.iter().cloned());
    settings
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(settings: &[(&str, &str)]) -> Result<TopicSpec> {
        let mut spec = TopicSpec::default();
        let settings: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        apply(&mut spec, &settings)?;
        Ok(spec)
    }

    #[test]
    fn settings_come_back() {
        let spec = set(&[
            ("compression", "zstd"),
            ("durability", "flush-interval"),
            ("retention.bytes", "1 kb"),
            ("retention.time", "7 d"),
            ("table", "true"),
            ("ttl", "2 s"),
        ]);
        let spec = spec.unwrap();
        let mut again = TopicSpec::default();
        apply(&mut again, &of(&spec)).unwrap();
        assert_eq!(again, spec);
        assert_eq!((spec.retention_bytes, spec.retention_ms), (Some(1024), Some(7 * 24 * 60 * 60 * 1000)));
        apply(&mut again, &[("retention.time".to_owned(), "none".to_owned())]).unwrap();
        assert_eq!(again.retention_ms, None);
    }

    #[test]
    fn wrong_settings_are_refused_with_the_right_ones() {
        for (key, value, part) in [
            ("retention.tine", "1 d", "did you mean 'retention.time'?"),
            ("colour", "red", "it has compression, durability"),
            ("compression", "brotli", "is not one of none, lz4, zstd"),
            ("retention.bytes", "much", "is not a size"),
            ("ttl", "long", "is not a duration"),
        ] {
            let error = set(&[(key, value)]).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        }
    }
}
