/** The bounds of a film that the browser makes: beyond them the server is asked. */

/** The most frames: a minute at 30 a second. */
export const MAX_FRAMES = 1_800;

/** The most pixels of a frame: H.264 level 4, 8,192 macroblocks of 16×16 (ITU-T H.264, A-1). */
export const MAX_FRAME_PIXELS = 8_192 * 256;

/** The longest side of a frame, in pixels. */
export const MAX_FRAME_SIDE = 2_048;

/** The most events between a film's beginning and end: each of them is read once. */
export const MAX_EVENTS = 2_000_000;

/** The largest file in bytes: it is in memory until it is saved. */
export const MAX_FILE_BYTES = 96 * 1024 * 1024;

/** Frames a second that can be chosen. */
export const RATES = [10, 15, 20, 25, 30, 50, 60] as const;

/** The longest film, in seconds. */
export const MAX_SECONDS = 90;

/** The most pixels a cell, in each direction; as the server has it. */
export const MAX_SCALE = 32;

/** The most cells a pixel, in each direction; as the server has it. */
export const MAX_REDUCTION = 64;
