/** Plays the history forwards and backwards, by its clock or by its events. */

import { type Chapter, eventsUntil } from './chapter';
import type { History } from './history';
import type { Timeline } from './timeline';

/** How fast it goes: times as fast as it happened, or events a second. */
export interface Pace {
  readonly unit: 'times' | 'events';
  readonly rate: number;
}

/** All paces that can be chosen, the slowest of each unit first. */
export const PACES: readonly Pace[] = [
  ...[1, 2, 5, 10, 30, 60, 120, 300, 600, 1_200, 3_600, 10_000]
    .map((rate) => ({ unit: 'times' as const, rate })),
  ...[1, 10, 100, 1_000, 10_000, 100_000].map((rate) => ({ unit: 'events' as const, rate })),
];

/** The pace of a history that nobody chose one for. */
export const DEFAULT_PACE: Pace = { unit: 'times', rate: 60 };

/** A time in which nothing happens is shortened to this long on the screen, if it is skipped. */
const IDLE_MS = 400;

/** What was missed between two frames of a page that was not shown is not made up for. */
const MAX_FRAME_MS = 250;

/** From this share of a chapter on, the next one is loaded. */
const AHEAD_SHARE = 0.4;

/** What a player of the history has to say. */
export interface PlaybackEvents {
  /** It stopped by itself: the end or the beginning was reached. */
  ended(): void;
}

/** Moves a timeline with every frame. */
export class Playback {
  private readonly history: History;
  private readonly timeline: Timeline;
  private readonly events: PlaybackEvents;
  private chosen: Pace = DEFAULT_PACE;
  private going: 1 | -1 = 1;
  private isOn = false;
  private isIdleSkipped = true;
  /** The clock of the history, Unix ms. */
  private clock = 0;
  /** Parts of events that are still to come. */
  private share = 0;

  constructor(history: History, timeline: Timeline, events: PlaybackEvents) {
    this.history = history;
    this.timeline = timeline;
    this.events = events;
  }

  get isPlaying(): boolean {
    return this.isOn;
  }

  get pace(): Pace {
    return this.chosen;
  }

  get direction(): 1 | -1 {
    return this.going;
  }

  /** Begins where the timeline is. */
  play(direction: 1 | -1): void {
    this.going = direction;
    this.isOn = true;
    this.resync();
  }

  pause(): void {
    this.isOn = false;
  }

  setPace(pace: Pace): void {
    this.chosen = pace;
    this.share = 0;
  }

  /** Whether times in which nothing happens are shortened; they are unless told. */
  setIdleSkipped(isSkipped: boolean): void {
    this.isIdleSkipped = isSkipped;
  }

  /** The timeline was moved by somebody else. */
  resync(): void {
    this.clock = this.timeline.clock;
    this.share = 0;
  }

  /** So much time has passed on the screen, in ms. While a chapter is waited for nothing moves. */
  tick(elapsedMs: number): void {
    const chapter = this.timeline.chapter;
    if (!this.isOn || this.timeline.isSeeking || chapter === null) {
      return;
    }
    const elapsed = Math.min(elapsedMs, MAX_FRAME_MS);
    if (this.chosen.unit === 'events') {
      this.tickByEvents(elapsed);
    } else {
      this.tickByClock(chapter, elapsed);
    }
    this.loadAhead();
  }

  private tickByEvents(elapsedMs: number): void {
    this.share += (this.chosen.rate * elapsedMs) / 1_000;
    const whole = Math.floor(this.share);
    if (whole === 0) {
      return;
    }
    this.share -= whole;
    const { timeline, history } = this;
    const before = timeline.version;
    const version = history.clamped(before + whole * this.going);
    if (version === before) {
      this.end();
    } else if (!timeline.go(version)) {
      timeline.seek(version);
    }
    this.clock = timeline.clock;
  }

  private tickByClock(chapter: Chapter, elapsedMs: number): void {
    const { history, timeline } = this;
    const { rate } = this.chosen;
    const neighbour = this.going === 1 ? chapter.first + chapter.count : chapter.first - 1;
    this.clock += elapsedMs * rate * this.going;
    this.skipIdle(chapter, neighbour);
    const offset = eventsUntil(chapter, this.clock);
    const isPast = this.going === 1
      ? offset === chapter.count
      : this.clock < (chapter.clock[0] ?? this.clock);
    if (!isPast || history.placeAt(neighbour) === null) {
      timeline.go(chapter.first - 1 + offset);
      if (isPast) {
        this.end();
      }
      return;
    }
    this.cross(chapter, neighbour);
  }

  /** The clock is past the end of the chapter. */
  private cross(chapter: Chapter, neighbour: number): void {
    const { history, timeline } = this;
    const next = history.peekAt(neighbour);
    if (next === null) {
      // Too fast for every chapter to be loaded: those in between are left out.
      const target = history.clamped(history.index.versionAt(this.clock));
      const isFurther = this.going === 1 ? target > neighbour : target < neighbour;
      const goal = isFurther ? target : neighbour;
      timeline.seek(this.going === 1 ? Math.max(goal, chapter.first + chapter.count) : goal);
      this.clock = this.going === 1
        ? Math.max(this.clock, timeline.clock)
        : Math.min(this.clock, timeline.clock);
      return;
    }
    const offset = eventsUntil(next, this.clock);
    const least = this.going === 1 ? Math.max(offset, next.baseEvents) : offset;
    const version = next.first - 1 + least;
    timeline.go(this.going === 1 ? Math.max(version, chapter.first + chapter.count - 1) : version);
  }

  /** The clock jumps to just before the next event when that is far. */
  private skipIdle(chapter: Chapter, neighbour: number): void {
    const { history, timeline, going } = this;
    if (!this.isIdleSkipped) {
      return;
    }
    const offset = timeline.version - chapter.first + 1;
    const index = going === 1 ? offset : offset - 1;
    const other = index >= chapter.count || index < chapter.baseEvents
      ? history.peekAt(neighbour)
      : chapter;
    const next = other === chapter
      ? chapter.clock[index]
      : other?.clock[going === 1 ? 0 : other.count - 1];
    if (next !== undefined && (next - this.clock) * going > IDLE_MS * this.chosen.rate) {
      this.clock = next - IDLE_MS * this.chosen.rate * going;
    }
  }

  private loadAhead(): void {
    const { history, timeline } = this;
    const { chapter, version } = timeline;
    if (chapter === null) {
      return;
    }
    const share = (version - chapter.first + 1) / chapter.count;
    if (this.going === 1 && share >= AHEAD_SHARE) {
      history.ahead(chapter.first + chapter.count);
    } else if (this.going === -1 && share <= 1 - AHEAD_SHARE) {
      history.ahead(chapter.first - 1);
    }
  }

  private end(): void {
    this.isOn = false;
    this.events.ended();
  }
}
