/** What a reader chose for this device. */

import { defineStore } from 'pinia';
import { onScopeDispose, shallowRef } from 'vue';

import { keptOnDevice } from '../storage/kept-text';
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings-text';

/** The key in the browser's storage. */
const KEY = 'pixelwars.settings';

/** The settings; a change is kept on this device and reaches its other tabs. */
export const useSettings = defineStore('settings', () => {
  const kept = keptOnDevice(KEY);
  const values = shallowRef<Settings>(readSettings(kept.get()));

  function renew({ key, newValue }: StorageEvent): void {
    if (key === KEY) {
      values.value = readSettings(newValue);
    }
  }
  window.addEventListener('storage', renew);
  onScopeDispose(() => { window.removeEventListener('storage', renew); });

  /** Changes some settings. */
  function change(changes: Partial<Settings>): void {
    values.value = { ...values.value, ...changes };
    kept.set(JSON.stringify(values.value));
  }

  /** Goes back to how a new reader finds the page. */
  function reset(): void {
    values.value = DEFAULT_SETTINGS;
    kept.set(null);
  }

  return { values, change, reset };
});
