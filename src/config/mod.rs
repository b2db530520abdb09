//! The only reader of files and environment: every setting, its default and its faults.
