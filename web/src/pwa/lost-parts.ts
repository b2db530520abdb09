/**
 * Parts of the page that cannot be loaded any more: a server that was upgraded has them under new
 * names. A page that loads anew knows those.
 */

import type { Router } from 'vue-router';

import { keptInTab } from '../storage/kept-text';
import { offerReload } from './update';

/** A page that still lacks parts so soon after a reload for it is not helped by another. */
const RELOAD_AT_MOST_EVERY_MS = 60_000;

/** Fields that somebody may be writing in. */
const TEXT_FIELDS = 'input, textarea';

/** What a decision about a lost part rests on. */
export interface Circumstances {
  /** Whether the browser has a network. */
  readonly isOnline: boolean;
  /** Whether a reload would break off what the reader does. */
  readonly isBusy: boolean;
  /** When the page was last loaded anew for this reason (Unix ms); `null` for never. */
  readonly reloadedAt: number | null;
  readonly now: number;
}

/** What to do about a lost part: nothing, load the page anew, or let the reader decide when. */
export type Remedy = 'none' | 'reload' | 'ask';

/** Decides what to do about a lost part; never to reload again and again. */
export function remedyFor({ isOnline, isBusy, reloadedAt, now }: Circumstances): Remedy {
  if (!isOnline) {
    return 'none';
  }
  const isRecent = reloadedAt !== null && now - reloadedAt < RELOAD_AT_MOST_EVERY_MS;
  return isBusy || isRecent ? 'ask' : 'reload';
}

/**
 * Mends a page that has lost parts; `isBusy` says whether the reader is at work. The answer stops
 * that.
 */
export function watchLostParts(router: Router, isBusy: () => boolean): () => void {
  const mark = keptInTab('pixelwars.parts-reload');
  let failure: unknown = null;
  /** The page that was asked for and could not be shown. */
  let wanted: string | null = null;
  let isMending = false;

  async function mend(): Promise<void> {
    const kept = mark.get();
    const now = Date.now();
    const isWriting = document.activeElement?.matches(TEXT_FIELDS) ?? false;
    const remedy = remedyFor({
      isOnline: navigator.onLine,
      isBusy: isWriting || isBusy(),
      reloadedAt: kept === null ? null : Number(kept),
      now,
    });
    if (remedy === 'none' || !(await isPageThere())) {
      return;
    }
    mark.set(String(now));
    // Without the mark, in a browser that keeps nothing, this could go on for ever.
    if (remedy === 'ask' || mark.get() !== String(now)) {
      offerReload();
    } else if (wanted === null) {
      location.reload();
    } else {
      location.assign(wanted);
    }
  }

  function lost({ payload }: VitePreloadErrorEvent): void {
    failure = payload;
    if (!isMending) {
      isMending = true;
      // After the router has heard of it too, and has told which page was wanted.
      setTimeout(() => {
        void mend().finally(() => { isMending = false; });
      });
    }
  }
  window.addEventListener('vite:preloadError', lost);
  const stopRouter = router.onError((error, to) => {
    if (error === failure) {
      wanted = router.resolve(to.fullPath).href;
    }
  });
  return () => {
    window.removeEventListener('vite:preloadError', lost);
    stopRouter();
  };
}

/** Whether a reload would find a page: a server that is just being upgraded has none. */
async function isPageThere(): Promise<boolean> {
  try {
    return (await fetch('/', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}
