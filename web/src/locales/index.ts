/** The page's words in the reader's language. */

import { en } from './en';
import { ru } from './ru';

/** Every text the page can show. */
export type MessageKey = keyof typeof en;

/** A whole language. */
export type Messages = Readonly<Record<MessageKey, string>>;

const LANGUAGES: Readonly<Record<string, Messages>> = { en, ru };

/** The first of the reader's languages that the page speaks; English if none. */
export function chooseLanguage(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.split('-')[0] ?? '').find((tag) => tag in LANGUAGES);
  return known ?? 'en';
}

/** The language in use, for `<html lang>`. */
export const language = chooseLanguage(navigator.languages);

const messages: Messages = LANGUAGES[language] ?? en;

/** The text of a key with its `{name}` parts filled in. */
export function t(key: MessageKey, params: Readonly<Record<string, string | number>> = {}): string {
  return messages[key].replace(/\{(\w+)\}/g, (part, name: string) => String(params[name] ?? part));
}

/** The text for a server's error code, or the server's own sentence when the page has none. */
export function errorText(
  { code, message }: { readonly code: string; readonly message: string },
  params: Readonly<Record<string, string | number>> = {},
): string {
  const key = `error.${code}`;
  return key in en ? t(key as MessageKey, params) : message || t('error.unavailable');
}

/** A span of time as a reader counts it: `0:04`, `12:30`. Rounds up, so 0 means over. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
