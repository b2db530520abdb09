/** The page's colours: by the reader's setting, the device or Telegram; the canvas takes part. */

import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';

import type { CanvasTheme, Rgb } from '../canvas/scene';
import { useSettings } from '../stores/settings';

/** Colours that stand in for the page's own while the reader's theme is `auto`. */
export interface ThemeOverride {
  /** For everything that has no token: scroll bars, fields, the tokens left out. */
  readonly scheme: 'light' | 'dark';
  /** Names of `styles/base.css` such as `--panel`, each with a CSS colour. */
  readonly tokens: Readonly<Record<`--${string}`, string>>;
}

const override = shallowRef<ThemeOverride | null>(null);

/** Sets the colours of a surrounding app, or with `null` gives them back to the device. */
export function setThemeOverride(next: ThemeOverride | null): void {
  override.value = next;
}

/** The canvas theme, renewed when the page's colours change. To be used once, by the canvas. */
export function useTheme(): Readonly<ShallowRef<CanvasTheme>> {
  const settings = useSettings();
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const theme = shallowRef(readTheme());
  const renew = (): void => {
    theme.value = readTheme();
    tellBrowser(theme.value.outside);
  };

  watch(
    [() => settings.values.theme, override] as const,
    ([chosen, asked], [, before]) => {
      const { style } = document.documentElement;
      const given = chosen === 'auto' ? asked : null;
      style.colorScheme = given?.scheme ?? (chosen === 'auto' ? '' : chosen);
      Object.keys(before?.tokens ?? {}).forEach((name) => { style.removeProperty(name); });
      for (const [name, color] of Object.entries(asked?.tokens ?? {})) {
        style.setProperty(name, given === null ? null : color);
      }
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
