/** The page's title: the queue, the charges, and a turn that came while one looked elsewhere. */

import { onScopeDispose, ref, watchEffect } from 'vue';

import { useGame } from '../stores/game';
import { titleChangesIn, titleText } from './title-text';

/** A timer may be a little early by another clock than its own. */
const LATE_MS = 20;

/**
 * Keeps the title true. It is made from the clock, never counted, so a browser that slows the
 * timers of hidden tabs makes it late but not wrong.
 */
export function useTitle(isCalled: () => boolean): void {
  const { state } = useGame();
  const now = ref(Date.now());
  let timer: ReturnType<typeof setTimeout> | undefined;

  watchEffect(() => {
    const { status, queuePosition, charges, info } = state;
    const rule = info?.cooldown ?? null;
    const title = { status, queuePosition, charges, rule, isCalled: isCalled() };
    // A cause other than the timer may come long after it.
    const at = Math.max(now.value, Date.now());
    document.title = titleText(title, at);
    clearTimeout(timer);
    const change = titleChangesIn(title, at);
    if (change !== null) {
      timer = setTimeout(() => { now.value = Date.now(); }, change + LATE_MS);
    }
  });

  const renew = (): void => { now.value = Date.now(); };
  document.addEventListener('visibilitychange', renew);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', renew);
    clearTimeout(timer);
  });
}
