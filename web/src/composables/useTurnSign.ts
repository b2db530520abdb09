/** Tells of the queue and of a seat that was waited for, also to who looks at another tab. */

import { onScopeDispose, ref, watch, watchEffect } from 'vue';

import type { GameState } from '../game/state';
import { t } from '../locales';
import { useGame } from '../stores/game';
import { useSettings } from '../stores/settings';

/** A short rising call: two tones, each this long. */
const TONE_S = 0.14;
const TONES_HZ = [660, 880] as const;
const VOLUME = 0.12;

/** Shows the queue in the page's title, and gives a sign when it is the player's turn. */
export function useTurnSign(): void {
  const { game, state } = useGame();
  const settings = useSettings();
  /** Set from the player's turn on until they have seen the page. */
  const isCalled = ref(false);
  watch(() => state.status, (status, before) => {
    if (before === 'queued' && status === 'playing') {
      game.say('good', t('play.turn'));
      isCalled.value = document.hidden;
      if (settings.values.hasSound) {
        ring();
      }
    } else if (status !== 'playing') {
      isCalled.value = false;
    }
  });

  const seen = (): void => { isCalled.value &&= document.hidden; };
  document.addEventListener('visibilitychange', seen);
  onScopeDispose(() => { document.removeEventListener('visibilitychange', seen); });

  watchEffect(() => {
    document.title = titleOf(state, isCalled.value);
  });
}

function titleOf({ status, queuePosition }: GameState, isCalled: boolean): string {
  if (isCalled) {
    return `${t('title.turn')} · ${t('app.name')}`;
  }
  return status === 'queued' && queuePosition > 0
    ? `${t('title.queued', { position: queuePosition })} · ${t('app.name')}`
    : t('app.name');
}

/** Browsers let a page ring that was touched before; others stay silent, which is no error. */
function ring(): void {
  const audio = new AudioContext();
  const volume = audio.createGain();
  volume.gain.value = VOLUME;
  volume.connect(audio.destination);
  TONES_HZ.forEach((frequency, index) => {
    const tone = audio.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(volume);
    const start = audio.currentTime + index * TONE_S;
    tone.start(start);
    tone.stop(start + TONE_S);
    if (index === TONES_HZ.length - 1) {
      tone.onended = () => void audio.close();
    }
  });
}
