/** Brings the reader's templates in once the canvas is there; without any nothing is loaded. */

import { onScopeDispose, watch } from 'vue';

import { hasKeptTemplates } from '../layers/template-mark';
import { type TemplateLink, templatesFromAddress } from '../layers/template-url';
import { useGame } from '../stores/game';

/**
 * Shows the templates of the page's address with those kept by the browser, and those of a link
 * that is opened in the same tab later.
 */
export function useTemplateLayers(): void {
  const { state } = useGame();
  // Read at once: the place on the canvas is soon written over the address.
  const links = templatesFromAddress(location);

  async function show(them: readonly TemplateLink[]): Promise<void> {
    const { useTemplates } = await import('../stores/templates');
    await useTemplates().begin(them);
  }

  /** A step through the history has a state and brings nothing new; a link has none. */
  function follow({ state: step }: PopStateEvent): void {
    const opened = step === null ? templatesFromAddress(location) : [];
    if (opened.length > 0) {
      void show(opened);
    }
  }

  window.addEventListener('popstate', follow);
  onScopeDispose(() => { window.removeEventListener('popstate', follow); });
  if (links.length > 0 || hasKeptTemplates.get()) {
    const stop = watch(() => state.canvas, async (canvas) => {
      if (canvas !== null) {
        stop();
        await show(links);
      }
    }, { flush: 'post' });
  }
}
