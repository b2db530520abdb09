//! Proofs that history is what it was: what the server says of a version, and a checker that
//! believes nothing but the public files (`docs/FORMATS.md`, "Proof").

pub mod checker;
pub mod live;
mod statement;

pub use statement::{ChainHead, Proof, ProvenKeyframe, ProvenSegment, canvas_hash};
