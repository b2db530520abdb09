/** The page inside Telegram, for every component; outside of it nothing here ever changes. */

import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';

import { isLaunched } from '../game/mini-app';
import type { TelegramClient } from '../telegram/client';
import { type Launch, launchOfTab } from '../telegram/launch';
import type { ClientTheme } from '../telegram/theme';

/** What Telegram's client gives the page; only `TelegramFrame` writes what the client tells. */
export const useMiniApp = defineStore('mini-app', () => {
  /** How Telegram opened the page, or `null` outside of it. */
  const launch = shallowRef<Launch | null>(null);
  /** `null` outside of Telegram, and until its part of the page has come. */
  const client = shallowRef<TelegramClient | null>(null);
  /** `null` while the page keeps its own colours. */
  const theme = shallowRef<ClientTheme | null>(null);
  /** Whether the client shows the confirming button, so that the page need not. */
  const hasMainButton = ref(false);
  const isFullScreen = ref(false);
  /** Whether the page is looked at, as far as the client says. */
  const isVisible = ref(true);

  /** Finds out whether Telegram opened the page, and takes its colours before anything shows. */
  async function begin(): Promise<void> {
    launch.value = isLaunched(location.pathname, window) ? launchOfTab(location.hash) : null;
    if (launch.value !== null) {
      const { themeOf } = await import('../telegram/theme');
      theme.value = themeOf(launch.value.theme);
    }
  }

  return { launch, begin, client, theme, hasMainButton, isFullScreen, isVisible };
});
