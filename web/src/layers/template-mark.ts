/** Whether the browser keeps templates: known without opening its database. */

import { keptOnDevice } from '../storage/kept-text';

const kept = keptOnDevice('pixelwars.has-templates');

/** Says so, and is told so. */
export const hasKeptTemplates = {
  /** Whether a template was kept when this was last set. */
  get: (): boolean => kept.get() !== null,
  set: (has: boolean): void => { kept.set(has ? '1' : null); },
};
