/** Sounds and vibrations, as the reader wants them. */

import { defineStore } from 'pinia';
import { onScopeDispose } from 'vue';

import { type Sign, Signs } from '../signs/signs';
import { useSettings } from './settings';

/** Gives signs by the senses that the settings allow. */
export const useSigns = defineStore('signs', () => {
  const settings = useSettings();
  const signs = new Signs();
  const stop = new AbortController();
  const unlock = (): void => {
    if (settings.values.hasSound) {
      signs.unlock();
    }
  };
  // Captured, so that what handles the event may stop it.
  const options = { capture: true, passive: true, signal: stop.signal };
  window.addEventListener('pointerup', unlock, options);
  window.addEventListener('keydown', unlock, options);
  onScopeDispose(() => {
    stop.abort();
    signs.dispose();
  });

  function give(sign: Sign): void {
    const { hasSound, hasVibration } = settings.values;
    signs.give(sign, { sound: hasSound, vibration: hasVibration });
  }

  return { give };
});
