/**
 * The page's words. A language is one JSON file in this folder, named by its tag (`en.json`); a
 * new file is a new language, without another change. English is the reference. A folder here is a
 * part that only some page needs, with files of the same names.
 */

import { createI18n } from 'vue-i18n';

import { keptOnDevice } from '../storage/kept-text';
import en from './en.json';
import type historyTexts from './history/en.json';
import type moderationTexts from './moderation/en.json';
import type pagesTexts from './pages/en.json';
import { pluralRule } from './plurals';

/** Keys such as `play.action` of a tree of texts. */
type KeysOf<Tree> = {
  [Key in keyof Tree & string]: Tree[Key] extends string ? Key : `${Key}.${KeysOf<Tree[Key]>}`;
}[keyof Tree & string];

/** Every text the page can show. */
export type MessageKey =
  | KeysOf<typeof en> | KeysOf<typeof historyTexts> | KeysOf<typeof moderationTexts>
  | KeysOf<typeof pagesTexts>;

/** A folder of texts that only some pages need. */
export type TextPart = 'history' | 'moderation' | 'pages';

/** A whole language: sections of texts, as the English one. */
export type Messages = typeof en;

/** What `{name}` parts of a text are filled with. */
export type MessageParams = Readonly<Record<string, string | number>>;

/** The language of a reader for whom there is no other. */
const REFERENCE = 'en';

/** All languages but the reference; each is loaded when somebody reads it. */
const OTHERS = import.meta.glob<Messages>(['./*.json', '!./en.json'], { import: 'default' });

/** Parts by folder and tag. */
const PARTS = import.meta.glob<Record<string, Record<string, string>>>(
  './*/*.json', { import: 'default' },
);

/** Parts that a page has asked for. */
const partsInUse = new Set<TextPart>();

/** Tags of the languages that the page speaks, sorted. */
export const languages: readonly string[] = [
  REFERENCE,
  ...Object.keys(OTHERS).map((path) => path.slice('./'.length, -'.json'.length)),
].sort();

/** A wider type than that of `en`: languages are added when they are read. */
const messages: Record<string, Messages> = { [REFERENCE]: en };

const kept = keptOnDevice('pixelwars.language');

/** The plug-in of the app. */
export const i18n = createI18n({
  legacy: false,
  locale: REFERENCE,
  fallbackLocale: REFERENCE,
  messages,
  pluralRules: Object.fromEntries(languages.map((tag) => [tag, pluralRule(tag)])),
});

/** The tag of the language in use. */
export function language(): string {
  return i18n.global.locale.value;
}

/** A language's name in itself, such as `Русский`. */
export function languageName(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

/** The first of the reader's languages that the page speaks; English if none. */
export function chooseLanguage(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.split('-')[0] ?? '').find((tag) => languages.includes(tag));
  return known ?? REFERENCE;
}

/** Speaks the language that the reader chose last, or the one of their browser. */
export async function beginLanguage(): Promise<void> {
  await speak(chooseLanguage([kept.get() ?? '', ...navigator.languages]));
}

/** Speaks a language from now on, and when the page is opened again. */
export async function chooseAndKeepLanguage(tag: string): Promise<void> {
  kept.set(tag);
  await speak(tag);
}

/** The text of a key with its `{name}` parts filled in; read in a template it is reactive. */
export function t(key: MessageKey, params: MessageParams = {}): string {
  return i18n.global.t(key, params);
}

/** The text of a key for a number of things; `{count}` in it is the number. */
export function tCount(key: MessageKey, count: number, params: MessageParams = {}): string {
  return i18n.global.t(key, { count, ...params }, count);
}

/** A number as the reader writes it. */
export function formatNumber(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

/** The text for a server's error code, or the server's own sentence when the page has none. */
export function errorText(
  { code, message }: { readonly code: string; readonly message: string },
  params: MessageParams = {},
): string {
  return code in en.error
    ? t(`error.${code as keyof Messages['error']}`, params)
    : message || t('error.unavailable');
}

/** A span of time as a reader counts it: `0:04`, `12:30`. Rounds up, so 0 means over. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Loads texts that a page needs besides; another language brings its own then. */
export async function loadTexts(part: TextPart): Promise<void> {
  partsInUse.add(part);
  await Promise.all([...new Set([REFERENCE, language()])].map((tag) => addPart(part, tag)));
}

async function addPart(part: TextPart, tag: string): Promise<void> {
  const texts = await PARTS[`./${part}/${tag}.json`]?.();
  i18n.global.mergeLocaleMessage(tag, texts ?? {});
}

async function speak(tag: string): Promise<void> {
  const load = OTHERS[`./${tag}.json`];
  if (load !== undefined && !i18n.global.availableLocales.includes(tag)) {
    i18n.global.setLocaleMessage(tag, await load());
  }
  await Promise.all([...partsInUse].map((part) => addPart(part, tag)));
  i18n.global.locale.value = tag;
  document.documentElement.lang = tag;
}
