//! Writing each frame to every socket.
