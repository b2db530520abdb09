/** Listens to the page's events for as long as a component is there. */

import { onScopeDispose } from 'vue';

/** Calls `listener` with every event of the window until the scope ends. */
export function useEventListener<Name extends keyof WindowEventMap>(
  target: Window,
  name: Name,
  listener: (event: WindowEventMap[Name]) => void,
): void {
  target.addEventListener(name, listener);
  onScopeDispose(() => { target.removeEventListener(name, listener); });
}
