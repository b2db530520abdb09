/** How a guest follows the canvas: the newest snapshot every few seconds, no socket. */

import type { CanvasFollower } from './follower';
import type { Snapshot } from './snapshot';

/** Time between two looks at the newest snapshot. */
export const POLL_MS = 5_000;

/** Every so many looks the rules are fetched too: whether the round is open, who is online. */
const LOOKS_PER_INFO = 6;

/** Where the newest snapshot comes from; `null` when it is still the one at `knownUrl`. */
export type LatestSnapshot = (
  knownUrl: string | null,
) => Promise<{ url: string; snapshot: Snapshot } | null>;

/** Polls while started and while the page can be seen. */
export class SnapshotPoller {
  private readonly follower: CanvasFollower;
  private readonly latest: LatestSnapshot;
  private readonly reached: (isReached: boolean) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private started = false;
  private url: string | null = null;
  private looks = 0;

  /** `reached` is told after each look whether the server answered. */
  constructor(
    follower: CanvasFollower,
    latest: LatestSnapshot,
    reached: (isReached: boolean) => void,
  ) {
    this.follower = follower;
    this.latest = latest;
    this.reached = reached;
  }

  start(): void {
    if (!this.started) {
      this.started = true;
      this.schedule();
    }
  }

  stop(): void {
    this.started = false;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), POLL_MS);
  }

  private async look(): Promise<void> {
    if (!document.hidden) {
      if (this.follower.version === null) {
        this.loadFirst();
      } else {
        await this.takeLatest();
      }
    }
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
      const latest = await this.latest(this.url);
      this.looks += 1;
      if (this.looks % LOOKS_PER_INFO === 0) {
        await this.follower.refreshInfo();
      }
      this.reached(true);
      if (latest !== null && this.started) {
        this.url = latest.url;
        this.follower.adopt(latest.snapshot);
      }
    } catch {
      // The next look tries again; the page shows meanwhile that the server is away.
      this.reached(false);
    }
  }
}
