//! The scale-out engine: one NATS JetStream stream a canvas.
