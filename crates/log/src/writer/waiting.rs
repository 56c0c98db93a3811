//! Those who wait for the disk.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Waker;

use crate::Position;

/// Somebody who waits until everything in front of `end` is written and, if `strict`, durable.
pub(super) struct Waiting {
    pub end: Position,
    pub strict: bool,
    pub who: Who,
}

/// Who waits.
pub(super) enum Who {
    /// A thread, which can take a role meanwhile.
    Thread(Arc<Sleeper>),
    /// A task, which cannot.
    Task(Waker),
}

/// What a thread is woken for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// What it waits for has come: it need not look again.
    Settled,
    /// There is a role to take, or the writer gave up.
    Look,
}

impl Who {
    pub(super) fn wake(self, news: News) {
        match self {
            Self::Thread(thread) => thread.wake(news),
            Self::Task(waker) => waker.wake(),
        }
    }
}

/// A thread that sleeps until there are news.
#[derive(Default)]
pub(super) struct Sleeper {
    news: Mutex<Option<News>>,
    changed: Condvar,
}

impl Sleeper {
    pub(super) fn sleep(&self) -> News {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(news) = news.take() {
                return news;
            }
            news = self.changed.wait(news).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn wake(&self, news: News) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some(news);
        self.changed.notify_one();
    }
}
