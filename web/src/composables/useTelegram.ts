/** The page and Telegram's client in step, for as long as the calling component lives. */

import { computed, onScopeDispose, ref, watch, watchEffect } from 'vue';
import { useRouter } from 'vue-router';

import { t } from '../locales';
import { closeSheet } from '../router';
import { useCellCard } from '../stores/cell-card';
import { useGame } from '../stores/game';
import { useHaptics } from '../stores/haptics';
import { useMiniApp } from '../stores/mini-app';
import { usePast } from '../stores/past';
import { usePlacing } from '../stores/placing';
import { useSettings } from '../stores/settings';
import { useView } from '../stores/view';
import { type ClientEvents, type Edges, TelegramClient } from '../telegram/client';
import type { Launch } from '../telegram/launch';
import { closeTopmost, isAnythingOpen, watchOpenThings } from '../telegram/open-things';
import { placeFromStart } from '../telegram/start-param';
import { type Hex, OWN, themeOf } from '../telegram/theme';

/** Greets the client, tells it what it shows around the page, and does what it asks. */
export function useTelegram(launch: Launch): void {
  const { state, account, onCellsChanged } = useGame();
  const { feel } = useHaptics();
  const miniApp = useMiniApp();
  const card = useCellCard();
  const past = usePast();
  const placing = usePlacing();
  const settings = useSettings();
  const view = useView();
  const router = useRouter();
  const client = new TelegramClient(launch);
  const isSomethingOpen = ref(isAnythingOpen());
  const isSheet = computed(() => router.currentRoute.value.meta.isSheet === true);

  /** What the client's button does, and says. */
  const mainAction = computed(() => {
    if (isSheet.value || isSomethingOpen.value || past.isOn) {
      return null;
    }
    if (placing.target !== null) {
      return { run: placing.placeTarget, text: t('place.action', { ...placing.target }) };
    }
    const isIdle = state.status === 'guest' || state.status === 'afk';
    const mayPlay = state.info?.open === true && !state.info.locked && state.pause === null;
    return isIdle && mayPlay && state.feed === 'stopped' && account.login !== 'resuming'
      ? { run: placing.play, text: t('play.action') }
      : null;
  });

  const events: ClientEvents = {
    theme: (params) => { miniApp.theme = themeOf(params); },
    safeArea: setEdges,
    back: () => {
      if (closeTopmost() || (!isSheet.value && card.close())) {
        return;
      }
      if (isSheet.value) {
        closeSheet();
      } else if (view.selected !== null) {
        view.select(null);
      } else {
        past.look(null);
      }
    },
    mainButton: () => { mainAction.value?.run(); },
    visible: (isVisible) => { miniApp.isVisible = isVisible; },
    fullScreen: (isFullScreen) => { miniApp.isFullScreen = isFullScreen; },
  };

  /** A token's colour as it is shown; the client takes no names. */
  function colorOf(name: string): Hex {
    const chosen = settings.values.theme;
    const theme = chosen === 'auto' ? miniApp.theme : null;
    const own = OWN[theme?.scheme ?? (chosen === 'auto' ? deviceScheme() : chosen)];
    return (theme?.tokens[name] ?? own[name] ?? '#000000') as Hex;
  }

  function follow(): void {
    watchEffect(() => {
      const [outside, panel] = [colorOf('--canvas-outside'), colorOf('--panel')];
      client.setColors({ header: outside, background: outside, bottomBar: panel });
    });
    watchEffect(() => { view.manager?.setWatched(miniApp.isVisible); });
    watchEffect(() => {
      const isOnCanvas = card.cell !== null || view.selected !== null || past.isOn;
      client.setBackButton(isSheet.value || isSomethingOpen.value || isOnCanvas);
    });
    watchEffect(() => {
      const text = mainAction.value?.text;
      client.setMainButton(text === undefined
        ? null
        : { text, color: colorOf('--accent'), textColor: colorOf('--on-accent') });
    });
    watch(() => view.selected, (cell) => {
      if (cell !== null) {
        feel('selected');
      }
    });
    onScopeDispose(watchOpenThings(() => { isSomethingOpen.value = isAnythingOpen(); }));
    onScopeDispose(onCellsChanged(() => {
      client.setClosingConfirmation((state.canvas?.cells.pendingCells.size ?? 0) > 0);
    }));
    document.addEventListener('click', openOutside, true);
    onScopeDispose(() => { document.removeEventListener('click', openOutside, true); });
  }

  /** Links that lead away are the client's to open: the page has no other window. */
  function openOutside(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest('a') : null;
    if (target !== null && /^https?:$/.test(target.protocol) && target.origin !== location.origin) {
      event.preventDefault();
      client.openLink(new URL(target.href));
    }
  }

  try {
    client.begin(events);
  } catch {
    // Somebody opened the client's address elsewhere: the page is then like any other.
    miniApp.theme = null;
    return;
  }
  miniApp.client = client;
  miniApp.hasMainButton = true;
  miniApp.isFullScreen = launch.isFullScreen;
  follow();
  lookAtStart(launch);
  onScopeDispose(() => {
    client.dispose();
    miniApp.client = null;
    miniApp.hasMainButton = false;
  });
}

/** Looks at the place of the link that opened the app, once it is known to be on this canvas. */
function lookAtStart({ startParam }: Launch): void {
  const { state } = useGame();
  const view = useView();
  const past = usePast();
  const place = placeFromStart(startParam);
  if (place === null) {
    return;
  }
  let isUsed = false;
  const stop = watch([() => view.manager, () => state.info], ([manager, info]) => {
    if (!isUsed && manager !== null && info !== null) {
      isUsed = true;
      if (place.canvas === null || place.canvas === info.canvas) {
        manager.lookAt(place);
        past.look(place.version);
      }
      // A watcher that is called at once cannot be stopped by its own answer yet.
      queueMicrotask(() => { stop(); });
    }
  }, { flush: 'post', immediate: true });
}

function setEdges(kind: 'device' | 'content', edges: Edges): void {
  for (const edge of ['top', 'right', 'bottom', 'left'] as const) {
    const name = `--client-${kind}-${edge}`;
    document.documentElement.style.setProperty(name, `${edges[edge]}px`);
  }
}

function deviceScheme(): 'light' | 'dark' {
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
