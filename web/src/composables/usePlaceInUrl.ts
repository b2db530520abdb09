/** Keeps the place on the canvas and the page's address in step. */

import { onScopeDispose, watch } from 'vue';
import { useRouter } from 'vue-router';

import { CANVAS_ROUTES } from '../router';
import { useView } from '../stores/view';
import { hashOfPlace, placeFromHash } from './place-in-url';

/** The address follows the camera this long after it came to rest. */
const HASH_DELAY_MS = 300;

/** Looks where the address says, and writes there where the camera is while the canvas is shown. */
export function usePlaceInUrl(): void {
  const view = useView();
  const router = useRouter();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function isCanvasShown(): boolean {
    return CANVAS_ROUTES.has(String(router.currentRoute.value.name));
  }

  function look(): void {
    const place = placeFromHash(location.hash);
    if (place !== null) {
      view.manager?.lookAt(place);
    }
  }

  function write(): void {
    if (view.camera !== null && isCanvasShown()) {
      history.replaceState(history.state, '', hashOfPlace(view.camera));
    }
  }

  watch(() => view.manager, look);
  watch([() => view.camera, router.currentRoute], () => {
    clearTimeout(timer);
    timer = setTimeout(write, HASH_DELAY_MS);
  });
  window.addEventListener('hashchange', look);
  onScopeDispose(() => {
    window.removeEventListener('hashchange', look);
    clearTimeout(timer);
  });
}
