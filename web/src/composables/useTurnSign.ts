/** Tells of a seat that was waited for and of charges that came back, also in another tab. */

import { onScopeDispose, type Ref, ref, watch } from 'vue';

import { t } from '../locales';
import { readyAt } from '../placements/cooldown';
import { useGame } from '../stores/game';
import { useSigns } from '../stores/signs';

/** Charges that come back faster than this are no news. */
const NEWS_MS = 1_500;

/** A timer may be a little early by another clock than its own. */
const LATE_MS = 20;

/**
 * Gives signs; the answer is whether it became the player's turn while they looked elsewhere, until
 * they see the page.
 */
export function useTurnSign(): Readonly<Ref<boolean>> {
  const { game, state } = useGame();
  const signs = useSigns();
  const isCalled = ref(false);
  watch(() => state.status, (status, before) => {
    if (before === 'queued' && status === 'playing') {
      game.say('good', t('play.turn'));
      isCalled.value = document.hidden;
      signs.give('turn');
    } else if (status !== 'playing') {
      isCalled.value = false;
    }
  });

  const seen = (): void => { isCalled.value &&= document.hidden; };
  document.addEventListener('visibilitychange', seen);

  let timer: ReturnType<typeof setTimeout> | undefined;
  function expectCharge(): void {
    clearTimeout(timer);
    const { status, charges, info } = state;
    if (status !== 'playing' || info === null || info.cooldown.regain_ms < NEWS_MS) {
      return;
    }
    const now = Date.now();
    const at = readyAt(charges, info.cooldown, now);
    if (at !== null) {
      timer = setTimeout(() => {
        signs.give('ready');
        expectCharge();
      }, at - now + LATE_MS);
    }
  }
  watch([() => state.status, () => state.charges, () => state.info?.cooldown], expectCharge);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', seen);
    clearTimeout(timer);
  });
  return isCalled;
}
