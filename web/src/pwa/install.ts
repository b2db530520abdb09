/** Offering to install the page as an app, where the browser lets a page ask for that. */

import { readonly, ref } from 'vue';

/** What Chromium hands over when the page may be installed; not in TypeScript's own types. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>;
}

let offered: InstallEvent | null = null;
const isOffered = ref(false);

/** Whether `install` would ask the reader. */
export const canInstall = readonly(isOffered);

/** Notes the browser's offer for later; to be called before anything slow. */
export function listenForInstall(): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    // The browser would ask at a moment of its own; the menu has an entry instead.
    event.preventDefault();
    offered = event as InstallEvent;
    isOffered.value = true;
  });
  window.addEventListener('appinstalled', forget);
}

/** Asks the reader, once: the browser makes a new offer if it wants to be asked again. */
export async function install(): Promise<void> {
  const event = offered;
  forget();
  await event?.prompt();
}

function forget(): void {
  offered = null;
  isOffered.value = false;
}
