/**
 * Which state the shown canvas is in, and which frames may be applied to it. Pure: it orders
 * frames by version and knows no socket, no clock and no cells.
 *
 * The rule it keeps: the canvas moves from `version` to `to` only by a delta whose `after` is at
 * most `version`. Anything later is held back until what is missing has been fetched.
 */

import type { DeltaFrame } from './frames';

/** Frames held back while a gap is being repaired. About 25 s of ticks at 40 a second. */
export const MAX_HELD_FRAMES = 1_024;

/** Bytes of changes held back at most. */
export const MAX_HELD_BYTES = 4 * 1024 * 1024;

/** Orders deltas onto a base by version. */
export class CanvasSync {
  private base: { readonly round: number; version: number } | null = null;
  private held: DeltaFrame[] = [];
  private heldBytes = 0;
  private newest = 0;

  /** The version shown, or `null` before there is a base. */
  get version(): number | null {
    return this.base?.version ?? null;
  }

  /** The round shown, or `null` before there is a base. */
  get round(): number | null {
    return this.base?.round ?? null;
  }

  /** Whether newer versions are known to exist than the one shown. */
  get isBehind(): boolean {
    return this.base !== null && this.base.version < this.newest;
  }

  /** Whether a frame is held back because one before it is missing. */
  get hasGap(): boolean {
    return this.base !== null && this.held.length > 0;
  }

  /** Remembers that this version exists, wherever that was learned. */
  expect(version: number): void {
    this.newest = Math.max(this.newest, version);
  }

  /**
   * Takes a delta from the feed and returns what is to be applied now, in order.
   * Above the bounds all held frames are dropped; `isBehind` stays true, so that a catch-up
   * brings what they held.
   */
  receive(frame: DeltaFrame): DeltaFrame[] {
    this.expect(frame.to);
    this.hold(frame);
    return this.release();
  }

  /** Starts from a snapshot and returns the held deltas that continue it. */
  rebase(round: number, version: number): DeltaFrame[] {
    this.base = { round, version };
    this.expect(version);
    return this.release();
  }

  /** Takes a fetched delta and returns it with the held ones that continue it. */
  repair(delta: DeltaFrame): DeltaFrame[] {
    this.expect(delta.to);
    const repaired = this.advance(delta) ? [delta] : [];
    return [...repaired, ...this.release()];
  }

  /** Forgets the base and everything held: the shown canvas is no longer to be continued. */
  reset(): void {
    this.base = null;
    this.dropHeld();
  }

  /** Forgets also which versions exist, for a server that knows nothing of them. */
  forget(): void {
    this.reset();
    this.newest = 0;
  }

  private hold(frame: DeltaFrame): void {
    this.held.push(frame);
    this.heldBytes += frame.changes.length;
    if (this.held.length > MAX_HELD_FRAMES || this.heldBytes > MAX_HELD_BYTES) {
      this.dropHeld();
    }
  }

  private dropHeld(): void {
    this.held = [];
    this.heldBytes = 0;
  }

  private release(): DeltaFrame[] {
    if (this.base === null) {
      return [];
    }
    const released: DeltaFrame[] = [];
    const waiting: DeltaFrame[] = [];
    for (const frame of this.held) {
      if (this.advance(frame)) {
        released.push(frame);
      } else if (frame.to > this.base.version) {
        waiting.push(frame);
      }
    }
    this.held = waiting;
    this.heldBytes = waiting.reduce((sum, frame) => sum + frame.changes.length, 0);
    return released;
  }

  /**
   * A delta that starts before the shown version may be applied whole: it names every cell
   * written in its range, also one that ended as it began, with the colour it had at the end.
   */
  private advance(delta: DeltaFrame): boolean {
    if (this.base === null || delta.after > this.base.version || delta.to <= this.base.version) {
      return false;
    }
    this.base.version = delta.to;
    return true;
  }
}
