/** Listens to the keyboard and carries out what the table of keys says. */

import { onScopeDispose } from 'vue';
import { useRouter } from 'vue-router';

import { type KeyCommand, keyCommand, type SimpleAct } from '../keys/keys';
import { t } from '../locales';
import { useCellCard } from '../stores/cell-card';
import { useGame } from '../stores/game';
import { useLayers } from '../stores/layers';
import { useLinks } from '../stores/links';
import { usePast } from '../stores/past';
import { usePlacing } from '../stores/placing';
import { useSettings } from '../stores/settings';
import type { useTemplates } from '../stores/templates';
import { useView } from '../stores/view';
import { useFullScreen } from './useFullScreen';
import { useSaving } from './useSaving';

/** One press of a turning key, in radians. */
const TURN = Math.PI / 12;

/** One press of a key that makes templates more or less opaque. */
const OPACITY_STEP = 0.1;

/** What lies over the canvas and has the keys while it is open. */
const OVER_THE_CANVAS =
  'dialog[open], :popover-open, [role="dialog"][data-state="open"], .history-page';

/** Carries out the keys' commands until its scope ends. */
export function useKeyCommands(): void {
  const simple = useSimpleCommands();
  const placing = usePlacing();
  const view = useView();
  const settings = useSettings();

  function carryOut(command: KeyCommand): void {
    switch (command.kind) {
      case 'move':
        view.moveSelected(command.dx, command.dy);
        break;
      case 'pan':
        view.manager?.panBy(-command.dx * innerWidth, -command.dy * innerHeight);
        break;
      case 'zoom':
        view.manager?.zoom(command.direction);
        break;
      case 'turn':
        view.manager?.rotate(command.direction * TURN);
        break;
      case 'color':
        placing.chooseColor(command.index);
        break;
      case 'color-step':
        placing.stepColor(command.step);
        break;
      case 'template-opacity':
        withTemplates((templates) => { templates.changeOpacity(command.step * OPACITY_STEP); });
        break;
      case 'simple':
        simple[command.act]();
        break;
    }
  }

  function pressed(event: KeyboardEvent): void {
    const command = event.defaultPrevented || !isMeantForCanvas(event)
      ? null
      : keyCommand(event, settings.values.usesLetterKeys);
    if (command !== null) {
      event.preventDefault();
      carryOut(command);
    }
  }
  document.addEventListener('keydown', pressed);
  onScopeDispose(() => { document.removeEventListener('keydown', pressed); });
}

/** Templates are loaded by those who have some. */
function withTemplates(act: (templates: ReturnType<typeof useTemplates>) => void): void {
  void import('../stores/templates').then(({ useTemplates: use }) => { act(use()); });
}

function useSimpleCommands(): Readonly<Record<SimpleAct, () => void>> {
  const { game } = useGame();
  const placing = usePlacing();
  const view = useView();
  const card = useCellCard();
  const layers = useLayers();
  const links = useLinks();
  const past = usePast();
  const settings = useSettings();
  const saving = useSaving();
  const { toggle } = useFullScreen();
  const router = useRouter();

  function open(name: string): void {
    if (router.hasRoute(name)) {
      void router.push({ name });
    }
  }

  return {
    'upright': () => { view.manager?.turnUpright(); },
    'fit': () => { view.manager?.fit(); },
    'place': () => { placing.placeAtCursor(); },
    'undo': () => void placing.undo(),
    'let-go': () => {
      if (!card.close()) {
        placing.letGo();
      }
    },
    'pick': () => { placing.pickColor(view.cursor); },
    'cell': () => { card.open(view.cursor ?? view.moveSelected(0, 0)); },
    'grid': () => { settings.change({ showsGrid: !settings.values.showsGrid }); },
    'heat': () => { layers.toggleHeat(); },
    'templates': () => { withTemplates((templates) => { templates.toggle(); }); },
    'template': () => { withTemplates((templates) => { templates.jump(); }); },
    'minimap': () => { settings.change({ showsMinimap: !settings.values.showsMinimap }); },
    'lock': () => { placing.isHeld = !placing.isHeld; },
    'mute': () => {
      const hasSound = !settings.values.hasSound;
      settings.change({ hasSound });
      game.say('info', t(hasSound ? 'signs.on' : 'signs.off'));
    },
    'save': () => void saving.view(),
    'link': () => {
      if (view.camera !== null) {
        void links.copy(links.linkTo(view.camera, past.version));
      }
    },
    'full-screen': toggle,
    'rules': () => { open('rules'); },
    'settings': () => { open('settings'); },
    'shortcuts': () => { open('shortcuts'); },
  };
}

/** Keys work wherever the focus is, except where they already have a meaning. */
function isMeantForCanvas({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || target.closest('input, textarea, select') !== null) {
    return false;
  }
  if (document.querySelector(OVER_THE_CANVAS) !== null) {
    return false;
  }
  const isPress = key === 'Enter' || key === ' ';
  return !isPress || target.closest('button, a, summary') === null;
}
