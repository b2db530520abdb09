/**
 * Keeps one canvas up to date: loads a base, applies what the feed brings, and fetches whatever
 * is missing. At most one fetch is under way at a time; every retry waits longer, within bounds.
 */

import { ApiError, isFinal, NetworkError } from '../api/http';
import type { CanvasInfo } from '../api/types';
import { retryDelay } from './backoff';
import { decodeDelta, type Delta } from './delta';
import type { CatchUp, DeltaFrame } from './frames';
import type { Snapshot } from './snapshot';
import { CanvasSync } from './sync';

/** Where missing state is fetched. */
export interface CanvasSource {
  canvas(): Promise<CanvasInfo>;
  snapshot(url: string): Promise<Snapshot>;
  catchUp(after: number, round: number): Promise<CatchUp>;
}

/** Where the state goes. Each call leaves the canvas at exactly one version. */
export interface CanvasSink {
  /** The canvas's rules; `round` is `null` while no round was ever opened. */
  info(info: CanvasInfo): void;
  /** A whole new state. The changes that follow it come before the next frame is drawn. */
  base(snapshot: Snapshot, info: CanvasInfo): void;
  changes(delta: Delta): void;
  /** All changes up to this version have been handed over. */
  version(version: number): void;
  /** Whether the shown state is known to be old. */
  behind(isBehind: boolean): void;
  /** Whether the server answered the last fetch. */
  reached(isReached: boolean): void;
}

/**
 * Guests are shown snapshots, which anybody may cache; players are shown every version.
 */
export type FollowMode = 'snapshots' | 'versions';

/** After a hello the server sends what is missing by itself; only then is it asked for. */
const HELLO_GRACE_MS = 250;

/** An acknowledged placement normally comes by the feed sooner than this. */
const ACK_GRACE_MS = 1_500;

/** Follows one canvas from feed frames and fetches. */
export class CanvasFollower {
  private readonly source: CanvasSource;
  private readonly sink: CanvasSink;
  private readonly random: () => number;
  private readonly sync = new CanvasSync();
  private current: CanvasInfo | null = null;
  private needsBase = false;
  private fetching = false;
  /** Raised whenever what a fetch under way brings would be outdated. */
  private generation = 0;
  private mode: FollowMode = 'snapshots';
  private stopped = false;
  private failures = 0;
  private brokenStates = 0;
  /** Set while nothing is fetched because the last fetch failed. */
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  /** Set while the feed is given time to bring what is known to exist. */
  private graceTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(source: CanvasSource, sink: CanvasSink, random: () => number = Math.random) {
    this.source = source;
    this.sink = sink;
    this.random = random;
  }

  get version(): number | null {
    return this.sync.version;
  }

  get round(): number | null {
    return this.sync.round;
  }

  /** Whether a first base is still being fetched. */
  get isLoading(): boolean {
    return this.needsBase;
  }

  /** Sets whether versions between snapshots are fetched too. */
  follow(mode: FollowMode): void {
    this.mode = mode;
    this.work();
  }

  /** Loads the canvas anew; what is shown stays until the new base is whole. */
  reload(): void {
    this.generation += 1;
    this.sync.reset();
    this.needsBase = true;
    this.work();
  }

  /** The feed is open and its server has this version. */
  hello(round: number, version: number): void {
    this.sync.expect(version);
    if (this.sync.round === null ? !this.fetching : this.sync.round !== round) {
      this.reload();
    } else {
      this.workUnlessFed(HELLO_GRACE_MS);
    }
  }

  /** A delta of the feed. */
  receive(frame: DeltaFrame): void {
    this.hand(() => this.sync.receive(frame));
    if (this.sync.hasGap) {
      this.work();
    } else {
      this.workUnlessFed(ACK_GRACE_MS);
    }
  }

  /** This version exists and has to be shown soon, by the feed or by a fetch. */
  expect(version: number): void {
    this.sync.expect(version);
    this.workUnlessFed(ACK_GRACE_MS);
  }

