//! The `pixelwars` program.

fn main() {}
