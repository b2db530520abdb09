//! What people tell the operator: a fault they met, a wish, somebody's abuse. The relational store
//! keeps it until the operator has read it. What somebody wrote goes into no log.

mod answer;
mod error;
mod forget;
mod message;
mod read;
mod store;
mod submit;
mod text;

pub use answer::{Answer, Answered, MAX_ANSWER_CHARS};
pub use error::{AnswerError, FeedbackUnavailable, SubmitError};
pub use message::{
    Category, FeedbackDraft, InvalidFeedback, MAX_CONTACT_CHARS, MAX_TEXT_CHARS, Message, Place,
};
pub use read::{Feedback, MAX_PAGE};
pub use store::{FeedbackId, FeedbackStore, MAX_KEPT};
pub use text::{InvalidText, tidied};
