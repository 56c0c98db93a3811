//! Digests of strings and byte strings, in hexadecimal.

use arrow_array::types::Int32Type;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::kernel::{Bytes, Str, text};
use super::signature::Family;
use super::{Arguments, Category, Determinism, Example, Function, KernelArguments, Overload};
use crate::error::{Error, Result};
use crate::types::Kind;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    digest(
        "MD5",
        &["MD5(string)"],
        "The MD5 digest of the string, in 32 hexadecimal digits.",
        &[Example("MD5('a')", "0cc175b9c0f1b6a831c399e269772661")],
        |call| resolve(call, 32, hexadecimal::<Md5>),
    ),
    digest(
        "SHA1",
        &["SHA1(string)"],
        "The SHA-1 digest of the string, in 40 hexadecimal digits.",
        &[Example("SHA1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8")],
        |call| resolve(call, 40, hexadecimal::<Sha1>),
    ),
    digest(
        "SHA224",
        &["SHA224(string)"],
        "The SHA-224 digest of the string, in 56 hexadecimal digits.",
        &[Example("SHA224('a')", "abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5")],
        |call| resolve(call, 56, hexadecimal::<Sha224>),
    ),
    digest(
        "SHA256",
        &["SHA256(string)"],
        "The SHA-256 digest of the string, in 64 hexadecimal digits.",
        &[Example("SHA256('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")],
        |call| resolve(call, 64, hexadecimal::<Sha256>),
    ),
    digest(
        "SHA384",
        &["SHA384(string)"],
        "The SHA-384 digest of the string, in 96 hexadecimal digits.",
        &[Example("CHAR_LENGTH(SHA384('a'))", "96")],
        |call| resolve(call, 96, hexadecimal::<Sha384>),
    ),
    digest(
        "SHA512",
        &["SHA512(string)"],
        "The SHA-512 digest of the string, in 128 hexadecimal digits.",
        &[Example("CHAR_LENGTH(SHA512('a'))", "128")],
        |call| resolve(call, 128, hexadecimal::<Sha512>),
    ),
    digest(
        "SHA2",
        &["SHA2(string, bits)"],
        "The digest of the string by the member of the SHA-2 family with that many bits: 224, 256, 384 or 512; another \
         number is an error. NULL if an argument is.",
        &[Example("SHA2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")],
        |call| {
            let bits = match call.literals.get(1) {
                Some(Some(Value::TinyInt(bits))) => Some(i32::from(*bits)),
                Some(Some(Value::SmallInt(bits))) => Some(i32::from(*bits)),
                Some(Some(Value::Int(bits))) => Some(*bits),
                _ => None,
            };
            if let Some(bits) = bits.filter(|bits| !SHA2_BITS.contains(bits)) {
                return Err(Error::invalid(unknown_bits(bits)));
            }
            let kind = Kind::VarChar { length: 128 };
            if let Ok(signature) = call.take(&[Family::Character, Family::Int]) {
                return signature.returns(kind).fallible().kernel(|arguments| {
                    let by_name = is_looked_up(arguments);
                    Ok(text::<(Str, Int32Type), _>(move |(text, bits), out| {
                        sha2(text.as_bytes(), bits, by_name, out)
                    }))
                });
            }
            let signature = call.take(&[Family::Binary, Family::Int])?;
            signature.returns(kind).fallible().kernel(|arguments| {
                let by_name = is_looked_up(arguments);
                Ok(text::<(Bytes, Int32Type), _>(move |(bytes, bits), out| sha2(bytes, bits, by_name, out)))
            })
        },
    ),
];

const fn digest(
    name: &'static str,
    signatures: &'static [&'static str],
    summary: &'static str,
    examples: &'static [Example],
    resolve: fn(&Arguments<'_>) -> Result<Overload>,
) -> Function {
    let (aliases, category, determinism) = (&[], Category::Hash, Determinism::Pure);
    Function { name, aliases, category, signatures, summary, examples, determinism, resolve }
}

fn resolve(call: &Arguments<'_>, length: u32, write: fn(&[u8], &mut String)) -> Result<Overload> {
    if let Ok(signature) = call.take(&[Family::Character]) {
        return signature
            .returns(Kind::Char { length })
            .kernel(move |_| Ok(text::<(Str,), _>(move |(text,), out| write(text.as_bytes(), out))));
    }
    call.take(&[Family::Binary])?
        .returns(Kind::Char { length })
        .kernel(move |_| Ok(text::<(Bytes,), _>(move |(bytes,), out| write(bytes, out))))
}

/// The bytes of SHA-512.
const DIGEST_BYTES_MAX: usize = 64;

/// Writes the digest of `bytes`.
fn hexadecimal<D: Digest>(bytes: &[u8], out: &mut String) {
    let mut digits = [0; 2 * DIGEST_BYTES_MAX];
    let mut length = 0;
    for (place, byte) in digits.chunks_exact_mut(2).zip(D::digest(bytes)) {
        place.copy_from_slice(&[byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        length += 2;
    }
    out.push_str(std::str::from_utf8(digits.get(..length).unwrap_or_default()).unwrap_or_default());
}

/// Members of the SHA-2 family, by their bits.
const SHA2_BITS: [i32; 4] = [224, 256, 384, 512];

fn unknown_bits(bits: i32) -> String {
    format!("SHA2 has no digest of {bits} bits: 224, 256, 384 and 512 are known")
}

/// Whether the digest of a row is looked up by its name, as Flink does where the number of bits is not constant.
fn is_looked_up(arguments: &KernelArguments<'_>) -> bool {
    !matches!(arguments.constants.get(1), Some(Some(_)))
}

fn sha2(bytes: &[u8], bits: i32, by_name: bool, out: &mut String) -> Result<()> {
    match bits {
        // By that name there is a SHA-1.
        1 if by_name => hexadecimal::<Sha1>(bytes, out),
        224 => hexadecimal::<Sha224>(bytes, out),
        256 => hexadecimal::<Sha256>(bytes, out),
        384 => hexadecimal::<Sha384>(bytes, out),
        512 => hexadecimal::<Sha512>(bytes, out),
        _ => return Err(Error::runtime(unknown_bits(bits))),
    }
    Ok(())
}
