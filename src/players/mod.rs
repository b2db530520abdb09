//! The people on the canvas, as the relational store knows them.
