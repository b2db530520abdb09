/** Keeps the place on the canvas, the version looked at, and the page's address in step. */

import { onScopeDispose, watch } from 'vue';
import { useRouter } from 'vue-router';

import { CANVAS_ROUTES } from '../router';
import { usePast } from '../stores/past';
import { useView } from '../stores/view';
import {
  hashOfPlace, placeFromAddress, queryWithoutPlace, versionFromAddress,
} from './place-in-url';

/** The address follows the camera this long after it came to rest. */
const HASH_DELAY_MS = 300;

/** Looks where the address says, and writes there where the camera is while the canvas is shown. */
export function usePlaceInUrl(): void {
  const view = useView();
  const past = usePast();
  const router = useRouter();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function isCanvasShown(): boolean {
    return CANVAS_ROUTES.has(String(router.currentRoute.value.name));
  }

  function look(): void {
    const place = placeFromAddress(location);
    if (place !== null) {
      view.manager?.lookAt(place);
    }
    const version = versionFromAddress(location);
    // An address of another page names no version, which is no wish to leave the one shown.
    if (version !== past.version && isCanvasShown()) {
      past.look(version);
    }
  }

  function write(): void {
    if (view.camera !== null && isCanvasShown()) {
      const hash = hashOfPlace(view.camera, past.version, location.hash);
      const address = location.pathname + queryWithoutPlace(location.search) + hash;
      history.replaceState(history.state, '', address);
    }
  }

  watch(() => view.manager, look);
  watch([() => view.camera, () => past.version, router.currentRoute], () => {
    clearTimeout(timer);
    timer = setTimeout(write, HASH_DELAY_MS);
  });
  window.addEventListener('hashchange', look);
  onScopeDispose(() => {
    window.removeEventListener('hashchange', look);
    clearTimeout(timer);
  });
}
