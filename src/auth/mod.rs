//! Who a request comes from: access tokens and the ways to get one.
