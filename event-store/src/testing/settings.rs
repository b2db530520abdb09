//! What whoever runs the tests can choose.

/// The number in the environment variable `name`, or `default` where it is not set: how often a
/// test repeats what it does.
///
/// # Panics
/// When the variable holds no number.
#[expect(
    clippy::disallowed_methods,
    reason = "a choice for the tests, not a setting of the program"
)]
pub fn count_setting(name: &str, default: u32) -> u32 {
    match std::env::var(name) {
        Ok(count) => count
            .parse()
            .unwrap_or_else(|error| panic!("{name}={count} is no count: {error}")),
        Err(_) => default,
    }
}
