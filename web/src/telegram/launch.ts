/** What Telegram's client says when it opens the page: in the hash, kept for reloads of the tab. */

import { keptInTab } from '../storage/kept-text';
import { startParam } from './start-param';

/** What the page reads of the launch parameters; the signed data stays with the account. */
export interface Launch {
  /** Version of the Mini Apps interface that the client speaks, such as `9.1`. */
  readonly version: `${number}.${number}`;
  /** Theme colours by Telegram's names, as the client wrote them. */
  readonly theme: Readonly<Record<string, unknown>>;
  /** Whether the client opened the page over the whole screen. */
  readonly isFullScreen: boolean;
  /** What the link into Telegram said, or empty; a reload does not say it again. */
  readonly startParam: string;
}

const kept = keptInTab('pixelwars.telegram-launch');

/** Names in the hash that are kept: what signs somebody in is not among them. */
const KEPT = ['tgWebAppVersion', 'tgWebAppThemeParams', 'tgWebAppFullscreen'] as const;

/** Reads launch parameters; `null` when there are none. */
export function parseLaunch(hash: string): Launch | null {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const version = params.get('tgWebAppVersion') ?? '';
  return isVersion(version)
    ? {
        version,
        theme: parsedObject(params.get('tgWebAppThemeParams')),
        isFullScreen: params.get('tgWebAppFullscreen') !== null,
        startParam: startParam(hash),
      }
    : null;
}

/** The launch of a tab that a client opened: in its address, or before a reload. */
export function launchOfTab(hash: string): Launch | null {
  const launch = parseLaunch(hash);
  if (launch === null) {
    return parseLaunch(kept.get() ?? '');
  }
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  kept.set(
    new URLSearchParams(KEPT.map((name) => [name, params.get(name)] as const).filter(
      (entry): entry is [(typeof KEPT)[number], string] => entry[1] !== null,
    )).toString(),
  );
  return launch;
}

function isVersion(text: string): text is Launch['version'] {
  return /^\d+\.\d+$/.test(text);
}

function parsedObject(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
