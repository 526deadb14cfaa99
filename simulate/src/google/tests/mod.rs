//! Over a real socket.
