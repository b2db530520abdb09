//! What players do to cells: the rules, and the use cases.
