/**
 * Reads the server's pictures of the canvas: 8-bit indexed PNGs whose pixels are palette indexes
 * (docs/FORMATS.md). A browser's own decoder gives four bytes a pixel and no indexes.
 */

import { NOT_OPEN } from '../canvas/palette';

/** The bytes are no picture as the server makes them. */
export class PictureError extends Error {
  override readonly name = 'PictureError';
}

/** A canvas at some version. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Palette indexes by rows. */
  readonly cells: Uint8Array<ArrayBuffer>;
  /** `#RRGGBB` in palette order, as far as any cell needs them. */
  readonly colors: readonly string[];
}

/** PNG, third edition, 5.2. */
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** A chunk's length, type and checksum. */
const CHUNK_FRAME = 12;

/** Indexed colour; PNG, 11.2.1. */
const INDEXED = 3;

/**
 * Decodes a picture.
 * @throws {PictureError} when it is none.
 */
export async function decodePicture(bytes: Uint8Array<ArrayBuffer>): Promise<Picture> {
  const chunks = chunksOf(bytes);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  const colors = chunks.find(({ type }) => type === 'PLTE')?.data;
  if (header?.length !== 13 || colors === undefined) {
    throw new PictureError('the picture has no header or no colours');
  }
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  if (header[8] !== 8 || header[9] !== INDEXED || header[12] !== 0) {
    throw new PictureError('the picture is not made of bytes that are palette indexes');
  }
  const parts = chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data);
  const rows = await inflated(parts);
  if (rows.length !== (width + 1) * height) {
    throw new PictureError('the picture has too few or too many pixels');
  }
  const cells = unfiltered(rows, width, height);
  return { width, height, cells, colors: usedColors(cells, colors) };
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

function chunksOf(bytes: Uint8Array<ArrayBuffer>): Chunk[] {
  if (SIGNATURE.some((byte, index) => bytes[index] !== byte)) {
    throw new PictureError('the answer is no PNG');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  let at = SIGNATURE.length;
  while (at + CHUNK_FRAME <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + CHUNK_FRAME + length > bytes.length) {
      throw new PictureError('the picture was cut off');
    }
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += CHUNK_FRAME + length;
  }
  return chunks;
}

async function inflated(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const stream = new Blob([...parts]).stream().pipeThrough(new DecompressionStream('deflate'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (error) {
    throw new PictureError('the picture’s pixels cannot be unpacked', { cause: error });
  }
}

/** Undoes the filter of each row; one byte is one pixel. PNG, 9.2. */
function unfiltered(rows: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const cells = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const from = y * (width + 1);
    const filter = rows[from] ?? 0;
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      const raw = rows[from + 1 + x] ?? 0;
      const left = x > 0 ? (cells[row + x - 1] ?? 0) : 0;
      const above = y > 0 ? (cells[row - width + x] ?? 0) : 0;
      const corner = x > 0 && y > 0 ? (cells[row - width + x - 1] ?? 0) : 0;
      cells[row + x] = raw + predicted(filter, left, above, corner);
    }
  }
  return cells;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    case 4:
      return paeth(left, above, corner);
    default:
      throw new PictureError(`no PNG has filter ${filter}`);
  }
}

/** PNG, 9.4. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) {
    return left;
  }
  return toAbove <= toCorner ? above : corner;
}

function usedColors(cells: Uint8Array, colors: Uint8Array): string[] {
  const isUsed = new Uint8Array(256);
  for (const cell of cells) {
    isUsed[cell] = 1;
  }
  const count = isUsed.subarray(0, NOT_OPEN).lastIndexOf(1) + 1;
  return Array.from({ length: count }, (_, index) => {
    const channels = [...colors.subarray(index * 3, index * 3 + 3)];
    return `#${channels.map((one) => one.toString(16).padStart(2, '0')).join('').toUpperCase()}`;
  });
}
