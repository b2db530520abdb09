/** The film that somebody makes: it goes on while its sheet is closed. */

import { defineStore } from 'pinia';
import { markRaw, ref, shallowRef } from 'vue';

import { ApiError } from '../api/http';
import { archivedHistoryAddress, historyAddress } from '../api/history';
import { TimelapseApi } from '../api/timelapses';
import type { TimelapseOffer, TimelapseState } from '../api/types';
import { archivedCanvas } from '../archive';
import type { Box } from '../canvas/viewport';
import { browserFormats, makeInBrowser } from '../film/browser-film';
import { type BrowserFormat, FilmError } from '../film/order';
import { isOver, untilOver } from '../film/server-film';
import { FIRST_WISH, type FilmRange, type FilmWish, orderOf, requestOf } from '../film/wish';
import { errorText, formatCountdown, t } from '../locales';
import { useGame } from './game';

/** How far the film is. */
export type FilmWork =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'queued'; readonly ahead: number }
  | { readonly kind: 'rendering'; readonly progress: number }
  | { readonly kind: 'done'; readonly file: FilmFile }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'cancelled' };

/** A finished film. */
export interface FilmFile {
  readonly url: string;
  readonly name: string;
  readonly bytes: number;
  /** Media type. */
  readonly type: string;
  /** Until when the server keeps it, RFC 3339; `null` for one that is only here. */
  readonly expiresAt: string | null;
}

/** Makes one film after another. */
export const useFilm = defineStore('film', () => {
  const { state, account, game } = useGame();
  const wish = ref<FilmWish>({ ...FIRST_WISH });
  const work = shallowRef<FilmWork>({ kind: 'none' });
  const offer = shallowRef<TimelapseOffer | null>(null);
  const ownFormats = shallowRef<readonly BrowserFormat[]>([]);
  let stop: AbortController | null = null;
  let askedId: string | null = null;

  function canvas(): string {
    return archivedCanvas ?? state.slug ?? '';
  }

  function api(): TimelapseApi {
    return new TimelapseApi(canvas());
  }

  /** Asks who can make which films. A server that does not answer offers none. */
  async function look(): Promise<void> {
    const served = archivedCanvas === null ? api().offer().catch(() => null) : null;
    const [fromServer, own] = await Promise.all([served, browserFormats()]);
    offer.value = fromServer;
    ownFormats.value = own;
  }

  /** Begins a film. */
  async function make(range: FilmRange, region: Box | null): Promise<void> {
    const own = markRaw(new AbortController());
    stop = own;
    work.value = { kind: 'asking' };
    try {
      await (wish.value.maker === 'server'
        ? fromServer(range, region, own.signal)
        : fromBrowser(range, region, own.signal));
    } catch (error) {
      if (!own.signal.aborted) {
        work.value = { kind: 'failed', text: textOf(error) };
      }
    }
  }

  async function fromServer(
    range: FilmRange, region: Box | null, signal: AbortSignal,
  ): Promise<void> {
    const body = requestOf(wish.value, range, region);
    const films = api();
    const { session } = game.account;
    const asked = await session.authorized((token) => films.ask(token, body));
    if (signal.aborted) {
      await session.authorized((token) => films.cancel(token, asked.id));
      return;
    }
    askedId = asked.id;
    tell(asked);
    if (!isOver(asked)) {
      const told = (next: TimelapseState) => {
        if (!signal.aborted) {
          tell(next);
        }
      };
      await untilOver(() => films.state(asked.id), told, signal);
    }
  }

  function tell({ status, position, progress, film, file, error, ...rest }: TimelapseState): void {
    switch (status) {
      case 'queued':
        work.value = { kind: 'queued', ahead: position };
        break;
      case 'rendering':
        work.value = { kind: 'rendering', progress };
        break;
      case 'done':
        work.value = {
          kind: 'done',
          file: {
            url: new URL(file?.url ?? '', location.origin).href,
            name: nameOf(film.round, film.from_version, film.to_version, film.format),
            bytes: file?.bytes ?? 0,
            type: file?.media_type ?? '',
            expiresAt: rest.expires_at ?? null,
          },
        };
        break;
      case 'failed':
        work.value = { kind: 'failed', text: failureText(error?.code ?? '') };
        break;
      case 'cancelled':
        work.value = { kind: 'cancelled' };
        break;
    }
  }

  async function fromBrowser(
    range: FilmRange, region: Box | null, signal: AbortSignal,
  ): Promise<void> {
    const address = archivedCanvas === null ? historyAddress(canvas()) : archivedHistoryAddress();
    const order = orderOf(wish.value, range, region, address);
    work.value = { kind: 'rendering', progress: 0 };
    const told = (progress: number) => { work.value = { kind: 'rendering', progress }; };
    const blob = await makeInBrowser(order, told, signal);
    work.value = {
      kind: 'done',
      file: {
        url: URL.createObjectURL(blob),
        name: nameOf(range.round, range.from, range.to, order.format),
        bytes: blob.size,
        type: blob.type,
        expiresAt: null,
      },
    };
  }

  function nameOf(round: number, from: number, to: number, format: string): string {
    return `${canvas()}-${round}-v${from}-v${to}.${format}`;
  }

  /** Gives the film up that is being made. */
  async function cancel(): Promise<void> {
    stop?.abort(new Error('the film was given up'));
    work.value = { kind: 'cancelled' };
    const id = askedId;
    askedId = null;
    if (id !== null && account.player !== null) {
      try {
        await game.account.session.authorized((token) => api().cancel(token, id));
      } catch (error) {
        work.value = { kind: 'failed', text: textOf(error) };
      }
    }
  }

  /** Goes back to the form; a film that is only here is gone then. */
  function forget(): void {
    const { value } = work;
    if (value.kind === 'done' && value.file.url.startsWith('blob:')) {
      URL.revokeObjectURL(value.file.url);
    }
    askedId = null;
    work.value = { kind: 'none' };
  }

  return { wish, work, offer, ownFormats, look, make, cancel, forget };
});

function textOf(error: unknown): string {
  if (error instanceof ApiError) {
    return errorText(error, { time: formatCountdown(error.retryAfterMs ?? 0) });
  }
  return error instanceof FilmError ? t(`film.fault-${error.fault}`) : t('film.unreachable');
}

function failureText(code: string): string {
  switch (code) {
    case 'too_large':
      return t('film.too-large');
    case 'too_slow':
      return t('film.too-slow');
    default:
      return t('film.fault-server');
  }
}
