//! Both engines do everything that [`EventStore`](event_store::EventStore) promises.

mod engines;

mod embedded {
    event_store::conformance_tests!(super::engines::Embedded);
}

mod jetstream {
    event_store::conformance_tests!(super::engines::JetStream<false>);
}

mod jetstream_batched {
    event_store::conformance_tests!(super::engines::JetStream<true>);
}
