/** What is left of a span of time, second by second. */

import { computed, onScopeDispose, type Ref, ref, watch } from 'vue';

const SECOND_MS = 1_000;

/** A timer may be a little early by another clock than its own. */
const LATE_MS = 15;

/**
 * Milliseconds until `end` (local Unix ms), 0 when it is past or `null`. It changes with every
 * whole second that is left and at the end, and is taken from the clock each time, never counted.
 */
export function useCountdown(end: () => number | null): Readonly<Ref<number>> {
  const now = ref(Date.now());
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick(): void {
    clearTimeout(timer);
    now.value = Date.now();
    const left = (end() ?? 0) - now.value;
    if (left > 0) {
      timer = setTimeout(tick, (left % SECOND_MS || SECOND_MS) + LATE_MS);
    }
  }

  watch(end, tick, { immediate: true });
  // A hidden page's timers are slow; what is seen again has to be right at once.
  document.addEventListener('visibilitychange', tick);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', tick);
    clearTimeout(timer);
  });
  return computed(() => Math.max((end() ?? 0) - now.value, 0));
}
