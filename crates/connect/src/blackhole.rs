//! `blackhole`: takes rows and forgets them.

use millstream_engine::{ChangeBatch, Result, Sink, SinkWriter, Visibility};

use crate::options::KnownOptions;

pub(crate) const OPTIONS: KnownOptions = KnownOptions {
    connector: "blackhole",
    required: &[],
    optional: &[],
    unsupported: &[],
    has_format: false,
};

pub(crate) struct Blackhole;

impl Sink for Blackhole {
    fn writer(&mut self, _: usize) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Self))
    }

    fn visibility(&self) -> Visibility {
        Visibility::AtOnce
    }

    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn abort(&mut self) {}
}

impl SinkWriter for Blackhole {
    fn write(&mut self, _: &ChangeBatch) -> Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}