  /** The round, its size or its palette changed at this version. */
  roundChanged(version: number): void {
    this.sync.expect(version);
    this.reload();
  }

  /** The server dropped frames up to this version. */
  resync(version: number): void {
    this.sync.expect(version);
    this.work();
  }

  /**
   * Takes a snapshot that was fetched elsewhere as the new state, if it is newer. A snapshot of
   * another round or size is not taken: the rules have to be fetched with it.
   */
  adopt(snapshot: Snapshot): void {
    const { current } = this;
    if (current === null || !fits(snapshot, current) || !colorsFit(snapshot, current)) {
      this.reload();
    } else if (snapshot.version > (this.sync.version ?? -1) && this.sync.round !== null) {
      this.rebase(snapshot, current);
    }
  }

  /** Fetches the rules anew, and the canvas with them when it changed its round or shape. */
  async refreshInfo(): Promise<void> {
    const { generation } = this;
    const info = await this.source.canvas();
    const shown = this.current;
    if (generation !== this.generation || this.needsBase || shown === null) {
      return;
    }
    const isSameCanvas =
      info.round === shown.round &&
      info.width === shown.width &&
      info.height === shown.height &&
      info.palette.length === shown.palette.length;
    if (isSameCanvas) {
      this.current = info;
      this.sink.info(info);
    } else {
      this.reload();
    }
  }

  /** Asks the server, outside of any feed, whether it is there and has nothing newer. */
  async isCurrent(): Promise<boolean> {
    const before = this.sync.version;
    if (before === null || this.fetching) {
      return true;
    }
    const isReached = await this.fetchOnce(() => this.catchUp());
    return isReached && this.sync.version === before;
  }

  /** Stops all fetching for good; the state stays. */
  stop(): void {
    this.stopped = true;
    this.generation += 1;
    clearTimeout(this.retryTimer ?? undefined);
    clearTimeout(this.graceTimer ?? undefined);
  }

  /** Fetches what is missing, unless the feed brings it within `delayMs`. */
  private workUnlessFed(delayMs: number): void {
    if (this.sync.isBehind) {
      this.graceTimer ??= setTimeout(() => {
        this.graceTimer = null;
        this.work();
      }, delayMs);
    } else {
      this.sink.behind(this.needsBase);
    }
  }

  private work(): void {
    this.sink.behind(this.needsBase || this.sync.isBehind);
    if (this.stopped || this.fetching || this.retryTimer !== null) {
      return;
    }
    if (this.needsBase) {
      void this.fetchOnce(() => this.loadBase());
    } else if (this.sync.isBehind && this.mode === 'versions') {
      void this.fetchOnce(() => this.catchUp());
    }
  }

  private retryAfter(failures: number): void {
    this.retryTimer ??= setTimeout(() => {
      this.retryTimer = null;
      this.work();
    }, retryDelay(failures, this.random()));
  }

  /**
   * Runs one fetch; after one that brought no progress the next waits. Resolves to whether the
   * server answered.
   */
  private async fetchOnce(fetchStep: () => Promise<boolean>): Promise<boolean> {
    const { generation } = this;
    this.fetching = true;
    let progressed = false;
    let isReached = true;
    try {
      progressed = await fetchStep();
    } catch (error) {
      isReached = !(error instanceof NetworkError);
      if (!(error instanceof ApiError || error instanceof NetworkError)) {
        console.warn('could not read the canvas state that the server sent', error);
      }
    }
    this.fetching = false;
    this.sink.reached(isReached);
    if (progressed) {
      this.failures = 0;
    } else if (generation === this.generation && (this.needsBase || this.sync.isBehind)) {
      this.retryAfter(this.failures);
      this.failures += 1;
    }
    this.work();
    return isReached;
  }

