/** Sounds and vibrations, as the reader wants them. */

import { defineStore } from 'pinia';
import { onScopeDispose } from 'vue';

import { type Sign, SignRate, Sounds } from '../signs/signs';
import { useHaptics } from './haptics';
import { useSettings } from './settings';

/** Gives signs by the senses that the settings allow. */
export const useSigns = defineStore('signs', () => {
  const settings = useSettings();
  const haptics = useHaptics();
  const sounds = new Sounds();
  const rate = new SignRate();
  const stop = new AbortController();
  const unlock = (): void => {
    if (settings.values.hasSound) {
      sounds.unlock();
    }
  };
  // Captured, so that what handles the event may stop it.
  const options = { capture: true, passive: true, signal: stop.signal };
  window.addEventListener('pointerup', unlock, options);
  window.addEventListener('keydown', unlock, options);
  onScopeDispose(() => {
    stop.abort();
    sounds.dispose();
  });

  /** Gives a sign, unless there were many just now. */
  function give(sign: Sign): void {
    if (!rate.allows(sign, performance.now())) {
      return;
    }
    haptics.feel(sign === 'turn' ? 'ready' : sign);
    if (settings.values.hasSound) {
      sounds.play(sign);
    }
  }

  return { give };
});
