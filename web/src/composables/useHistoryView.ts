/** The page of the history: which moment is shown, and everything that moves it. */

import {
  computed, type ComputedRef, inject, type InjectionKey, markRaw, onScopeDispose, provide, ref,
  type Ref, shallowRef, type ShallowRef, watch,
} from 'vue';

import { archivedHistoryAddress, HistoryApi, historyAddress } from '../api/history';
import { ApiError } from '../api/http';
import { archivedCanvas } from '../archive';
import type { Cells } from '../canvas/cells';
import type { CanvasManager } from '../canvas/manager';
import { type Palette, parsePalette } from '../canvas/palette';
import { momentFromHash } from '../history/address';
import { WorkerDecoder } from '../history/decoder';
import { HistoryError } from '../history/faults';
import { History } from '../history/history';
import type { Shape } from '../history/keyframe';
import type { RoundEntry } from '../history/manifest';
import { DEFAULT_PACE, type Pace, PACES, Playback } from '../history/playback';
import { type Span, spanOf } from '../history/time-index';
import { Timeline } from '../history/timeline';
import { t } from '../locales';
import { useGame } from '../stores/game';
import type { Camera } from '../stores/view';

/** How far the page has come. */
export type HistoryProgress = 'loading' | 'ready' | 'empty' | 'failed';

/** A canvas of the past, as it is drawn. */
export interface PastCanvas {
  readonly cells: Cells;
  readonly palette: Palette;
  readonly shape: Shape;
}

/** While the present is followed, it is asked for this often. */
const FOLLOW_MS = 2_500;

/** A server that still prepares the history is asked again after this, unless it says when. */
const NOT_READY_MS = 1_500;

/** State and acts of the page; one for the page and all its parts. */
export interface HistoryView {
  readonly manager: ShallowRef<CanvasManager | null>;
  readonly camera: ShallowRef<Camera | null>;
  readonly progress: Ref<HistoryProgress>;
  /** Why there is nothing to see, or the last fault. */
  readonly problem: Ref<string>;
  readonly history: ShallowRef<History | null>;
  readonly canvas: ShallowRef<PastCanvas | null>;
  readonly version: Ref<number>;
  /** Unix ms. */
  readonly clock: Ref<number>;
  readonly round: ComputedRef<RoundEntry | null>;
  readonly span: ComputedRef<Span | null>;
  /** Counts what becomes known of the log: the newest version, further rounds. */
  readonly known: Ref<number>;
  readonly isWaiting: Ref<boolean>;
  readonly isPlaying: Ref<boolean>;
  readonly direction: Ref<1 | -1>;
  readonly pace: ShallowRef<Pace>;
  readonly skipsIdle: Ref<boolean>;
  /** Whether the present is followed. */
  readonly isLive: Ref<boolean>;
  seek(version: number): void;
  /** To about a time, Unix ms. */
  seekTime(time: number): Promise<void>;
  play(direction: 1 | -1): void;
  pause(): void;
  setPace(pace: Pace): void;
  /** To the next slower or faster pace of the same unit. */
  stepPace(step: 1 | -1): void;
  toNow(): Promise<void>;
  retry(): void;
}

const KEY: InjectionKey<HistoryView> = Symbol('history view');

/** The view of the page that this part belongs to. */
export function useHistoryView(): HistoryView {
  const view = inject(KEY);
  if (view === undefined) {
    throw new Error('only parts of the history page have its view');
  }
  return view;
}

