/** Reads the parts of one section after the other and never past its end. */

import { malformed } from './faults';

/** Eight groups of 7 bits hold any number that JavaScript counts exactly. */
const MAX_LEB128_BYTES = 8;

/** A place in some bytes that moves on with each read. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly what: string;
  private at = 0;

  /** `what` names the bytes in errors. */
  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  /** @throws {HistoryError} at the end. */
  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) {
      throw malformed(`${this.what} ends early`);
    }
    this.at += 1;
    return byte;
  }

  /**
   * An unsigned number in LEB128, in its shortest form.
   * @throws {HistoryError} at the end, for a longer form, and for a number above 2^53 − 1.
   */
  leb128(): number {
    let byte = this.byte();
    if (byte < 0x80) {
      return byte;
    }
    let value = byte & 0x7f;
    let scale = 0x80;
    for (let count = 1; count < MAX_LEB128_BYTES; count += 1) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0) {
          throw malformed(`${this.what} has a number in a longer form than it needs`);
        }
        if (!Number.isSafeInteger(value)) {
          break;
        }
        return value;
      }
      scale *= 0x80;
    }
    throw malformed(`${this.what} has a number that is too long`);
  }

  /** @throws {HistoryError} when fewer are left. */
  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + length);
    if (taken.length !== length) {
      throw malformed(`${this.what} ends early`);
    }
    this.at += length;
    return taken;
  }

  /** @throws {HistoryError} when bytes are left. */
  finish(): void {
    if (this.at !== this.bytes.length) {
      throw malformed(`${this.what} has ${this.bytes.length - this.at} bytes too many`);
    }
  }
}
