/** A canvas's whole history: what there is, and any part of it on demand. */

import { type Chapter, eventsUntil } from './chapter';
import { ChapterStore } from './chapter-store';
import type { Decoder } from './decoder';
import type { LoadedChapter, WantedFile } from './decoder-messages';
import { HistoryError, malformed } from './faults';
import {
  type HistoryFile, type Manifest, type Moment, parseManifest, type RoundEntry,
} from './manifest';
import type { Tally, TallyWish } from './tally';
import { TimeIndex } from './time-index';

/** Fetches the manifest; the decoder fetches the files that it names. */
export interface HistoryFiles {
  /** The manifest with the address that it came from. */
  manifest(): Promise<{ readonly value: unknown; readonly address: string }>;
}

/** Where a chapter lies in the log. */
export interface ChapterPlace {
  readonly first: number;
  /** The newest known version for the open segment. */
  readonly last: number;
  readonly round: number;
  readonly url: string;
  /** `null` for the open segment, which still changes. */
  readonly hash: string | null;
  /** The canvas before it; `null` where it opens its round. */
  readonly keyframe: HistoryFile | null;
  /** What the clock shows before it, Unix ms. */
  readonly clockFrom: number;
}

/** Loads further chapters ahead only while no more than this many are under way. */
const MAX_AHEAD = 2;

/** Everything about one canvas's past, kept up with its present by `follow`. */
export class History {
  private readonly files: HistoryFiles;
  private readonly decoder: Decoder;
  private readonly store: ChapterStore;
  private manifest: Manifest;
  private newestMoment: Moment;
  private times: TimeIndex;
  private following: Promise<void> | null = null;
  /** The entity tag of the open segment as it was loaded last. */
  private openTag: { readonly first: number; readonly tag: string } | null = null;

  private constructor(
    files: HistoryFiles, decoder: Decoder, store: ChapterStore, manifest: Manifest,
  ) {
    this.files = files;
    this.decoder = decoder;
    this.store = store;
    this.manifest = manifest;
    const { segments, version } = manifest;
    const last = segments.at(-1);
    this.newestMoment = { version: Math.max(version, last?.last ?? 0), at: last?.to ?? Date.now() };
    this.times = new TimeIndex(manifest, this.newestMoment);
  }

  /**
   * Loads the manifest.
   * @throws {HistoryError} when it is broken; {ApiError | NetworkError} when there is none.
   */
  static async open(
    files: HistoryFiles, decoder: Decoder, store = new ChapterStore(),
  ): Promise<History> {
    return new History(files, decoder, store, await loadManifest(files));
  }

  /** The last known event. */
  get newest(): Moment {
    return this.newestMoment;
  }

  get rounds(): readonly RoundEntry[] {
    return this.manifest.rounds;
  }

  get index(): TimeIndex {
    return this.times;
  }

  /** The first version that has a canvas; 0 when there was never a round. */
  get oldest(): number {
    return this.rounds[0]?.opened.version ?? 0;
  }

  /** The round that a version belongs to. */
  roundAt(version: number): RoundEntry | null {
    return this.rounds.findLast(({ opened }) => opened.version <= version) ?? null;
  }

  /** The nearest version that can be shown. */
  clamped(version: number): number {
    return Math.min(Math.max(Math.floor(version), this.oldest), this.newest.version);
  }

  /** Which chapter has a version; `null` for none. */
  placeAt(version: number): ChapterPlace | null {
    const { segments, open } = this.manifest;
    if (open !== null && version >= open.first) {
      const { first, round, url } = open;
      const last = this.newest.version;
      return version > last
        ? null
        : { first, last, round, url, hash: null, ...this.before(segments.length) };
    }
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((segments[middle]?.last ?? 0) < version) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const entry = segments[low];
    return entry === undefined || version < entry.first || entry.round === 0
      ? null
      : { ...entry, ...this.before(low) };
  }

  /** The chapters of a round, in order. */
  placesOf({ opened, closed }: RoundEntry): ChapterPlace[] {
    const end = closed?.version ?? this.newest.version;
    const places: ChapterPlace[] = [];
    for (let at = this.placeAt(opened.version); at !== null; at = this.placeAt(at.last + 1)) {
      if (at.first > end) {
        break;
      }
      places.push(at);
    }
    return places;
  }

  /** The chapter of a version, if it is in memory. */
  peekAt(version: number): Chapter | null {
    const place = this.placeAt(version);
    const chapter = place === null ? null : this.store.peek(place.first);
    return chapter !== null && version < chapter.first + chapter.count ? chapter : null;
  }

  /**
   * The chapter of a version.
   * @throws {HistoryError} when there is none or its files are refused; errors of `request`.
   */
  async chapterAt(version: number): Promise<Chapter> {
    const place = this.placeAt(version);
    if (place === null) {
      throw new HistoryError('foreign', `there is no canvas at version ${version}`);
    }
    const there = this.peekAt(version);
    if (there !== null) {
      return there;
    }
    if (place.hash === null) {
      await this.follow(this.newest.version);
      return this.peekAt(version) ?? this.chapterAtAnotherPlace(version, place);
    }
    return this.store.get(place.first, () => this.load(place));
  }

