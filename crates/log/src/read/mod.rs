//! Reading: by offset, time, key. Readers take the core's lock only to look up where something stands; the bytes are read, and
//! checked, outside of it.

mod cursor;
mod held;
mod keys;
mod locate;
mod start;
mod window;

pub use cursor::Cursor;
pub use held::Held;
pub use keys::Found;
pub use start::Start;
