//! The canvas as it is now, and everybody who watches it.

pub mod fanout;
