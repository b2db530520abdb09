/** Telegram's theme as the page's own tokens, with every pair of colours readable. */

/** A theme for the page. */
export interface ClientTheme {
  readonly scheme: 'light' | 'dark';
  /** CSS variables of the root that differ from the page's own, by name. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** `#rrggbb`. */
export type Hex = `#${string}`;

/** WCAG 2.2, 1.4.3: text on its background. */
const TEXT_CONTRAST = 4.5;
/** WCAG 2.2, 1.4.11: the parts of a control. */
const PART_CONTRAST = 3;

/** The page's own colours, as `base.css` has them, that take the place of unreadable ones. */
export const OWN: Readonly<Record<ClientTheme['scheme'], Readonly<Record<string, Hex>>>> = {
  light: {
    '--canvas-outside': '#e3e6ec',
    '--panel': '#ffffff',
    '--field': '#f4f5f8',
    '--text': '#181b24',
    '--text-soft': '#565d6d',
    '--accent': '#2d5be3',
    '--on-accent': '#ffffff',
    '--bad-text': '#b42323',
    '--line-strong': '#7c8496',
  },
  dark: {
    '--canvas-outside': '#14161d',
    '--panel': '#1d2029',
    '--field': '#14161d',
    '--text': '#f0f2f7',
    '--text-soft': '#a9b1c2',
    '--accent': '#7da2ff',
    '--on-accent': '#0c1330',
    '--bad-text': '#ff8f8f',
    '--line-strong': '#7f889c',
  },
};

/** Below this relative luminance of its background a theme is a dark one. */
const DARK_BELOW = 0.179;

/** Maps Telegram's theme parameters; unknown, missing and unreadable ones are left to the page. */
export function themeOf(params: Readonly<Record<string, unknown>>): ClientTheme | null {
  const panel = hexOf(params['bg_color']);
  if (panel === null) {
    return null;
  }
  const scheme = luminance(panel) < DARK_BELOW ? 'dark' : 'light';
  const field = hexOf(params['secondary_bg_color']) ?? panel;
  if (![panel, field].every((surface) => carriesOwnColors(surface, scheme))) {
    return { scheme, tokens: {} };
  }
  const reads = (color: Hex): boolean => contrast(color, panel) >= TEXT_CONTRAST &&
    contrast(color, field) >= TEXT_CONTRAST;
  const text = [hexOf(params['text_color'])].find((color) => color !== null && reads(color));
  const soft = ['subtitle_text_color', 'hint_color']
    .map((name) => hexOf(params[name]))
    .find((color) => color !== null && reads(color));
  const ink = text ?? own(scheme, '--text');
  return {
    scheme,
    tokens: {
      '--panel': panel,
      '--field': field,
      '--canvas-outside': field,
      '--canvas-checker-light': mixed(field, ink, 0.1),
      '--canvas-checker-dark': mixed(field, ink, 0.17),
      ...(text == null ? {} : { '--text': text }),
      ...(soft == null ? {} : { '--text-soft': soft }),
      ...accentOf(params, panel, ink),
    },
  };
}

/** Contrast of two colours, 1 to 21; WCAG 2.2. */
export function contrast(one: Hex, other: Hex): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** The button's two colours go together or not at all. */
function accentOf(
  params: Readonly<Record<string, unknown>>,
  panel: Hex,
  ink: Hex,
): Record<string, string> {
  const accent = hexOf(params['button_color']);
  const onAccent = hexOf(params['button_text_color']);
  if (accent === null || onAccent === null) {
    return {};
  }
  const hover = mixed(accent, ink, 0.15);
  const isReadable =
    contrast(accent, onAccent) >= TEXT_CONTRAST && contrast(accent, panel) >= PART_CONTRAST;
  const isHoverReadable = contrast(hover, onAccent) >= TEXT_CONTRAST;
  return isReadable
    ? {
        '--accent': accent,
        '--accent-hover': isHoverReadable ? hover : accent,
        '--on-accent': onAccent,
      }
    : {};
}

/** Whether the colours that Telegram has no name for can be read on a surface. */
function carriesOwnColors(surface: Hex, scheme: ClientTheme['scheme']): boolean {
  const isText = ['--text', '--text-soft', '--bad-text'].every(
    (name) => contrast(own(scheme, name), surface) >= TEXT_CONTRAST,
  );
  const isPart = ['--accent', '--line-strong'].every(
    (name) => contrast(own(scheme, name), surface) >= PART_CONTRAST,
  );
  return isText && isPart;
}

function own(scheme: ClientTheme['scheme'], name: string): Hex {
  return OWN[scheme][name] ?? '#000000';
}

function hexOf(value: unknown): Hex | null {
  return typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)
    ? (value.toLowerCase() as Hex)
    : null;
}

function channels(color: Hex): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** `share` of `other` in `one`, 0 to 1. */
function mixed(one: Hex, other: Hex, share: number): Hex {
  const to = channels(other);
  const parts = channels(one).map((channel, at) =>
    Math.round(channel + ((to[at] ?? 0) - channel) * share).toString(16).padStart(2, '0'),
  );
  return `#${parts.join('')}`;
}

/** WCAG 2.2, relative luminance. */
function luminance(color: Hex): number {
  const [red, green, blue] = channels(color).map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}
