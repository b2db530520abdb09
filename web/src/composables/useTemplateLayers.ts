/** Brings the reader's templates in once the canvas is there; without any nothing is loaded. */

import { watch } from 'vue';

import { templatesFromAddress } from '../layers/template-url';
import { hasKeptTemplates } from '../layers/template-mark';
import { useGame } from '../stores/game';

/** Reads the templates of the page's address, and shows them with those kept by the browser. */
export function useTemplateLayers(): void {
  const { state } = useGame();
  // Read at once: the place on the canvas is soon written over the address.
  const links = templatesFromAddress(location);
  if (links.length === 0 && !hasKeptTemplates.get()) {
    return;
  }
  const stop = watch(() => state.canvas, async (canvas) => {
    if (canvas !== null) {
      stop();
      const { useTemplates } = await import('../stores/templates');
      await useTemplates().begin(links);
    }
  }, { flush: 'post' });
}
