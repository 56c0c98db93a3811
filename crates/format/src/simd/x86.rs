//! Lanes in the vector registers of x86-64: AVX2, and AVX-512.
//!
//! # Proof
//!
//! `unsafe` stands here for two things only.
//!
//! 1. Calling functions that are compiled for instructions which not every processor has. Each such call needs
//!    a value of [`Avx2`] or [`Avx512`]; their field is private to this module, and `detect` alone makes
//!    one, after the processor has said that it has every feature that the functions name.
//! 2. Loading vectors from memory. The pointer comes from a reference to an array of 64 bytes, the loads read
//!    bytes 0 to 63 of it, and they ask for no alignment.
#![allow(unsafe_code, reason = "the proof is above")]

use std::arch::x86_64::{
    __m256i, __m512i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8,
    _mm_setr_epi8, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_max_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_shuffle_epi8, _mm512_broadcast_i32x4,
    _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_movepi8_mask, _mm512_or_si512,
    _mm512_set1_epi8, _mm512_shuffle_epi8,
};

use super::csv::{self, CsvScan, CsvSpecials};
use super::json::{self, JsonScan};
use super::{CHUNK, Lanes, Positions, text};

/// A processor with AVX2 and its companions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx2(());

/// A processor with AVX-512 for bytes, and its companions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx512(());

impl Avx2 {
    /// The token, on a processor that has the features.
    pub(super) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("pclmulqdq")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        has.then_some(Self(()))
    }

    pub(super) fn json(self, bytes: &[u8], scan: &mut JsonScan, until: usize, out: &mut Positions) {
        #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn run(lanes: Avx2, bytes: &[u8], scan: &mut JsonScan, until: usize, out: &mut Positions) {
            json::index(lanes, bytes, scan, until, out);
        }
        // SAFETY: `self` exists, so the processor has the features (1 above).
        unsafe { run(self, bytes, scan, until, out) }
    }

    pub(super) fn csv(
        self,
        specials: CsvSpecials,
        bytes: &[u8],
        scan: &mut CsvScan,
        until: usize,
        out: &mut Positions,
    ) {
        #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn run(
            lanes: Avx2,
            specials: CsvSpecials,
            bytes: &[u8],
            scan: &mut CsvScan,
            until: usize,
            out: &mut Positions,
        ) {
            csv::index(lanes, specials, bytes, scan, until, out);
        }
        // SAFETY: as in `json`.
        unsafe { run(self, specials, bytes, scan, until, out) }
    }

    pub(super) fn json_plain_prefix(self, bytes: &[u8]) -> usize {
        #[target_feature(enable = "avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn run(lanes: Avx2, bytes: &[u8]) -> usize {
            text::json_plain_prefix(lanes, bytes)
        }
        // SAFETY: as in `json`.
        unsafe { run(self, bytes) }
    }
}

impl Lanes for Avx2 {
    type Vector = [__m256i; 2];

    #[inline(always)]
    fn load(self, chunk: &[u8; CHUNK]) -> Self::Vector {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn run(chunk: &[u8; CHUNK]) -> [__m256i; 2] {
            let start = chunk.as_ptr().cast::<__m256i>();
            // SAFETY: bytes 0 to 31 and 32 to 63 of an array of 64 (2 above).
            unsafe { [_mm256_loadu_si256(start), _mm256_loadu_si256(start.add(1))] }
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(chunk) }
    }

    #[inline(always)]
    fn equal(self, vector: Self::Vector, byte: u8) -> u64 {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn run(vector: [__m256i; 2], byte: u8) -> u64 {
            let pattern = _mm256_set1_epi8(byte.cast_signed());
            masks(vector.map(|half| _mm256_cmpeq_epi8(half, pattern)))
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector, byte) }
    }

    #[inline(always)]
    fn below(self, vector: Self::Vector, bound: u8) -> u64 {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn run(vector: [__m256i; 2], bound: u8) -> u64 {
            let bound = _mm256_set1_epi8(bound.cast_signed());
            // At least the bound, as unsigned bytes: the greater of both is the byte itself.
            !masks(vector.map(|half| _mm256_cmpeq_epi8(_mm256_max_epu8(half, bound), half)))
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector, bound) }
    }

    #[inline(always)]
    fn non_ascii(self, vector: Self::Vector) -> u64 {
        // SAFETY: `self` exists (1 above).
        unsafe { masks(vector) }
    }

    #[inline(always)]
    fn json_operators(self, vector: Self::Vector) -> u64 {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn run(vector: [__m256i; 2]) -> u64 {
            // By the low four bits of a byte, the one operator that may have them; `[` and `]` are folded into
            // `{` and `}` by bit 5, which the other operators have anyway. A byte above 127 selects 0, and differs.
            let table = _mm256_setr_epi8(
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3a, 0x7b, 0x2c, 0x7d, 0, 0, //
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3a, 0x7b, 0x2c, 0x7d, 0, 0,
            );
            let bit_5 = _mm256_set1_epi8(0x20);
            masks(vector.map(|half| {
                let folded = _mm256_or_si256(half, bit_5);
                _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, half), folded)
            }))
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector) }
    }

    #[inline(always)]
    fn prefix_xor(self, bits: u64) -> u64 {
        // SAFETY: `self` exists (1 above).
        unsafe { carryless_prefix_xor(bits) }
    }
}

