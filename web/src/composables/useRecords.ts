/** The staff's records, page by page, and undoing. */

import { ref, shallowRef } from 'vue';

import type { ActRecord } from '../api/types';
import { faultText } from '../components/moderation/words';
import { t } from '../locales';
import { ruleOf } from '../moderation/kinds';
import { useGame } from '../stores/game';
import { useStaff } from '../stores/staff';

/** Acts that nothing can undo: a canvas and a palette only grow. */
const FOR_GOOD: readonly string[] = ['expand_canvas', 'extend_palette'];

/** Loads the newest records at once. */
export function useRecords() {
  const staff = useStaff();
  const { game } = useGame();
  const records = shallowRef<readonly ActRecord[]>([]);
  const nextBefore = ref<number | null>(null);
  const isLoading = ref(true);
  const isBusy = ref(false);
  const problem = ref('');

  async function load(before: number | null = null): Promise<void> {
    isLoading.value = true;
    problem.value = '';
    try {
      const page = await staff.api?.acts(before);
      if (page !== undefined) {
        records.value = before === null ? page.acts : [...records.value, ...page.acts];
        nextBefore.value = page.next_before;
      }
    } catch (error) {
      problem.value = faultText(error);
    }
    isLoading.value = false;
  }

  /** Whether the own role may undo a record, as far as the page can tell. */
  function canUndo({ act, state, undoes, undone_by: undoneBy, ...record }: ActRecord): boolean {
    const isDone = state === 'done' || record.version_after !== null;
    return isDone && state !== 'begun' && undoes === null && undoneBy === null
      && !FOR_GOOD.includes(act.kind) && staff.may(ruleOf(act.kind).least);
  }

  /** Undoes a record and loads the newest anew; resolves to the act that undid it. */
  async function undo({ id, reason }: ActRecord): Promise<ActRecord | null> {
    isBusy.value = true;
    problem.value = '';
    try {
      const undone = await staff.api?.undo(id, reason) ?? null;
      game.say('good', t('line.undone', { id: undone?.id ?? 0 }));
      await load();
      return undone;
    } catch (error) {
      problem.value = faultText(error);
      return null;
    } finally {
      isBusy.value = false;
    }
  }

  void load();
  return { records, nextBefore, isLoading, isBusy, problem, load, canUndo, undo };
}
