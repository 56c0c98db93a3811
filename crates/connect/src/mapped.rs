//! Windows of files mapped into memory: bytes of the page cache, read in place.
//!
//! Copying a cached file into a buffer costs more than searching it. A window is mapped instead, a
//! few MiB at a time, so that the resident size stays that of the windows in use.
//!
//! The one danger of a mapping is a file that is cut short by somebody else while it is read: touching a page that is no
//! longer there raises SIGBUS. [`Window`]s are registered in a table that a signal handler
//! reads: it puts a page of zeros there and marks the window, and the reader finds the mark
//! ([`Window::is_torn`]) before it believes what it saw. A SIGBUS anywhere else keeps its meaning.
//!
//! This is the crate's only `unsafe` module. What makes it sound:
//! - A window's address range is mapped read-only from [`Window::map`] until its drop, and nobody else unmaps it; slices borrow
//!   the window.
//! - The bytes may change under the reader, as they may with any shared mapping, when another process writes
//!   the file in place. So nothing that outlives the reading is a view of a window: strings are copied out
//!   first and validated in the copy, and no reader relies on reading the same byte twice alike.
//! - The handler calls only `mmap`, touches only atomics and its arguments, and restores `errno`.
#![allow(unsafe_code, reason = "mapping files is what this module is for; its proof is above")]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Once};

use arrow_buffer::Buffer;
use arrow_buffer::alloc::Allocation;

/// How many windows can be mapped at once in the process. Beyond it [`Window::map`] answers with an
/// error of kind `QuotaExceeded`, and files are read by copy.
pub const WINDOWS_MAX: usize = 256;

/// A range of a file, mapped read-only.
#[derive(Debug)]
pub struct Window {
    start: NonNull<u8>,
    /// The length asked for, at most the length mapped.
    length: usize,
    slot: &'static Slot,
}

// SAFETY: the mapping is read-only and owned by the window; the slot is made of atomics.
unsafe impl Send for Window {}
// SAFETY: as above; `&Window` gives out only shared reads.
unsafe impl Sync for Window {}
impl RefUnwindSafe for Window {}

/// What the signal handler knows of a window. `end` is 0 while the slot is free or being filled.
#[derive(Debug)]
struct Slot {
    taken: AtomicBool,
    start: AtomicUsize,
    end: AtomicUsize,
    torn: AtomicBool,
}

static SLOTS: [Slot; WINDOWS_MAX] = [const {
    Slot {
        taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        torn: AtomicBool::new(false),
    }
}; WINDOWS_MAX];

static PAGE_BYTES: AtomicUsize = AtomicUsize::new(4096);
static PREVIOUS_HANDLER: AtomicUsize = AtomicUsize::new(0);
static PREVIOUS_TAKES_INFO: AtomicBool = AtomicBool::new(false);
static INSTALL: Once = Once::new();

impl Window {
    /// Maps `length` bytes of `file` from `offset`, a multiple of the page size ([`page_bytes`]). The range
    /// should lie within the file as it is now; what lies behind its end reads as zeros and marks the window.
    ///
    /// # Errors
    /// `QuotaExceeded` when [`WINDOWS_MAX`] windows are in use; what the operating system says when it does not map
    /// (not a regular file, a file system without mappings, no memory).
    pub fn map(file: &File, offset: u64, length: usize) -> io::Result<Self> {
        if length == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a window of no bytes"));
        }
        let offset = libc::off_t::try_from(offset).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, "an offset beyond what files can have")
        })?;
        install_handler();
        let slot = SLOTS
            .iter()
            .find(|s| s.taken.compare_exchange(false, true, Ordering::AcqRel, Ordering::Relaxed).is_ok())
            .ok_or_else(|| io::Error::new(io::ErrorKind::QuotaExceeded, "too many mapped windows"))?;
        // SAFETY: a fresh read-only mapping at an address of the kernel's choice touches no memory of ours.
        let address = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                length,
                libc::PROT_READ,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                offset,
            )
        };
        let start = match NonNull::new(address.cast::<u8>()) {
            Some(start) if address != libc::MAP_FAILED => start,
            _ => {
                let error = io::Error::last_os_error();
                slot.taken.store(false, Ordering::Release);
                return Err(error);
            }
        };
        slot.torn.store(false, Ordering::Relaxed);
        slot.start.store(start.as_ptr() as usize, Ordering::Relaxed);
        slot.end.store(start.as_ptr() as usize + length, Ordering::Release);
        // SAFETY: the range was mapped just now; advice changes no content. A refusal does no harm.
        unsafe { libc::madvise(address, length, libc::MADV_SEQUENTIAL) };
        Ok(Self { start, length, slot })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: mapped for `length` bytes until drop; see the module's proof for bytes that change.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The bytes as a buffer, for readers that are told that they are volatile. The window stays mapped until the
    /// last buffer is dropped.
    pub fn buffer(self: &Arc<Self>) -> Buffer {
        // SAFETY: mapped for `length` bytes until the window is dropped, which the buffer's owner keeps from happening.
        unsafe {
            Buffer::from_custom_allocation(self.start, self.length, Arc::clone(self) as Arc<dyn Allocation>)
        }
    }

    /// Whether bytes were read that are no longer in the file, which was cut short meanwhile: what has been read from
    /// the window since it was mapped must not be believed.
    pub fn is_torn(&self) -> bool {
        self.slot.torn.load(Ordering::Acquire)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The slot is emptied first: once the range is unmapped its addresses may become somebody else's.
        self.slot.end.store(0, Ordering::Release);
        // SAFETY: the range that `map` mapped, unmapped once.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.length) };
        self.slot.taken.store(false, Ordering::Release);
    }
}

