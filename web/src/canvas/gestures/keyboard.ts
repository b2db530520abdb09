/** What a key means on the canvas. */

/** An act asked for by keyboard. */
export type KeyCommand =
  | { readonly kind: 'move'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'zoom'; readonly direction: 1 | -1 }
  | { readonly kind: 'fit' }
  | { readonly kind: 'place' }
  | { readonly kind: 'color'; readonly index: number }
  | { readonly kind: 'deselect' };

/** Cells that an arrow key moves the cursor by while Shift is held. */
const LARGE_STEP = 10;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The parts of a `KeyboardEvent` that matter. */
export interface KeySample {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** The command of a key press, or `null` when the key is the browser's own. */
export function keyCommand(event: KeySample): KeyCommand | null {
  if (event.ctrlKey || event.altKey || event.metaKey) {
    return null;
  }
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) {
    const step = event.shiftKey ? LARGE_STEP : 1;
    return { kind: 'move', dx: arrow[0] * step, dy: arrow[1] * step };
  }
  if (/^[1-9]$/.test(event.key)) {
    return { kind: 'color', index: Number(event.key) - 1 };
  }
  switch (event.key) {
    case '+':
    case '=':
      return { kind: 'zoom', direction: 1 };
    case '-':
    case '_':
      return { kind: 'zoom', direction: -1 };
    case '0':
      return { kind: 'fit' };
    case 'Enter':
      return { kind: 'place' };
    case 'Escape':
      return { kind: 'deselect' };
    default:
      return null;
  }
}