  private async loadBase(): Promise<boolean> {
    const { generation } = this;
    const info = await this.source.canvas();
    if (generation !== this.generation) {
      return false;
    }
    if (info.round === null || info.snapshot === null) {
      this.current = info;
      this.needsBase = false;
      this.sink.info(info);
      return true;
    }
    // Both at once, so that the new base is shown no older than what is on the screen now.
    const [first, missed] = await Promise.all([
      this.source.snapshot(info.snapshot.url),
      this.mode === 'versions'
        ? this.source.catchUp(info.snapshot.version, info.round)
        : undefined,
    ]);
    // The server names a newer snapshot when the canvas changed its shape since the first.
    const isOutdated = missed?.kind === 'snapshot';
    const snapshot = isOutdated ? await this.source.snapshot(missed.url) : first;
    const rest = isOutdated ? missed.rest : missed?.kind === 'delta' ? missed : undefined;
    if (generation !== this.generation || !fits(snapshot, info)) {
      return false;
    }
    this.needsBase = false;
    if (this.mode === 'versions') {
      this.sync.expect(info.version);
    }
    this.rebase(snapshot, info, rest);
    return true;
  }

  private async catchUp(): Promise<boolean> {
    const { generation } = this;
    const { version, round } = this.sync;
    if (version === null || round === null) {
      return false;
    }
    let answer: CatchUp;
    try {
      answer = await this.source.catchUp(version, round);
    } catch (error) {
      if (error instanceof ApiError && isFinal(error) && generation === this.generation) {
        // The server does not know the version or the round shown, so it is another log.
        this.sync.forget();
        this.needsBase = true;
      }
      throw error;
    }
    if (generation !== this.generation) {
      return false;
    }
    switch (answer.kind) {
      case 'round':
        this.reload();
        return true;
      case 'delta':
        this.hand(() => this.sync.repair(answer));
        break;
      case 'snapshot': {
        // No delta goes across a change of size or palette, so the rules may be new as well.
        const [info, snapshot] = await Promise.all([
          this.source.canvas(),
          this.source.snapshot(answer.url),
        ]);
        if (generation !== this.generation || !fits(snapshot, info)) {
          return false;
        }
        this.rebase(snapshot, info, answer.rest);
        break;
      }
    }
    return this.sync.version !== version;
  }

  private rebase(snapshot: Snapshot, info: CanvasInfo, rest?: DeltaFrame): void {
    this.current = info;
    if (snapshot.version > (this.sync.version ?? -1)) {
      this.sink.base(snapshot, info);
      this.hand(() => this.sync.rebase(snapshot.round, snapshot.version));
    }
    if (rest !== undefined) {
      this.hand(() => this.sync.repair(rest));
    }
    this.work();
  }

  /** Hands released deltas over, all read before the first is applied. */
  private hand(release: () => DeltaFrame[]): void {
    const frames = release();
    const cellCount = (this.current?.width ?? 0) * (this.current?.height ?? 0);
    try {
      frames
        .map((frame) => decodeDelta(frame.changes, cellCount))
        .forEach((delta) => { this.sink.changes(delta); });
      this.brokenStates = frames.length > 0 ? 0 : this.brokenStates;
    } catch (error) {
      console.warn('the server sent a broken delta; the canvas is loaded anew', error);
      this.generation += 1;
      this.sync.reset();
      this.needsBase = true;
      this.retryAfter(this.brokenStates);
      this.brokenStates += 1;
      return;
    }
    if (this.sync.version !== null) {
      this.sink.version(this.sync.version);
    }
  }
}

/** Whether the palette has every colour of a snapshot; a longer palette comes with a later info. */
function colorsFit({ highestColor }: Snapshot, { palette }: CanvasInfo): boolean {
  return highestColor < palette.length;
}

/** Whether a snapshot belongs to the round and size that the rules speak of. */
function fits(snapshot: Snapshot, info: CanvasInfo): boolean {
  return (
    snapshot.round === info.round &&
    snapshot.width === info.width &&
    snapshot.height === info.height
  );
}
