/** How a guest follows the canvas: the newest snapshot every few seconds, no socket. */

import type { CanvasFollower } from './follower';
import type { Snapshot } from './snapshot';

/** Time between two looks at the newest snapshot, unless the server names another. */
export const POLL_MS = 5_000;

/** A server that names a shorter time is not believed. */
const MIN_POLL_MS = 500;

/** Every so many looks the rules are fetched too: whether the round is open, who is online. */
const LOOKS_PER_INFO = 6;

/** Where the newest snapshot comes from; `null` when it is still the one with the tag `known`. */
export type LatestSnapshot = (
  known: string | null,
) => Promise<{ tag: string | null; snapshot: Snapshot } | null>;

/** What a poller needs. */
export interface PollerOptions {
  readonly latest: LatestSnapshot;
  /** Milliseconds between two looks, as the canvas's rules say; `undefined` while unknown. */
  readonly everyMs: () => number | undefined;
  /** Told after each look whether the server answered. */
  readonly reached: (isReached: boolean) => void;
}

/** Polls while started and while the page can be seen. */
export class SnapshotPoller {
  private readonly follower: CanvasFollower;
  private readonly options: PollerOptions;
  private readonly seen = (): void => { this.visibilityChanged(); };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private started = false;
  private looking = false;
  private tag: string | null = null;
  private looks = 0;

  constructor(follower: CanvasFollower, options: PollerOptions) {
    this.follower = follower;
    this.options = options;
  }

  start(): void {
    if (!this.started) {
      this.started = true;
      document.addEventListener('visibilitychange', this.seen);
      this.schedule();
    }
  }

  stop(): void {
    this.started = false;
    document.removeEventListener('visibilitychange', this.seen);
    clearTimeout(this.timer);
  }

  /** A page that nobody sees asks for nothing; one that is seen again looks at once. */
  private visibilityChanged(): void {
    clearTimeout(this.timer);
    if (!document.hidden && !this.looking) {
      void this.look();
    }
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (!document.hidden) {
      const everyMs = Math.max(this.options.everyMs() ?? POLL_MS, MIN_POLL_MS);
      this.timer = setTimeout(() => void this.look(), everyMs);
    }
  }

  private async look(): Promise<void> {
    this.looking = true;
    if (this.follower.version === null) {
      this.loadFirst();
    } else {
      await this.takeLatest();
    }
    this.looking = false;
    if (this.started) {
      this.schedule();
    }
  }

  /** Before any round is open there is no snapshot; the rules say when there is. */
  private loadFirst(): void {
    if (!this.follower.isLoading) {
      this.follower.reload();
    }
  }

  private async takeLatest(): Promise<void> {
    try {
      const latest = await this.options.latest(this.tag);
      this.looks += 1;
      if (this.looks % LOOKS_PER_INFO === 0) {
        await this.follower.refreshInfo();
      }
      this.options.reached(true);
      if (latest !== null && this.started) {
        this.tag = latest.tag;
        this.follower.adopt(latest.snapshot);
      }
    } catch {
      // The next look tries again; the page shows meanwhile that the server is away.
      this.options.reached(false);
    }
  }
}