/// The size of a page: window offsets are multiples of it.
pub fn page_bytes() -> usize {
    install_handler();
    PAGE_BYTES.load(Ordering::Relaxed)
}

fn install_handler() {
    INSTALL.call_once(|| {
        // SAFETY: sysconf and sigaction with valid, initialised arguments; the handler keeps to what is allowed in one.
        unsafe {
            if let Ok(page) = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE))
                && page > 0
            {
                PAGE_BYTES.store(page, Ordering::Relaxed);
            }
            let mut action: libc::sigaction = std::mem::zeroed();
            let mut previous: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_bus_error as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&mut action.sa_mask);
            if libc::sigaction(libc::SIGBUS, &action, &mut previous) == 0 {
                PREVIOUS_HANDLER.store(previous.sa_sigaction, Ordering::Release);
                PREVIOUS_TAKES_INFO.store(previous.sa_flags & libc::SA_SIGINFO != 0, Ordering::Release);
            }
        }
    });
}

/// Puts a page of zeros where a window's file no longer has one; hands any other SIGBUS on.
extern "C" fn on_bus_error(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel gives a valid siginfo to an SA_SIGINFO handler, and errno is this thread's own.
    let (address, errno) = unsafe { ((*info).si_addr() as usize, *libc::__errno_location()) };
    for slot in &SLOTS {
        let end = slot.end.load(Ordering::Acquire);
        if address >= end || address < slot.start.load(Ordering::Relaxed) {
            continue;
        }
        let page = PAGE_BYTES.load(Ordering::Relaxed);
        // SAFETY: the page lies in a window of ours, whose reader is right here, faulting: it is replaced
        // in place by a private page of zeros, which the window's drop unmaps with the rest.
        let mapped = unsafe {
            libc::mmap(
                (address / page * page) as *mut libc::c_void,
                page,
                libc::PROT_READ,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                -1,
                0,
            )
        };
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = errno };
        if mapped != libc::MAP_FAILED {
            slot.torn.store(true, Ordering::Release);
            return;
        }
        break;
    }
    let previous = PREVIOUS_HANDLER.load(Ordering::Acquire);
    if previous == libc::SIG_DFL || previous == libc::SIG_IGN {
        // SAFETY: with the default action back, the access that faulted faults again and ends the process.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    } else if PREVIOUS_TAKES_INFO.load(Ordering::Acquire) {
        // SAFETY: installed by sigaction with SA_SIGINFO, so this is its type.
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
            unsafe { std::mem::transmute(previous) };
        handler(signal, info, context);
    } else {
        // SAFETY: installed by sigaction without SA_SIGINFO, so this is its type.
        let handler: extern "C" fn(libc::c_int) = unsafe { std::mem::transmute(previous) };
        handler(signal);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn a_window_shows_the_bytes_of_the_file() {
        let page = page_bytes();
        let bytes: Vec<u8> = (0..=250).cycle().take(page * 3 + 17).collect();
        let file = file_of(&bytes);
        let window = Window::map(&file, page as u64, page * 2 + 17).unwrap();
        assert_eq!(window.bytes(), &bytes[page..]);
        assert!(!window.is_torn());
        let buffer = Arc::new(window).buffer();
        assert_eq!(buffer.as_slice(), &bytes[page..]);
    }

    #[test]
    fn a_file_cut_short_marks_the_window_and_reads_as_zeros() {
        let page = page_bytes();
        let file = file_of(&vec![7; page * 4]);
        let window = Window::map(&file, 0, page * 4).unwrap();
        assert_eq!(window.bytes()[0], 7);
        file.set_len(page as u64).unwrap();
        assert_eq!(window.bytes()[page - 1], 7);
        assert!(!window.is_torn());
        assert_eq!(window.bytes()[page * 2], 0);
        assert!(window.is_torn());
        // A later window in the same slot starts unmarked.
        drop(window);
        assert!(!Window::map(&file, 0, page).unwrap().is_torn());
    }

    #[test]
    fn what_cannot_be_mapped_is_an_error() {
        let (reader, _writer) = io::pipe().unwrap();
        let file = File::from(std::os::fd::OwnedFd::from(reader));
        assert!(Window::map(&file, 0, 10).is_err());
        assert!(Window::map(&file_of(b"x"), 0, 0).is_err());
    }
}
