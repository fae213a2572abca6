//! `logging` (config §10).

use super::labels;
use crate::{model::Logging, reader::Reader};

pub(super) fn read(logging: &Reader<'_>) -> Logging {
    Logging {
        driver: logging.text("driver"),
        options: logging.pairs("options"),
    }
}

/// A role's logging over the root's.
pub(super) fn merged(base: &Logging, over: Logging) -> Logging {
    Logging {
        driver: over.driver.or_else(|| base.driver.clone()),
        options: labels::merged(&base.options, over.options),
    }
}
