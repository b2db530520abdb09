/**
 * BLAKE3, the plain hash of 32 bytes (https://github.com/BLAKE3-team/BLAKE3-specs). Every file is
 * hashed before anything of it is shown, so it has to be fast: the state lies in local variables.
 */

const CHUNK_BYTES = 1_024;
const BLOCK_BYTES = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const HASH_WORDS = 8;

/** A tree of 2^32 chunks is as high; files are far below. */
const MAX_HEIGHT = 32;

const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;

/** Specification, 2.1. */
const IV = Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);

const ROUNDS = 7;

/** Which word of a block comes in each place a round later; specification, 2.2. */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

/** The words of a block in the order in which the rounds use them, 16 a round. */
const SCHEDULE = scheduleOf();

/** One hash, of bytes that come piece by piece. */
export class Blake3 {
  /** Hashes of subtrees that are waiting for their right neighbours, the largest first. */
  private readonly waiting = new Int32Array(MAX_HEIGHT * HASH_WORDS);
  private height = 0;
  private chunks = 0;
  /** The chunk at hand: it is hashed once it is known whether another one follows. */
  private readonly chunk = new Uint8Array(CHUNK_BYTES);
  private readonly chunkWords = new Int32Array(this.chunk.buffer);
  private length = 0;
  private readonly hash = new Int32Array(HASH_WORDS);
  private readonly parent = new Int32Array(BLOCK_WORDS);

  /** Adds bytes. */
  update(bytes: Uint8Array): void {
    const words = wordsOf(bytes);
    let at = 0;
    while (at < bytes.length) {
      if (this.length === CHUNK_BYTES) {
        this.add(this.chunkWords, 0);
        this.length = 0;
      }
      if (words !== null && this.length === 0 && at % 4 === 0 && bytes.length - at > CHUNK_BYTES) {
        this.add(words, at / 4);
        at += CHUNK_BYTES;
        continue;
      }
      const taken = Math.min(CHUNK_BYTES - this.length, bytes.length - at);
      this.chunk.set(bytes.subarray(at, at + taken), this.length);
      this.length += taken;
      at += taken;
    }
  }