  /**
   * The last version that had happened by a time (Unix ms), by the clock, which never goes back.
   * @throws as `chapterAt` does.
   */
  async versionAt(time: number): Promise<number> {
    const about = this.clamped(this.times.versionAt(time));
    const chapter = await this.chapterAt(about);
    return this.clamped(chapter.first - 1 + eventsUntil(chapter, time));
  }

  /** Begins to load the chapter of a version, unless enough is under way. */
  ahead(version: number): void {
    const place = this.placeAt(version);
    if (place === null || this.store.loadingCount >= MAX_AHEAD || this.peekAt(version) !== null) {
      return;
    }
    // Whoever needs it asks again and is told of a failure.
    this.chapterAt(version).catch(() => undefined);
  }

  /**
   * The log has at least this version by now: brings the open segment up to it. A segment that
   * was closed meanwhile brings a new manifest.
   */
  follow(version: number): Promise<void> {
    this.following ??= this.catchUp(version).finally(() => { this.following = null; });
    return this.following;
  }

  /** Asks one segment of a round; the answer is not kept. */
  tally(place: ChapterPlace, wish: TallyWish): Promise<Tally> {
    return this.decoder.tally({ segment: fileOf(place), expected: expectedOf(place), wish });
  }

  private async chapterAtAnotherPlace(version: number, before: ChapterPlace): Promise<Chapter> {
    const place = this.placeAt(version);
    if (place === null || place.hash === null || place.first === before.first) {
      throw new HistoryError('foreign', `the server does not tell of version ${version} yet`);
    }
    return this.store.get(place.first, () => this.load(place));
  }

  private async catchUp(version: number): Promise<void> {
    const { open } = this.manifest;
    const isKnown = open !== null && version >= open.first && (await this.loadOpen());
    if (!isKnown) {
      this.manifest = await loadManifest(this.files);
      const last = this.manifest.segments.at(-1);
      this.learn({ version: last?.last ?? 0, at: last?.to ?? this.newest.at });
      this.newestMoment = {
        ...this.newest, version: Math.max(this.newest.version, this.manifest.version),
      };
      await this.loadOpen();
    }
  }

  /** Loads the open segment anew; `false` when another one is open by now. */
  private async loadOpen(): Promise<boolean> {
    const place = this.placeAt(this.manifest.open?.first ?? Number.POSITIVE_INFINITY);
    if (place === null) {
      return false;
    }
    try {
      const loaded = await this.ask(place, this.openTagOf(place));
      if (loaded === null) {
        return true;
      }
      const { chapter, tag } = loaded;
      this.store.put(chapter);
      this.openTag = tag === null ? null : { first: chapter.first, tag };
      this.learn({
        version: chapter.first + chapter.count - 1,
        at: chapter.clock[chapter.count - 1] ?? 0,
      });
      return true;
    } catch (error) {
      if (error instanceof HistoryError && error.fault === 'foreign') {
        return false;
      }
      throw error;
    }
  }

  private learn({ version, at }: Moment): void {
    const { newestMoment } = this;
    this.newestMoment = {
      version: Math.max(version, newestMoment.version),
      at: version >= newestMoment.version ? at : newestMoment.at,
    };
    this.times = new TimeIndex(this.manifest, this.newestMoment);
  }

  private async load(place: ChapterPlace): Promise<Chapter> {
    const loaded = await this.ask(place, null);
    if (loaded === null) {
      throw malformed('the server takes a file for known that nobody asked for');
    }
    return loaded.chapter;
  }

  private ask(place: ChapterPlace, known: string | null): Promise<LoadedChapter | null> {
    const { keyframe, clockFrom } = place;
    return this.decoder.chapter({
      segment: fileOf(place), known, keyframe: keyframe === null ? null : fileOf(keyframe),
      clockFrom, expected: expectedOf(place),
    });
  }

  /** The tag of the open segment, as long as its chapter is in memory. */
  private openTagOf({ first }: ChapterPlace): string | null {
    const { openTag } = this;
    return openTag?.first === first && this.store.peek(first) !== null ? openTag.tag : null;
  }

  /** What comes before the segment at a place of the list; no keyframe where a round is opened. */
  private before(index: number): Pick<ChapterPlace, 'keyframe' | 'clockFrom'> {
    const { segments, open } = this.manifest;
    const first = segments[index]?.first ?? open?.first;
    const isOpening = this.rounds.some(({ opened }) => opened.version === first);
    return {
      keyframe: isOpening ? null : (segments[index - 1]?.keyframe ?? null),
      clockFrom: segments[index - 1]?.clockTo ?? Number.NEGATIVE_INFINITY,
    };
  }
}

function fileOf({ url, hash }: WantedFile): WantedFile {
  return { url, hash };
}

function expectedOf({ first, last, round, hash }: ChapterPlace) {
  return { first, last: hash === null ? null : last, round };
}

async function loadManifest(files: HistoryFiles): Promise<Manifest> {
  const { value, address } = await files.manifest();
  return parseManifest(value, address);
}
