/** The page over the whole screen, where the browser allows it. */

import { onScopeDispose, type Ref, ref } from 'vue';

/** Whether the page fills the screen, and how to change that. */
export function useFullScreen(): {
  /** False on iPhones, which give the whole screen to videos alone. */
  readonly isPossible: boolean;
  readonly isFull: Readonly<Ref<boolean>>;
  readonly toggle: () => void;
} {
  const isFull = ref(document.fullscreenElement !== null);
  const renew = (): void => { isFull.value = document.fullscreenElement !== null; };
  document.addEventListener('fullscreenchange', renew);
  onScopeDispose(() => { document.removeEventListener('fullscreenchange', renew); });

  function toggle(): void {
    const change = isFull.value
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen();
    // A browser that refuses leaves the page as it is.
    change.catch(() => undefined);
  }

  return { isPossible: document.fullscreenEnabled, isFull, toggle };
}
