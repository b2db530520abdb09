//! What can be wrong with a setting, and the list of everything that is.

use std::fmt;

use super::Origin;

/// One wrong setting. Its text never holds the value of a setting that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The setting's dotted key, or the name of what could not be read.
    pub key: String,
    /// Where the wrong value came from.
    pub origin: Origin,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            origin,
            problem,
            remedy,
        } = self;
        write!(formatter, "{key} ({origin}): {problem}; {remedy}")
    }
}

/// Every fault of the settings, in the order of the settings; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFaults {
    /// The faults.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigFaults {
    /// One line for the number of faults, then one line for each.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => write!(formatter, "1 setting is wrong:")?,
            count => write!(formatter, "{count} settings are wrong:")?,
        }
        self.faults
            .iter()
            .try_for_each(|fault| write!(formatter, "\n  {fault}"))
    }
}

impl std::error::Error for ConfigFaults {}

/// What is wrong with a value, whichever setting it is for. Never holds the value of what may be
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {remedy}")]
pub struct InvalidSetting {
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl InvalidSetting {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}