  /** The hash of all bytes, as 64 lower-case hexadecimal digits. Nothing may be added after. */
  hex(): string {
    this.chunk.fill(0, this.length);
    hashChunk(
      this.chunkWords, 0, this.length, this.chunks, this.height === 0 ? ROOT : 0, this.hash,
    );
    while (this.height > 0) {
      this.join(this.height === 1 ? ROOT : 0);
    }
    const bytes = new DataView(new ArrayBuffer(HASH_WORDS * 4));
    this.hash.forEach((word, index) => { bytes.setInt32(index * 4, word, true); });
    return [...new Uint8Array(bytes.buffer)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');
  }

  /** A whole chunk that is not the last one. */
  private add(words: Int32Array, at: number): void {
    hashChunk(words, at, CHUNK_BYTES, this.chunks, 0, this.hash);
    this.chunks += 1;
    // Subtrees are full: one more chunk completes as many as its number has zeros at its end.
    for (let rest = this.chunks; rest % 2 === 0; rest /= 2) {
      this.join(0);
    }
    this.waiting.set(this.hash, this.height * HASH_WORDS);
    this.height += 1;
  }

  /** The hash at hand becomes that of its parent, whose left child waits. */
  private join(flags: number): void {
    this.height -= 1;
    const from = this.height * HASH_WORDS;
    this.parent.set(this.waiting.subarray(from, from + HASH_WORDS));
    this.parent.set(this.hash, HASH_WORDS);
    this.hash.set(IV);
    compress(this.hash, this.parent, 0, 0, BLOCK_BYTES, PARENT | flags);
  }
}

/** The hash of a chunk of so many bytes; words after them are 0. */
function hashChunk(
  words: Int32Array, at: number, length: number, counter: number, flags: number, out: Int32Array,
): void {
  out.set(IV);
  const last = Math.max(Math.ceil(length / BLOCK_BYTES) - 1, 0);
  for (let block = 0; block <= last; block += 1) {
    const start = block === 0 ? CHUNK_START : 0;
    const end = block === last ? CHUNK_END | flags : 0;
    const size = Math.min(length - block * BLOCK_BYTES, BLOCK_BYTES);
    compress(out, words, at + block * BLOCK_WORDS, counter, size, start | end);
  }
}

/** The compression function (specification, 2.2) of the block at `at`, cut to eight words. */
function compress(
  hash: Int32Array, words: Int32Array, at: number, counter: number, size: number, flags: number,
): void {
  let s0 = hash[0] ?? 0; let s1 = hash[1] ?? 0;
  let s2 = hash[2] ?? 0; let s3 = hash[3] ?? 0;
  let s4 = hash[4] ?? 0; let s5 = hash[5] ?? 0;
  let s6 = hash[6] ?? 0; let s7 = hash[7] ?? 0;
  let s8 = IV[0] ?? 0; let s9 = IV[1] ?? 0;
  let s10 = IV[2] ?? 0; let s11 = IV[3] ?? 0;
  let s12 = counter | 0; let s13 = 0; let s14 = size; let s15 = flags;
  for (let turn = 0; turn < SCHEDULE.length; turn += BLOCK_WORDS) {
    s0 = (s0 + s4 + (words[at + (SCHEDULE[turn] ?? 0)] ?? 0)) | 0;
    s12 ^= s0; s12 = (s12 >>> 16) | (s12 << 16); s8 = (s8 + s12) | 0;
    s4 ^= s8; s4 = (s4 >>> 12) | (s4 << 20);
    s0 = (s0 + s4 + (words[at + (SCHEDULE[turn + 1] ?? 0)] ?? 0)) | 0;
    s12 ^= s0; s12 = (s12 >>> 8) | (s12 << 24); s8 = (s8 + s12) | 0;
    s4 ^= s8; s4 = (s4 >>> 7) | (s4 << 25);
    s1 = (s1 + s5 + (words[at + (SCHEDULE[turn + 2] ?? 0)] ?? 0)) | 0;
    s13 ^= s1; s13 = (s13 >>> 16) | (s13 << 16); s9 = (s9 + s13) | 0;
    s5 ^= s9; s5 = (s5 >>> 12) | (s5 << 20);
    s1 = (s1 + s5 + (words[at + (SCHEDULE[turn + 3] ?? 0)] ?? 0)) | 0;
    s13 ^= s1; s13 = (s13 >>> 8) | (s13 << 24); s9 = (s9 + s13) | 0;
    s5 ^= s9; s5 = (s5 >>> 7) | (s5 << 25);
    s2 = (s2 + s6 + (words[at + (SCHEDULE[turn + 4] ?? 0)] ?? 0)) | 0;
    s14 ^= s2; s14 = (s14 >>> 16) | (s14 << 16); s10 = (s10 + s14) | 0;
    s6 ^= s10; s6 = (s6 >>> 12) | (s6 << 20);
    s2 = (s2 + s6 + (words[at + (SCHEDULE[turn + 5] ?? 0)] ?? 0)) | 0;
    s14 ^= s2; s14 = (s14 >>> 8) | (s14 << 24); s10 = (s10 + s14) | 0;
    s6 ^= s10; s6 = (s6 >>> 7) | (s6 << 25);
    s3 = (s3 + s7 + (words[at + (SCHEDULE[turn + 6] ?? 0)] ?? 0)) | 0;
    s15 ^= s3; s15 = (s15 >>> 16) | (s15 << 16); s11 = (s11 + s15) | 0;
    s7 ^= s11; s7 = (s7 >>> 12) | (s7 << 20);
    s3 = (s3 + s7 + (words[at + (SCHEDULE[turn + 7] ?? 0)] ?? 0)) | 0;
    s15 ^= s3; s15 = (s15 >>> 8) | (s15 << 24); s11 = (s11 + s15) | 0;
    s7 ^= s11; s7 = (s7 >>> 7) | (s7 << 25);
    s0 = (s0 + s5 + (words[at + (SCHEDULE[turn + 8] ?? 0)] ?? 0)) | 0;
    s15 ^= s0; s15 = (s15 >>> 16) | (s15 << 16); s10 = (s10 + s15) | 0;
    s5 ^= s10; s5 = (s5 >>> 12) | (s5 << 20);
    s0 = (s0 + s5 + (words[at + (SCHEDULE[turn + 9] ?? 0)] ?? 0)) | 0;
    s15 ^= s0; s15 = (s15 >>> 8) | (s15 << 24); s10 = (s10 + s15) | 0;
    s5 ^= s10; s5 = (s5 >>> 7) | (s5 << 25);
    s1 = (s1 + s6 + (words[at + (SCHEDULE[turn + 10] ?? 0)] ?? 0)) | 0;
    s12 ^= s1; s12 = (s12 >>> 16) | (s12 << 16); s11 = (s11 + s12) | 0;
    s6 ^= s11; s6 = (s6 >>> 12) | (s6 << 20);
    s1 = (s1 + s6 + (words[at + (SCHEDULE[turn + 11] ?? 0)] ?? 0)) | 0;
    s12 ^= s1; s12 = (s12 >>> 8) | (s12 << 24); s11 = (s11 + s12) | 0;
    s6 ^= s11; s6 = (s6 >>> 7) | (s6 << 25);
    s2 = (s2 + s7 + (words[at + (SCHEDULE[turn + 12] ?? 0)] ?? 0)) | 0;
    s13 ^= s2; s13 = (s13 >>> 16) | (s13 << 16); s8 = (s8 + s13) | 0;
    s7 ^= s8; s7 = (s7 >>> 12) | (s7 << 20);
    s2 = (s2 + s7 + (words[at + (SCHEDULE[turn + 13] ?? 0)] ?? 0)) | 0;
    s13 ^= s2; s13 = (s13 >>> 8) | (s13 << 24); s8 = (s8 + s13) | 0;
    s7 ^= s8; s7 = (s7 >>> 7) | (s7 << 25);
    s3 = (s3 + s4 + (words[at + (SCHEDULE[turn + 14] ?? 0)] ?? 0)) | 0;
    s14 ^= s3; s14 = (s14 >>> 16) | (s14 << 16); s9 = (s9 + s14) | 0;
    s4 ^= s9; s4 = (s4 >>> 12) | (s4 << 20);
    s3 = (s3 + s4 + (words[at + (SCHEDULE[turn + 15] ?? 0)] ?? 0)) | 0;
    s14 ^= s3; s14 = (s14 >>> 8) | (s14 << 24); s9 = (s9 + s14) | 0;
    s4 ^= s9; s4 = (s4 >>> 7) | (s4 << 25);
  }
  hash[0] = s0 ^ s8; hash[1] = s1 ^ s9;
  hash[2] = s2 ^ s10; hash[3] = s3 ^ s11;
  hash[4] = s4 ^ s12; hash[5] = s5 ^ s13;
  hash[6] = s6 ^ s14; hash[7] = s7 ^ s15;
}

function scheduleOf(): Uint8Array {
  const schedule = Uint8Array.from({ length: BLOCK_WORDS * ROUNDS }, (_, index) => index);
  for (let at = BLOCK_WORDS; at < schedule.length; at += 1) {
    const before = at - (at % BLOCK_WORDS) - BLOCK_WORDS;
    schedule[at] = schedule[before + (PERMUTATION[at % BLOCK_WORDS] ?? 0)] ?? 0;
  }
  return schedule;
}

/** The bytes as words, little-endian as in every browser's machine; `null` where they lie askew. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array | null {
  return byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >> 2) : null;
}
