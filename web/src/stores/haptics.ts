/** What the player feels of the game, unless they switched it off. */

import { defineStore } from 'pinia';

import { BrowserHaptics, type Haptics } from '../game/haptics';
import { useMiniApp } from './mini-app';
import { useSettings } from './settings';

/** Vibrates by Telegram's client inside of it, else by the browser. */
export const useHaptics = defineStore('haptics', () => {
  const settings = useSettings();
  const miniApp = useMiniApp();
  const browser = new BrowserHaptics(navigator);

  /** Gives a sign. */
  function feel(sign: keyof Haptics): void {
    if (settings.values.hasVibration) {
      (miniApp.client ?? browser)[sign]();
    }
  }

  return { feel };
});
