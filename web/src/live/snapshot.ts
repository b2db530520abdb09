/** The PXSN snapshot: the whole canvas at one version. */

import { WireError } from './bytes';

/** All cells of a round at one version. */
export interface Snapshot {
  readonly version: number;
  readonly round: number;
  readonly width: number;
  readonly height: number;
  /** Time of the version's event, Unix milliseconds. */
  readonly at: number;
  /** Palette indexes by rows; 255 is a cell that is not open. */
  readonly cells: Uint8Array<ArrayBuffer>;
}

const MAGIC = 0x5058_534e;
const FORMAT = 1;
/** Bytes up to and including the time; the cells may start later. */
const HEADER_BYTES = 32;

/**
 * Reads a snapshot. Format: `PXSN`, u8 format (1), u8 0, u16 offset of the cells, u64 version,
 * u32 round, u16 width, u16 height, i64 Unix ms, all little-endian; cells at the offset.
 * @throws {WireError} at another format or a wrong length.
 */
export function decodeSnapshot(buffer: ArrayBuffer): Snapshot {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new WireError(`snapshot of ${buffer.byteLength} bytes has no whole header`);
  }
  const view = new DataView(buffer);
  if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== FORMAT) {
    throw new WireError('snapshot is not of a known format');
  }
  const offset = view.getUint16(6, true);
  const width = view.getUint16(20, true);
  const height = view.getUint16(22, true);
  if (offset < HEADER_BYTES || buffer.byteLength !== offset + width * height) {
    throw new WireError(`snapshot of ${buffer.byteLength} bytes is not ${width}x${height} cells`);
  }
  return {
    version: Number(view.getBigUint64(8, true)),
    round: view.getUint32(16, true),
    width,
    height,
    at: Number(view.getBigInt64(24, true)),
    cells: new Uint8Array(buffer, offset),
  };
}
