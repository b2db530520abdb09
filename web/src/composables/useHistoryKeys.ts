/** Listens to the keyboard on the history's page and carries out what its table of keys says. */

import { onScopeDispose } from 'vue';

import { type HistoryAct, type HistoryCommand, historyCommand } from '../keys/history-keys';
import { useSettings } from '../stores/settings';
import type { HistoryInterest } from './useHistoryInterest';
import type { HistoryView } from './useHistoryView';

/** What lies over the canvas and has the keys while it is open. */
const OVER_THE_CANVAS = 'dialog[open], :popover-open';

/** Acts that the page does itself. */
type PageAct = Exclude<HistoryAct, 'toggle' | 'first' | 'last' | 'now' | 'fit'>;

/** Carries out the keys' commands until its scope ends; `acts` are the page's own. */
export function useHistoryKeys(
  view: HistoryView,
  interest: HistoryInterest,
  acts: Readonly<Record<PageAct, () => void>>,
): void {
  const settings = useSettings();

  const simple: Readonly<Record<HistoryAct, () => void>> = {
    ...acts,
    'toggle': () => {
      if (view.isPlaying.value) {
        view.pause();
      } else {
        view.play(view.direction.value);
      }
    },
    'first': () => { toShare(0); },
    'last': () => { toShare(1); },
    'now': () => { void view.toNow(); },
    'fit': () => { view.manager.value?.fit(); },
  };

  function toShare(share: number): void {
    const span = view.span.value;
    if (span === null) {
      return;
    }
    view.pause();
    if (share === 0 || share === 1 || view.pace.value.unit === 'events') {
      view.seek(Math.round(span.first + share * (span.last - span.first)));
    } else {
      void view.seekTime(span.from + share * (span.to - span.from));
    }
  }

  /** Again the same way: faster. */
  function play(direction: 1 | -1): void {
    if (view.isPlaying.value && view.direction.value === direction) {
      view.stepPace(1);
    } else {
      view.play(direction);
    }
  }

  function carryOut(command: HistoryCommand): void {
    switch (command.kind) {
      case 'part':
        toShare(command.share);
        break;
      case 'step':
        void interest.step(command.direction);
        break;
      case 'play':
        play(command.direction);
        break;
      case 'pace':
        view.stepPace(command.step);
        break;
      case 'pan':
        view.manager.value?.panBy(-command.dx * innerWidth, -command.dy * innerHeight);
        break;
      case 'zoom':
        view.manager.value?.zoom(command.direction);
        break;
      case 'simple':
        simple[command.act]();
        break;
    }
  }

  function pressed(event: KeyboardEvent): void {
    const command = event.defaultPrevented || !isMeantForPage(event)
      ? null
      : historyCommand(event, settings.values.usesLetterKeys);
    if (command !== null) {
      event.preventDefault();
      carryOut(command);
    }
  }
  document.addEventListener('keydown', pressed);
  onScopeDispose(() => { document.removeEventListener('keydown', pressed); });
}

/** Keys work wherever the focus is, except where they already have a meaning. */
function isMeantForPage({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || document.querySelector(OVER_THE_CANVAS) !== null) {
    return false;
  }
  if (target.closest('input, textarea, select') !== null) {
    return key === 'Escape';
  }
  const isPress = key === 'Enter' || key === ' ';
  return !isPress || target.closest('button, a, summary') === null;
}
