/** The page's colours: by the reader's setting, the device or Telegram; the canvas takes part. */

import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

import type { CanvasTheme, Rgb } from '../canvas/scene';
import { useMiniApp } from '../stores/mini-app';
import { useSettings } from '../stores/settings';

/** The canvas theme, renewed when the page's colours change. */
export function useTheme(): Readonly<ShallowRef<CanvasTheme>> {
  const settings = useSettings();
  const miniApp = useMiniApp();
  const root = document.documentElement;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const theme = shallowRef(readTheme());
  const renew = (): void => {
    theme.value = readTheme();
    tellBrowser(theme.value.outside);
  };

  watch(
    [() => settings.values.theme, () => miniApp.theme] as const,
    ([chosen, offered], [, before]) => {
      const client = chosen === 'auto' ? offered : null;
      root.style.colorScheme = client?.scheme ?? (chosen === 'auto' ? '' : chosen);
      Object.keys(before?.tokens ?? {}).forEach((name) => root.style.removeProperty(name));
      Object.entries(client?.tokens ?? {}).forEach(([name, color]) => {
        root.style.setProperty(name, color);
      });
      renew();
    },
    { immediate: true },
  );
  dark.addEventListener('change', renew);
  onScopeDispose(() => { dark.removeEventListener('change', renew); });
  return theme;
}

/** The browser's own bars take the colour around the canvas. */
function tellBrowser([red, green, blue]: Rgb): void {
  document.querySelectorAll('meta[name="theme-color"]').forEach((meta) => {
    meta.removeAttribute('media');
    meta.setAttribute('content', `rgb(${red}, ${green}, ${blue})`);
  });
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
