/** What is left of a span of time, once little is left. */

import { computed, onScopeDispose, type Ref, ref, watch } from 'vue';

/** Fine enough that a shown second changes on time. */
const TICK_MS = 200;

/**
 * Milliseconds until `end` (local Unix ms) during the last `lastMs` before it, else `null`. Nothing
 * ticks until then.
 */
export function useLastMoments(
  end: () => number,
  lastMs: () => number,
): Readonly<Ref<number | null>> {
  const now = ref(Date.now());
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick(): void {
    now.value = Date.now();
    const early = end() - lastMs() - now.value;
    timer = setTimeout(tick, Math.max(early, TICK_MS));
  }

  watch([end, lastMs], () => {
    clearTimeout(timer);
    tick();
  }, { immediate: true });
  onScopeDispose(() => { clearTimeout(timer); });
  return computed(() => {
    const left = end() - now.value;
    return left > lastMs() ? null : Math.max(left, 0);
  });
}
