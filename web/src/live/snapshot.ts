/** The PXSN snapshot: the whole canvas at one version. */

import { NOT_OPEN } from '../canvas/palette';
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
  /** The highest palette index in it, or -1 where no cell is open. */
  readonly highestColor: number;
}

const MAGIC = 0x5058_534e;
const FORMAT = 1;
/** Bytes up to and including the time; the cells may start later. */
const HEADER_BYTES = 32;

/** The largest canvas is 8192 x 8192 (docs/FORMATS.md). */
const MAX_SIDE = 8_192;

type Header = Omit<Snapshot, 'cells' | 'highestColor'> & { readonly offset: number };

/**
 * Reads a snapshot piece by piece as it arrives, so that a large canvas is in memory once. Format:
 * `PXSN`, u8 format (1), u8 0, u16 offset of the cells, u64 version, u32 round, u16 width,
 * u16 height, i64 Unix ms, all little-endian; cells at the offset.
 */
export class SnapshotReader {
  private readonly headerBytes = new Uint8Array(HEADER_BYTES);
  private header: Header | null = null;
  private cells = new Uint8Array(0);
  private colors = new Uint8Array(NOT_OPEN + 1);
  /** Bytes read so far. */
  private position = 0;

  /**
   * Takes the next bytes.
   * @throws {WireError} at another format or more cells than the header says.
   */
  take(bytes: Uint8Array): void {
    let rest = bytes;
    if (this.position < HEADER_BYTES) {
      const missing = HEADER_BYTES - this.position;
      this.headerBytes.set(rest.subarray(0, missing), this.position);
      this.position += Math.min(missing, rest.length);
      rest = rest.subarray(missing);
    }
    if (this.position < HEADER_BYTES) {
      return;
    }
    const { offset } = this.readHeader();
    // What a later format may put between the header and the cells is stepped over.
    const skipped = Math.min(Math.max(offset - this.position, 0), rest.length);
    this.position += skipped;
    this.takeCells(rest.subarray(skipped), this.position - offset);
  }

  /**
   * The snapshot, once all bytes were taken.
   * @throws {WireError} when some are missing.
   */
  finish(): Snapshot {
    const { header } = this;
    if (header === null || this.position !== header.offset + this.cells.length) {
      throw new WireError(`snapshot of ${this.position} bytes is cut short`);
    }
    const { version, round, width, height, at } = header;
    const highestColor = this.colors.lastIndexOf(1, NOT_OPEN - 1);
    return { version, round, width, height, at, cells: this.cells, highestColor };
  }

  private takeCells(cells: Uint8Array, at: number): void {
    if (cells.length === 0) {
      return;
    }
    if (at + cells.length > this.cells.length) {
      throw new WireError(`snapshot has more cells than ${this.cells.length}`);
    }
    this.cells.set(cells, at);
    this.position += cells.length;
    const { colors } = this;
    let last = -1;
    for (const color of cells) {
      if (color !== last) {
        colors[color] = 1;
        last = color;
      }
    }
  }

  private readHeader(): Header {
    if (this.header !== null) {
      return this.header;
    }
    const view = new DataView(this.headerBytes.buffer);
    if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== FORMAT) {
      throw new WireError('snapshot is not of a known format');
    }
    const offset = view.getUint16(6, true);
    const width = view.getUint16(20, true);
    const height = view.getUint16(22, true);
    if (offset < HEADER_BYTES || width > MAX_SIDE || height > MAX_SIDE) {
      throw new WireError(`snapshot says it has ${width}x${height} cells at byte ${offset}`);
    }
    this.cells = new Uint8Array(width * height);
    this.header = {
      version: Number(view.getBigUint64(8, true)),
      round: view.getUint32(16, true),
      width,
      height,
      at: Number(view.getBigInt64(24, true)),
      offset,
    };
    return this.header;
  }
}
