/** What happened to a cell in the round that the history's page shows. */

import {
  computed, onScopeDispose, ref, type Ref, shallowRef, type ShallowRef, watch,
} from 'vue';

import { entriesAround, PAGE } from '../api/cell-entries';
import { fetchCell } from '../api/cells';
import { ApiError } from '../api/http';
import type { CellEntry } from '../api/types';
import type { Point } from '../canvas/viewport';
import { errorText, t } from '../locales';
import { useGame } from '../stores/game';
import { useHistoryView } from './useHistoryView';

/** Shown this long, a moment is one to tell about. */
const SETTLED_MS = 250;

/** Entries of one cell and round, and how they are come by. */
export interface CellEntries {
  /** Without a gap, the newest first. */
  readonly entries: ShallowRef<readonly CellEntry[]>;
  /** Where older ones begin; `null` when there are none. */
  readonly nextBefore: Ref<number | null>;
  /** Why they could not be fetched; empty when they could. */
  readonly problem: Ref<string>;
  readonly isLoading: Ref<boolean>;
  /** Fetches the next older ones. */
  readonly more: () => Promise<void>;
}

/** What entries are asked for. */
interface Subject {
  readonly slug: string;
  readonly cell: Point;
  readonly round: number;
}

/** Keeps entries of a cell around the moment that is shown. */
export function useCellEntries(cell: () => Point): CellEntries {
  const { state } = useGame();
  const view = useHistoryView();
  const entries = shallowRef<readonly CellEntry[]>([]);
  const nextBefore = ref<number | null>(null);
  const problem = ref('');
  const isLoading = ref(false);
  const round = computed(() => view.round.value?.round ?? null);
  /** The version up to which the entries are complete. */
  let knownUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** `null` while the round is not known, and where no server is. */
  function subject(): Subject | null {
    const { slug } = state;
    return slug === null || round.value === null
      ? null
      : { slug, cell: cell(), round: round.value };
  }

  function isSubject(about: Subject): boolean {
    return about.cell === cell() && about.round === round.value;
  }

  /** Loads the newest entries and goes back until those of the moment shown are there too. */
  async function load(): Promise<void> {
    const about = subject();
    if (about === null || isLoading.value) {
      return;
    }
    isLoading.value = true;
    problem.value = '';
    const moment = { round: about.round, version: view.version.value };
    try {
      const found = await entriesAround(about.slug, about.cell, moment);
      if (isSubject(about)) {
        entries.value = found.entries;
        nextBefore.value = found.nextBefore;
        knownUntil = found.knownUntil;
      }
    } catch (error) {
      failed(error);
    }
    isLoading.value = false;
    if (!isSubject(about)) {
      void load();
    }
  }

  function failed(error: unknown): void {
    problem.value = error instanceof ApiError ? errorText(error) : t('cell.failed');
  }

  async function more(): Promise<void> {
    const about = subject();
    if (about === null || nextBefore.value === null) {
      return;
    }
    const { slug, cell: asked, round: ofRound } = about;
    try {
      const page = await fetchCell(slug, asked, {
        round: ofRound, before: nextBefore.value, limit: PAGE,
      });
      if (isSubject(about)) {
        entries.value = [...entries.value, ...page.history];
        nextBefore.value = page.next_before;
      }
    } catch (error) {
      failed(error);
    }
  }

  /** Whether the entries loaded tell about a version. */
  function isKnown(version: number): boolean {
    const oldest = entries.value.at(-1)?.version ?? 0;
    return version <= knownUntil && (nextBefore.value === null || oldest <= version);
  }

  watch([cell, round], () => {
    entries.value = [];
    nextBefore.value = null;
    knownUntil = 0;
    void load();
  }, { immediate: true });
  watch([view.version, view.isPlaying], ([version, isPlaying]) => {
    clearTimeout(timer);
    if (!isPlaying && !isKnown(version)) {
      timer = setTimeout(() => { void load(); }, SETTLED_MS);
    }
  });
  onScopeDispose(() => { clearTimeout(timer); });

  return { entries, nextBefore, problem, isLoading, more };
}
