//! The bounds of a film: what is asked for beyond them is refused before anything is rendered.

/// The most frames of a film: ten minutes at 30 a second.
pub const MAX_FRAMES: u32 = 18_000;

/// The most frames of a GIF or a WebP, which players keep in memory: half a minute at 50 a second.
pub const MAX_PICTURE_FRAMES: u32 = 1_500;

/// The most pixels of a frame: those of H.264 level 5.2, 36,864 macroblocks of 16×16 (ITU-T H.264,
/// table A-1).
pub const MAX_FRAME_PIXELS: u64 = 36_864 * 256;

/// The longest side of a frame, in pixels: what decoders in hardware take.
pub const MAX_FRAME_SIDE: u32 = 4_096;

/// The most pixels of all frames together: those of [`MAX_FRAMES`] at 1920×1080.
pub const MAX_FILM_PIXELS: u64 = MAX_FRAMES as u64 * 1_920 * 1_080;

/// The longest film in milliseconds, without its hold.
pub const MAX_DURATION_MS: u64 = 600_000;

/// The longest time in milliseconds that the last frame is held.
pub const MAX_HOLD_MS: u64 = 30_000;

/// The longest idle stretch in milliseconds that is asked to be kept: a year.
pub const MAX_SKIP_IDLE_MS: u64 = 365 * 24 * 3_600_000;

/// The most frames a second.
pub const MAX_FPS: u32 = 60;

/// The most frames a second of a GIF: browsers slow down what changes faster than every two
/// hundredths of a second (Chromium, `ImageFrame`, "durations of 10ms or less").
pub const MAX_GIF_FPS: u32 = 50;

/// The most pixels a cell, in each direction.
pub const MAX_SCALE: u16 = 32;

/// The most cells a pixel, in each direction.
pub const MAX_REDUCTION: u16 = 64;

/// The longest caption, in characters.
pub const MAX_CAPTION_CHARS: usize = 80;

/// The largest file that `pixelwars timelapse` writes, in bytes; a server has a setting of its own.
pub const MAX_FILE_BYTES: u64 = 4 << 30;

/// The box that a frame is fitted into when neither a scale nor a frame is asked for.
pub(super) const DEFAULT_BOX: (u32, u32) = (1_920, 1_080);

/// A frame of a GIF says how long it is shown in hundredths of a second, as a u16: one that nothing
/// follows has to hold the whole film.
const _: () = assert!((MAX_DURATION_MS + MAX_HOLD_MS) / 10 <= u16::MAX as u64);
const _: () = assert!(MAX_FRAME_SIDE <= u16::MAX as u32);
const _: () = assert!(MAX_FILM_PIXELS >= MAX_FRAME_PIXELS);