/// The high bits of 64 bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn masks(halves: [__m256i; 2]) -> u64 {
    let [low, high] = halves.map(|half| u64::from(_mm256_movemask_epi8(half).cast_unsigned()));
    low | (high << 32)
}

/// Carry-less multiplication by all ones adds each bit to all bits from it on.
#[inline]
#[target_feature(enable = "pclmulqdq")]
fn carryless_prefix_xor(bits: u64) -> u64 {
    let ones = _mm_set1_epi8(-1);
    _mm_cvtsi128_si64(_mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(bits.cast_signed()), ones)).cast_unsigned()
}

impl Avx512 {
    /// The token, on a processor that has the features.
    pub(super) fn detect() -> Option<Self> {
        let has = Avx2::detect().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw");
        has.then_some(Self(()))
    }

    pub(super) fn json(self, bytes: &[u8], scan: &mut JsonScan, until: usize, out: &mut Positions) {
        #[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn run(lanes: Avx512, bytes: &[u8], scan: &mut JsonScan, until: usize, out: &mut Positions) {
            json::index(lanes, bytes, scan, until, out);
        }
        // SAFETY: `self` exists, so the processor has the features (1 above).
        unsafe { run(self, bytes, scan, until, out) }
    }

    pub(super) fn csv(
        self,
        specials: CsvSpecials,
        bytes: &[u8],
        scan: &mut CsvScan,
        until: usize,
        out: &mut Positions,
    ) {
        #[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn run(
            lanes: Avx512,
            specials: CsvSpecials,
            bytes: &[u8],
            scan: &mut CsvScan,
            until: usize,
            out: &mut Positions,
        ) {
            csv::index(lanes, specials, bytes, scan, until, out);
        }
        // SAFETY: as in `json`.
        unsafe { run(self, specials, bytes, scan, until, out) }
    }

    pub(super) fn json_plain_prefix(self, bytes: &[u8]) -> usize {
        #[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,bmi2,lzcnt,popcnt")]
        fn run(lanes: Avx512, bytes: &[u8]) -> usize {
            text::json_plain_prefix(lanes, bytes)
        }
        // SAFETY: as in `json`.
        unsafe { run(self, bytes) }
    }
}

impl Lanes for Avx512 {
    type Vector = __m512i;

    #[inline(always)]
    fn load(self, chunk: &[u8; CHUNK]) -> Self::Vector {
        #[inline]
        #[target_feature(enable = "avx512f")]
        fn run(chunk: &[u8; CHUNK]) -> __m512i {
            // SAFETY: bytes 0 to 63 of an array of 64 (2 above).
            unsafe { _mm512_loadu_si512(chunk.as_ptr().cast::<__m512i>()) }
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(chunk) }
    }

    #[inline(always)]
    fn equal(self, vector: Self::Vector, byte: u8) -> u64 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn run(vector: __m512i, byte: u8) -> u64 {
            _mm512_cmpeq_epi8_mask(vector, _mm512_set1_epi8(byte.cast_signed()))
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector, byte) }
    }

    #[inline(always)]
    fn below(self, vector: Self::Vector, bound: u8) -> u64 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn run(vector: __m512i, bound: u8) -> u64 {
            _mm512_cmplt_epu8_mask(vector, _mm512_set1_epi8(bound.cast_signed()))
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector, bound) }
    }

    #[inline(always)]
    fn non_ascii(self, vector: Self::Vector) -> u64 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn run(vector: __m512i) -> u64 {
            _mm512_movepi8_mask(vector)
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector) }
    }

    #[inline(always)]
    fn json_operators(self, vector: Self::Vector) -> u64 {
        #[inline]
        #[target_feature(enable = "avx512f,avx512bw")]
        fn run(vector: __m512i) -> u64 {
            // As for AVX2.
            let table = _mm512_broadcast_i32x4(_mm_setr_epi8(
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3a, 0x7b, 0x2c, 0x7d, 0, 0,
            ));
            let folded = _mm512_or_si512(vector, _mm512_set1_epi8(0x20));
            _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, vector), folded)
        }
        // SAFETY: `self` exists (1 above).
        unsafe { run(vector) }
    }

    #[inline(always)]
    fn prefix_xor(self, bits: u64) -> u64 {
        // SAFETY: `self` exists (1 above).
        unsafe { carryless_prefix_xor(bits) }
    }
}
