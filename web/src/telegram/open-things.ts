/** What is open over the page, whoever opened it: dialogs and menus, found in the document. */

/** Menus of the browser's own kind. */
const POPOVERS = ':popover-open';
const DIALOGS = 'dialog[open]';
/** Of the component library; the page's sheets are routes, and closed as such. */
const LAYERS =
  '[data-state="open"]:is([role="dialog"], [role="alertdialog"], [role="menu"]):not(.page-sheet)';

/** Whether a dialog or a menu is open. */
export function isAnythingOpen(): boolean {
  return document.querySelector([POPOVERS, DIALOGS, LAYERS].join(', ')) !== null;
}

/** Closes the dialog or the menu that was opened last; tells whether there was one. */
export function closeTopmost(): boolean {
  const popover = [...document.querySelectorAll<HTMLElement>(POPOVERS)].at(-1);
  const dialog = [...document.querySelectorAll<HTMLDialogElement>(DIALOGS)].at(-1);
  if (popover !== undefined) {
    popover.hidePopover();
  } else if (dialog !== undefined) {
    dialog.close();
  } else if (document.querySelector(LAYERS) !== null) {
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  } else {
    return false;
  }
  return true;
}

/** Calls `changed` whenever something may have been opened or closed; the answer stops that. */
export function watchOpenThings(changed: () => void): () => void {
  const layers = new MutationObserver(changed);
  layers.observe(document.body, { childList: true });
  const states = new MutationObserver(changed);
  states.observe(document.body, {
    subtree: true, attributes: true, attributeFilter: ['open', 'data-state'],
  });
  document.addEventListener('toggle', changed, true);
  return () => {
    layers.disconnect();
    states.disconnect();
    document.removeEventListener('toggle', changed, true);
  };
}
