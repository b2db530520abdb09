/** The current time as a ref, for countdowns. */

import { onScopeDispose, type Ref, ref, watch } from 'vue';

/** Fine enough that a shown second changes on time. */
const TICK_MS = 200;

/**
 * A ref of local Unix ms that ticks only while `isActive` says so, and is right at once whenever
 * `cause` (what the countdown is about) changes.
 */
export function useNow(
  cause: () => unknown,
  isActive: (now: number) => boolean,
): Readonly<Ref<number>> {
  const now = ref(Date.now());
  let timer: ReturnType<typeof setInterval> | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  watch(
    [cause, () => isActive(now.value)] as const,
    ([, active]) => {
      stop();
      if (active) {
        now.value = Date.now();
        timer = setInterval(() => { now.value = Date.now(); }, TICK_MS);
      }
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return now;
}