/** Makes the view for a page and its parts. */
export function provideHistoryView(): HistoryView {
  const { state } = useGame();
  const manager = shallowRef<CanvasManager | null>(null);
  const camera = shallowRef<Camera | null>(null);
  const progress = ref<HistoryProgress>('loading');
  const problem = ref('');
  const history = shallowRef<History | null>(null);
  const canvas = shallowRef<PastCanvas | null>(null);
  const version = ref(0);
  const clock = ref(0);
  const known = ref(0);
  const isWaiting = ref(false);
  const isPlaying = ref(false);
  const direction = ref<1 | -1>(1);
  const pace = shallowRef<Pace>(DEFAULT_PACE);
  const skipsIdle = ref(true);
  const isLive = ref(false);
  let timeline: Timeline | null = null;
  let playback: Playback | null = null;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let isGone = false;
  const decoder = new WorkerDecoder();

  const round = computed(() => (
    known.value < 0 ? null : (history.value?.roundAt(version.value) ?? null)
  ));
  const span = computed(() => (
    round.value === null || history.value === null
      ? null
      : spanOf(round.value, history.value.newest)
  ));

  async function load(slug: string): Promise<void> {
    progress.value = 'loading';
    problem.value = '';
    try {
      const address = archivedCanvas === null ? historyAddress(slug) : archivedHistoryAddress();
      const found = await History.open(new HistoryApi(address), decoder);
      if (!isGone) {
        begin(found);
      }
    } catch (error) {
      failed(error, slug);
    }
  }

  function failed(error: unknown, slug: string): void {
    progress.value = 'failed';
    if (error instanceof ApiError && error.code === 'history_not_ready') {
      progress.value = 'loading';
      problem.value = t('history.not-ready');
      const wait = error.retryAfterMs ?? NOT_READY_MS;
      retryTimer = setTimeout(() => { void load(slug); }, isGone ? 0 : wait);
      return;
    }
    problem.value = error instanceof ApiError && error.status === 404
      ? t('history.missing')
      : faultText(error, t('history.failed'));
  }

  function begin(found: History): void {
    history.value = markRaw(found);
    timeline = new Timeline(found, {
      shown: (cells, shape) => {
        canvas.value = { cells, palette: parsePalette(shape.colors), shape };
      },
      changed: () => { manager.value?.cellsChanged(); },
      moved: (now) => {
        version.value = now;
        clock.value = timeline?.clock ?? 0;
        progress.value = 'ready';
        problem.value = '';
      },
      waiting: (waits) => { isWaiting.value = waits; },
      failed: (error) => {
        problem.value = faultText(error, t('history.part-failed'));
        pause();
        progress.value = canvas.value === null ? 'failed' : progress.value;
      },
    });
    playback = new Playback(found, timeline, {
      ended: () => { isPlaying.value = false; },
    });
    playback.setPace(pace.value);
    playback.setIdleSkipped(skipsIdle.value);
    if (found.oldest === 0) {
      progress.value = 'empty';
      return;
    }
    fromAddress(found);
  }

  function fromAddress(found: History): void {
    const moment = momentFromHash(location.hash);
    if (moment.pace !== null) {
      setPace(moment.pace);
    }
    const opened = found.rounds.find((one) => one.round === moment.round)?.opened.version;
    const wanted = moment.version ?? opened ?? null;
    if (wanted === null) {
      void toNow();
    } else {
      seek(wanted);
    }
  }

  function seek(wanted: number): void {
    isLive.value = false;
    timeline?.seek(wanted);
    playback?.resync();
  }

  async function seekTime(time: number): Promise<void> {
    const found = history.value;
    if (found === null) {
      return;
    }
    try {
      seek(await found.versionAt(time));
    } catch (error) {
      problem.value = faultText(error, t('history.part-failed'));
    }
  }

  function play(towards: 1 | -1): void {
    isLive.value = false;
    direction.value = towards;
    isPlaying.value = true;
    playback?.play(towards);
  }

  function pause(): void {
    isPlaying.value = false;
    playback?.pause();
  }

  function setPace(chosen: Pace): void {
    pace.value = chosen;
    playback?.setPace(chosen);
  }

  function stepPace(step: 1 | -1): void {
    const alike = PACES.filter(({ unit }) => unit === pace.value.unit);
    const next = step === 1
      ? alike.find(({ rate }) => rate > pace.value.rate)
      : alike.findLast(({ rate }) => rate < pace.value.rate);
    setPace(next ?? pace.value);
  }

  async function toNow(): Promise<void> {
    pause();
    // An archive has an end and no present.
    isLive.value = archivedCanvas === null;
    await follow();
    if (archivedCanvas !== null) {
      seek(history.value?.newest.version ?? 0);
    }
  }

  /** Brings what is known up to now, and shows it while the present is followed. */
  async function follow(): Promise<void> {
    const found = history.value;
    if (found === null) {
      return;
    }
    try {
      await found.follow(Math.max(state.version ?? 0, found.newest.version));
      known.value += 1;
    } catch (error) {
      // What is known already can still be seen; the next time may go better.
      problem.value = canvas.value === null ? faultText(error, t('history.failed')) : problem.value;
    }
    if (isLive.value && !isGone) {
      timeline?.seek(found.newest.version);
    }
  }

  watch(() => archivedCanvas ?? state.slug, (slug) => {
    if (slug !== null) {
      void load(slug);
    }
  }, { immediate: true });
  watch(skipsIdle, (isSkipped) => { playback?.setIdleSkipped(isSkipped); });
  const followTimer = setInterval(() => {
    if (isLive.value && document.visibilityState === 'visible') {
      void follow();
    }
  }, FOLLOW_MS);
  const stopFrames = everyFrame((elapsedMs) => { playback?.tick(elapsedMs); });
  onScopeDispose(() => {
    isGone = true;
    clearInterval(followTimer);
    clearTimeout(retryTimer);
    stopFrames();
    decoder.dispose();
  });

  const view: HistoryView = {
    manager, camera, progress, problem, history, canvas, version, clock, round, span, known,
    isWaiting, isPlaying, direction, pace, skipsIdle, isLive, seek, seekTime, play, pause, setPace,
    stepPace, toNow,
    retry: () => {
      const slug = archivedCanvas ?? state.slug;
      if (slug !== null) {
        void load(slug);
      }
    },
  };
  provide(KEY, view);
  return view;
}

function faultText(error: unknown, otherwise: string): string {
  return error instanceof HistoryError
    ? t('history.refused', { reason: error.message })
    : otherwise;
}

/** Calls with the time since the last frame, in ms, until the answer is called. */
function everyFrame(act: (elapsedMs: number) => void): () => void {
  let last = performance.now();
  let request = requestAnimationFrame(frame);
  function frame(now: number): void {
    act(now - last);
    last = now;
    request = requestAnimationFrame(frame);
  }
  return () => { cancelAnimationFrame(request); };
}
