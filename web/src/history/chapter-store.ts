/** Keeps the chapters that were looked at last, and loads others, each once at a time. */

import { bytesOf, type Chapter } from './chapter';

/** Memory of the chapters kept, in bytes: about forty of a canvas of 1000 x 1000 cells. */
export const MAX_KEPT_BYTES = 96 * 1024 * 1024;

/** The one shown and its two neighbours stay however large they are. */
const MIN_KEPT = 3;

/** Chapters by the version of their first event. */
export class ChapterStore {
  private readonly kept = new Map<number, Chapter>();
  private readonly loading = new Map<number, Promise<Chapter>>();
  private readonly maxBytes: number;
  private bytes = 0;

  constructor(maxBytes = MAX_KEPT_BYTES) {
    this.maxBytes = maxBytes;
  }

  /** Memory of all chapters kept, in bytes. */
  get keptBytes(): number {
    return this.bytes;
  }

  /** A chapter that is there; it counts as looked at. */
  peek(first: number): Chapter | null {
    const chapter = this.kept.get(first);
    if (chapter === undefined) {
      return null;
    }
    this.kept.delete(first);
    this.kept.set(first, chapter);
    return chapter;
  }

  /** Whether a chapter is being loaded. */
  isLoading(first: number): boolean {
    return this.loading.has(first);
  }

  /** How many chapters are being loaded. */
  get loadingCount(): number {
    return this.loading.size;
  }

  /** A chapter, by `load` unless it is there or on its way. A failure is forgotten. */
  async get(first: number, load: () => Promise<Chapter>): Promise<Chapter> {
    const there = this.peek(first);
    if (there !== null) {
      return there;
    }
    const underWay = this.loading.get(first);
    if (underWay !== undefined) {
      return underWay;
    }
    const loaded = load().then((chapter) => {
      this.put(chapter);
      return chapter;
    }).finally(() => { this.loading.delete(first); });
    this.loading.set(first, loaded);
    return loaded;
  }

  /** Keeps a chapter in place of an older one of the same beginning. */
  put(chapter: Chapter): void {
    const { first } = chapter;
    this.drop(first);
    this.kept.set(first, chapter);
    this.bytes += bytesOf(chapter);
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.maxBytes || this.kept.size <= MIN_KEPT) {
        break;
      }
      this.drop(oldest);
    }
  }

  private drop(first: number): void {
    const chapter = this.kept.get(first);
    if (chapter !== undefined) {
      this.kept.delete(first);
      this.bytes -= bytesOf(chapter);
    }
  }
}
