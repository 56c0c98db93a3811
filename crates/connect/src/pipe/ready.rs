//! Waiting for a pipe, and reading what is there.
//!
//! The standard library can only wait without a limit; a lane must look from time to time whether its job was stopped.
//!
//! The `unsafe` here is three calls of the C library, each with arguments that live longer than the call.
#![allow(
    unsafe_code,
    reason = "poll, read and fcntl are not in the standard library in this form; their proofs are beside them"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// Whether a read would not wait, now or within `wait`: there are bytes, or the other side has closed.
///
/// # Errors
/// What the operating system says.
pub(super) fn wait_readable(fd: BorrowedFd<'_>, wait: Duration) -> io::Result<bool> {
    let mut polled = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let millis = libc::c_int::try_from(wait.as_millis()).unwrap_or(libc::c_int::MAX);
    // SAFETY: one pollfd, alive during the call; the descriptor is borrowed.
    let ready = unsafe { libc::poll(&mut polled, 1, millis) };
    match ready {
        0 => Ok(false),
        1.. => Ok(true),
        _ => match io::Error::last_os_error() {
            // A signal: the lane looks whether its job was stopped.
            error if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        },
    }
}

/// One read into the spare capacity of `to`; the number of bytes, 0 at the end.
///
/// # Errors
/// What the operating system says.
pub(super) fn read_once(fd: BorrowedFd<'_>, to: &mut Vec<u8>) -> io::Result<usize> {
    let spare = to.spare_capacity_mut();
    if spare.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no room to read into"));
    }
    // SAFETY: the spare capacity is writable for its length, and the call writes no more than that.
    let got = unsafe { libc::read(fd.as_raw_fd(), spare.as_mut_ptr().cast(), spare.len()) };
    let Ok(got) = usize::try_from(got) else { return Err(io::Error::last_os_error()) };
    let length = to.len() + got;
    // SAFETY: the call has written `got` bytes behind the vector's length, within its capacity.
    unsafe { to.set_len(length) };
    Ok(got)
}

/// Asks for a pipe that holds more, so that writer and reader change places less often. Other files stay as they are.
pub(super) fn enlarge(fd: BorrowedFd<'_>, bytes: libc::c_int) {
    // SAFETY: an integer argument; a descriptor that is no pipe answers with an error, which does no harm.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, bytes);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (fd, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsFd;

    #[test]
    fn what_is_there_is_read_and_the_end_is_seen() {
        let (reader, mut writer) = io::pipe().unwrap();
        enlarge(reader.as_fd(), 1 << 20);
        assert!(!wait_readable(reader.as_fd(), Duration::ZERO).unwrap());
        writer.write_all(b"hello").unwrap();
        assert!(wait_readable(reader.as_fd(), Duration::from_secs(5)).unwrap());
        let mut bytes = Vec::with_capacity(16);
        bytes.extend_from_slice(b"> ");
        assert_eq!(read_once(reader.as_fd(), &mut bytes).unwrap(), 5);
        assert_eq!(bytes, b"> hello");
        drop(writer);
        assert!(wait_readable(reader.as_fd(), Duration::ZERO).unwrap());
        assert_eq!(read_once(reader.as_fd(), &mut bytes).unwrap(), 0);
        assert!(read_once(reader.as_fd(), &mut Vec::new()).is_err());
    }
}
