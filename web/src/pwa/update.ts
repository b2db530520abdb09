/** The service worker: it keeps the page for when there is no network, and tells of a new one. */

import { readonly, ref } from 'vue';

/** A tab that is left open asks for a new page this often. */
const CHECK_EVERY_MS = 3_600_000;

const isOffered = ref(false);
/** Whether a new worker waits, which alone can change the page that it keeps. */
let hasNewWorker = false;
let activate: (() => Promise<void>) | null = null;

/** Whether a newer page is there and waits to be taken. */
export const hasUpdate = readonly(isOffered);

/** Registers the worker of a built page; a browser without one plays on from the network. */
export async function keepPage(): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) {
    return;
  }
  const { registerSW } = await import('virtual:pwa-register');
  activate = registerSW({
    onNeedRefresh: () => {
      hasNewWorker = true;
      offerReload();
    },
    onRegisteredSW: (_url, registration) => {
      setInterval(() => {
        // Without a network there is nothing new.
        registration?.update().catch(() => undefined);
      }, CHECK_EVERY_MS);
    },
  });
}

/** Tells the reader of a newer page. */
export function offerReload(): void {
  isOffered.value = true;
}

/** Takes the newer page: every tab of the game loads it when it comes by a new worker. */
export async function takeUpdate(): Promise<void> {
  isOffered.value = false;
  if (hasNewWorker) {
    await activate?.();
  } else {
    location.reload();
  }
}
