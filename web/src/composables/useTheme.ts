/** The colours that the canvas takes from the page's style sheet. */

import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

import type { CanvasTheme, Rgb } from '../canvas/scene';

/** The canvas theme, renewed when the reader's colour scheme changes. */
export function useTheme(): Readonly<ShallowRef<CanvasTheme>> {
  const theme = shallowRef(readTheme());
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const renew = (): void => { theme.value = readTheme(); };
  dark.addEventListener('change', renew);
  onScopeDispose(() => { dark.removeEventListener('change', renew); });
  return theme;
}

function readTheme(): CanvasTheme {
  const style = getComputedStyle(document.documentElement);
  return {
    outside: rgbOf(style.getPropertyValue('--canvas-outside')),
    checkerLight: rgbOf(style.getPropertyValue('--canvas-checker-light')),
    checkerDark: rgbOf(style.getPropertyValue('--canvas-checker-dark')),
  };
}

/** Reads `#rrggbb`; the style sheet is ours, so anything else is a mistake in it. */
function rgbOf(color: string): Rgb {
  const value = Number.parseInt(color.trim().slice(1), 16);
  return [(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}
