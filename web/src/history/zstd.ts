/** Unpacks zstd frames (RFC 8878) into a bounded number of bytes. */

import { Decompress } from 'fzstd';

import { malformed } from './faults';

/** Little-endian, RFC 8878, 3.1.1. */
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Windows of the levels that are used are far below; RFC 8878, 3.1.1.1.2, has no bound. */
const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

const SINGLE_SEGMENT = 0x20;

/** Whether these bytes are a zstd frame. */
export function isZstd(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/**
 * Unpacks a frame; skippable frames after it are stepped over.
 * @param what names the bytes in errors
 * @param maxBytes more than these are refused before they are kept
 * @throws {HistoryError} for a broken frame, or one that has more or wants a window beyond reason
 */
export function unpacked(
  frame: Uint8Array,
  what: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  if (!isZstd(frame) || windowOf(frame) > MAX_WINDOW_BYTES) {
    throw malformed(`${what} is no zstd frame that can be unpacked`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((part) => {
    length += part.length;
    if (length > maxBytes) {
      throw malformed(`${what} has more than ${maxBytes} bytes`);
    }
    parts.push(part);
  });
  try {
    stream.push(frame, true);
  } catch (error) {
    throw malformed(`${what} cannot be unpacked`, error);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The memory that a frame asks for, by its header; RFC 8878, 3.1.1.1. */
function windowOf(frame: Uint8Array): number {
  const descriptor = frame[4] ?? 0;
  if ((descriptor & SINGLE_SEGMENT) === 0) {
    const window = frame[5] ?? 0;
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const bytes = 2 ** (descriptor >> 6);
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const size = frame.subarray(5 + dictionary, 5 + dictionary + bytes);
  return size.reduceRight((value, byte) => value * 0x100 + byte, 0);
}
