//! Both engines do everything that [`EventStore`](event_store::EventStore) promises.

mod engines;

mod embedded {
    event_store::conformance_tests!(super::engines::Embedded);
}
