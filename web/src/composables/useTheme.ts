/** The page's colours: by the reader's setting, the device or Telegram; the canvas takes part. */

import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

import type { CanvasTheme, Rgb } from '../canvas/scene';
import { useSettings } from '../stores/settings';

/** The canvas theme, renewed when the page's colours change. */
export function useTheme(): Readonly<ShallowRef<CanvasTheme>> {
  const settings = useSettings();
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const theme = shallowRef(readTheme());
  const renew = (): void => { theme.value = readTheme(); };

  watch(
    () => settings.values.theme,
    (chosen) => {
      root.style.colorScheme = chosen === 'auto' ? '' : chosen;
      renew();
    },
    { immediate: true },
  );
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

/** Reads the `rgb(1, 2, 3)` that browsers compute of a typed colour. */
function rgbOf(color: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}
