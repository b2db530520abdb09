/** Saving what is seen, or the whole canvas, as a picture. */

import { pictureUrl } from '../api/cells';
import { t } from '../locales';
import { useGame } from '../stores/game';
import { usePast } from '../stores/past';
import { useView } from '../stores/view';

/** The two ways to save; a failure is told. */
export interface Saving {
  view(): Promise<void>;
  whole(): Promise<void>;
}

/** Saves pictures of the shown canvas, which may be a past one. */
export function useSaving(): Saving {
  const { game, state } = useGame();
  const view = useView();
  const past = usePast();

  async function attempt(save: () => Promise<void>): Promise<void> {
    try {
      await save();
    } catch (error) {
      console.error('could not save a picture', error);
      game.say('warning', t('save.failed'));
    }
  }

  async function saveView(): Promise<void> {
    const { download, fileName } = await import('../save/save');
    const picture = await view.manager?.viewImage();
    if (picture == null) {
      throw new Error('there is nothing to see');
    }
    download(picture, fileName(state.info?.canvas ?? '', 'view', past.version ?? state.version));
  }

  async function saveWhole(): Promise<void> {
    const shown = past.canvas ?? state.canvas;
    const slug = state.info?.canvas;
    if (shown === null || slug === undefined) {
      throw new Error('there is no canvas');
    }
    const { MAX_DRAWN_CELLS, download, downloadFrom, fileName, pictureOf } = await import(
      '../save/save'
    );
    const name = fileName(slug, 'canvas', past.version ?? state.version);
    if (shown.cells.bytes.length > MAX_DRAWN_CELLS) {
      downloadFrom(pictureUrl(slug, past.version), name);
    } else {
      download(await pictureOf(shown.cells, shown.palette), name);
    }
  }

  return { view: () => attempt(saveView), whole: () => attempt(saveWhole) };
}
