//! How an entry says which arguments it takes and what follows for its type:
//!
//! ```text
//! resolve: |call| call.take(&[Family::Character, Family::Int])?.returns(STRING).kernel(|_| …),
//! ```
//!
//! [`Arguments::take`] checks the given types against families and says what each is cast to, one of the
//! `returns…` methods states the result, `kernel` how it is computed.

use crate::error::{Error, Result};
use crate::functions::{Arguments, Function, Kernel, KernelArguments, Overload};
use crate::types::{DataType, Kind, MAX_LENGTH};

/// STRING.
pub(crate) const STRING: Kind = Kind::VarChar { length: MAX_LENGTH };

/// BYTES.
pub(crate) const BYTES: Kind = Kind::VarBinary { length: MAX_LENGTH };

/// What a resolver of an entry answers where no overload fits; [`Function::overload`] says it with the types
/// that were given and the signatures that there are.
pub(crate) const NO_OVERLOAD: &str = "no overload of the function fits these arguments";

/// What an argument may be, and so what it is cast to. A NULL without a type becomes the family's own type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Any type, as it is.
    Any,
    /// CHAR or VARCHAR, as it is.
    Character,
    /// BINARY or VARBINARY, as it is.
    Binary,
    /// TINYINT, SMALLINT or INT, as INT.
    Int,
    /// An integer, as BIGINT.
    BigInt,
    /// A number, as DOUBLE.
    Double,
    /// A number, as it is.
    Numeric,
    /// TIMESTAMP, as it is.
    Timestamp,
    /// TIMESTAMP_LTZ, as it is.
    TimestampLtz,
}

impl Family {
    /// What an argument of `given` is cast to; `None` where it does not belong to the family.
    fn accept(self, given: &DataType) -> Option<DataType> {
        let kind = match (self, &given.kind) {
            (Family::Any, kind) => kind.clone(),
            (Family::Character, Kind::Null) => STRING,
            (Family::Character, kind) if kind.is_character() => kind.clone(),
            (Family::Binary, Kind::Null) => BYTES,
            (Family::Binary, kind) if kind.is_binary() => kind.clone(),
            (Family::Int, Kind::Null | Kind::TinyInt | Kind::SmallInt | Kind::Int) => Kind::Int,
            (Family::BigInt, Kind::Null) => Kind::BigInt,
            (Family::BigInt, kind) if kind.is_integer() => Kind::BigInt,
            (Family::Double, Kind::Null) => Kind::Double,
            (Family::Double, kind) if kind.is_numeric() => Kind::Double,
            (Family::Numeric, Kind::Null) => Kind::Int,
            (Family::Numeric, kind) if kind.is_numeric() => kind.clone(),
            (Family::Timestamp, Kind::Null) => Kind::Timestamp { precision: 6 },
            (Family::Timestamp, kind @ Kind::Timestamp { .. }) => kind.clone(),
            (Family::TimestampLtz, Kind::Null) => Kind::TimestampLtz { precision: 6 },
            (Family::TimestampLtz, kind @ Kind::TimestampLtz { .. }) => kind.clone(),
            _ => return None,
        };
        Some(DataType { kind, nullable: given.nullable })
    }
}

impl Arguments<'_> {
    /// The call, if it has exactly these arguments.
    pub(crate) fn take(&self, families: &[Family]) -> Result<Signature> {
        self.take_optional(families, &[])
    }

    /// The call, if it has the `required` arguments, and perhaps the first few of `optional`.
    pub(crate) fn take_optional(&self, required: &[Family], optional: &[Family]) -> Result<Signature> {
        let at_most = required.len() + optional.len();
        if self.types.len() < required.len() || self.types.len() > at_most {
            return no_overload();
        }
        self.accept(required.iter().chain(optional).copied())
    }

    /// The call, if it has the `required` arguments and then any number of `rest`.
    pub(crate) fn take_rest(&self, required: &[Family], rest: Family) -> Result<Signature> {
        if self.types.len() < required.len() {
            return no_overload();
        }
        self.accept(required.iter().copied().chain(std::iter::repeat(rest)))
    }

    fn accept(&self, families: impl Iterator<Item = Family>) -> Result<Signature> {
        let arguments = self.types.iter().zip(families).map(|(given, family)| family.accept(given));
        match arguments.collect::<Option<Vec<_>>>() {
            Some(arguments) => Ok(Signature { arguments }),
            None => no_overload(),
        }
    }
}

/// The error of a resolver for arguments that fit no overload of its entry.
pub(crate) fn no_overload<T>() -> Result<T> {
    Err(Error::invalid(NO_OVERLOAD))
}

/// A call whose arguments fit.
pub(crate) struct Signature {
    arguments: Vec<DataType>,
}

impl Signature {
    /// A call whose arguments are cast to `arguments`, where no family says it.
    pub(crate) fn of(arguments: Vec<DataType>) -> Self {
        Self { arguments }
    }

    /// What the arguments are cast to.
    pub(crate) fn into_arguments(self) -> Vec<DataType> {
        self.arguments
    }

    /// Whether any argument may be NULL.
    pub(crate) fn is_nullable(&self) -> bool {
        self.arguments.iter().any(|argument| argument.nullable)
    }

    /// What argument `index` is cast to.
    pub(crate) fn kind(&self, index: usize) -> &Kind {
        self.arguments.get(index).map_or(&Kind::Null, |argument| &argument.kind)
    }

    /// The most characters that argument `index` can hold.
    pub(crate) fn length(&self, index: usize) -> u32 {
        match self.kind(index) {
            Kind::Char { length } | Kind::VarChar { length } => *length,
            _ => MAX_LENGTH,
        }
    }

    /// The result is of `kind`, and NULL only if an argument is.
    pub(crate) fn returns(self, kind: Kind) -> Typed {
        let nullable = self.is_nullable();
        self.returns_type(DataType { kind, nullable })
    }

    /// The result is of `kind`, and may be NULL whatever the arguments are.
    pub(crate) fn returns_nullable(self, kind: Kind) -> Typed {
        self.returns_type(DataType::new(kind))
    }

    /// The result is of `kind`, never NULL.
    pub(crate) fn returns_not_null(self, kind: Kind) -> Typed {
        self.returns_type(DataType::not_null(kind))
    }

    /// The result is of exactly this type.
    pub(crate) fn returns_type(self, returns: DataType) -> Typed {
        Typed { arguments: self.arguments, returns, fallible: false }
    }
}

/// A call whose result type is known.
pub(crate) struct Typed {
    arguments: Vec<DataType>,
    returns: DataType,
    fallible: bool,
}

impl Typed {
    /// Some rows' values cannot be computed.
    pub(crate) fn fallible(mut self) -> Self {
        self.fallible = true;
        self
    }

    /// How the result is computed. `make` runs once for each place in a query: there, constant patterns,
    /// formats and paths are compiled.
    pub(crate) fn kernel(
        self,
        make: impl Fn(&KernelArguments<'_>) -> Result<Kernel> + Send + Sync + 'static,
    ) -> Result<Overload> {
        let Self { arguments, returns, fallible } = self;
        Ok(Overload { arguments, returns, fallible, kernel: Box::new(make) })
    }
}

impl Function {
    /// The overload for these arguments.
    ///
    /// # Errors
    /// Names the types given and the signatures there are, if none fits.
    pub fn overload(&self, arguments: &Arguments<'_>) -> Result<Overload> {
        (self.resolve)(arguments)
            .map_err(|error| if error.message == NO_OVERLOAD { arguments.mismatch(self) } else { error })
    }
}
