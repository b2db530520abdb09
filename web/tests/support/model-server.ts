/**
 * A canvas on a simulated server, for tests: it answers as the HTTP API does and knows what the
 * canvas looks like at every version.
 */

import type { CanvasInfo } from '../../src/api/types';
import { NOT_OPEN } from '../../src/canvas/palette';
import type { CatchUp, DeltaFrame } from '../../src/live/frames';
import type { Snapshot } from '../../src/live/snapshot';

const PALETTE = ['#000000', '#FFFFFF', '#FF4500', '#2450A4'];

/** One log with its states. Version 1 opens the round with every cell 0. */
export class ModelServer {
  width = 8;
  height = 4;
  round = 1;
  palette = PALETTE;
  snapshotVersion = 1;
  /** Older versions can only be caught up with by a snapshot. */
  poolFrom = 1;
  readonly asked: string[] = [];
  private readonly states: Uint8Array<ArrayBuffer>[] = [];
  /** The cell that each version wrote; versions that open a round wrote none. */
  private readonly written = new Map<number, number>();

  constructor() {
    this.states[1] = new Uint8Array(this.width * this.height);
  }

  get version(): number {
    return this.states.length - 1;
  }

  /** The canvas at a version. */
  stateAt(version: number): Uint8Array<ArrayBuffer> {
    const state = this.states[version];
    if (state === undefined) {
      throw new Error(`there is no version ${version}`);
    }
    return state;
  }

  /** Places a cell and returns the frame a feed would send for it. */
  place(index: number, color: number): DeltaFrame {
    const next = this.stateAt(this.version).slice();
    next[index] = color;
    this.states.push(next);
    this.written.set(this.version, index);
    return this.delta(this.version - 1, this.version);
  }

  /** Opens a new round of another size and returns its version. */
  openRound(width: number, height: number): number {
    this.width = width;
    this.height = height;
    this.round += 1;
    this.states.push(new Uint8Array(width * height));
    this.snapshotVersion = this.version;
    this.poolFrom = this.version;
    return this.version;
  }

  /** All cells written in a range of versions, also those that ended as they began. */
  delta(after: number, to: number): DeltaFrame {
    const indexes = new Set<number>();
    for (let version = after + 1; version <= to; version += 1) {
      const index = this.written.get(version);
      if (index !== undefined) {
        indexes.add(index);
      }
    }
    const changes: number[] = [];
    let previous = 0;
    for (const index of [...indexes].sort((a, b) => a - b)) {
      // Test canvases have under 128 cells, so a distance is one byte.
      changes.push(index - previous, this.stateAt(to)[index] ?? 0);
      previous = index;
    }
    return { kind: 'delta', after, to, changes: Uint8Array.from(changes) };
  }

  canvas(): Promise<CanvasInfo> {
    this.asked.push('canvas');
    return Promise.resolve({
      canvas: 'main',
      round: this.round,
      title: '',
      opened_at: '2026-11-21T08:23:53.101Z',
      open: true,
      locked: false,
      protected: [],
      announcement: null,
      width: this.width,
      height: this.height,
      palette: this.palette,
      version: this.version,
      snapshot: { version: this.snapshotVersion, url: this.urlOf(this.snapshotVersion) },
      cooldown: { max_charges: 1, regain_ms: 0 },
      limits: {
        max_batch: 64,
        afk_after_ms: 120_000,
        poll_ms: 5_000,
        undo_ms: 5_000,
        max_players: 10_000,
        max_queued: 100_000,
        snapshot_interval: 100,
      },
      online: { players: 0, queued: 0, watching: 0 },
    });
  }

  snapshot(url: string): Promise<Snapshot> {
    this.asked.push('snapshot');
    const [version = 0, round = 0, width = 0, height = 0] = url.split('/').map(Number);
    const cells = this.stateAt(version).slice();
    const highestColor = Math.max(-1, ...cells.filter((color) => color !== NOT_OPEN));
    return Promise.resolve({ version, round, width, height, at: 0, cells, highestColor });
  }

  catchUp(after: number, round: number): Promise<CatchUp> {
    this.asked.push(`catch-up ${after}`);
    if (round !== this.round) {
      return Promise.resolve({ kind: 'round' });
    }
    if (after >= this.poolFrom) {
      return Promise.resolve(this.delta(after, this.version));
    }
    return Promise.resolve({
      kind: 'snapshot',
      round: this.round,
      version: this.snapshotVersion,
      url: this.urlOf(this.snapshotVersion),
      rest: this.delta(this.snapshotVersion, this.version),
    });
  }

  private urlOf(version: number): string {
    return [version, this.round, this.width, this.height].join('/');
  }
}
