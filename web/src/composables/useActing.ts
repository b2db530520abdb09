/** One act from its form over its preview to its outcome, and back. */

import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue';

import type { TimedPreview } from '../api/moderation';
import type { Act, ActRecord } from '../api/types';
import { faultText } from '../components/moderation/words';
import { t } from '../locales';
import { type ActDraft, type ActField, actOf, DraftError, EMPTY_ACT } from '../moderation/draft';
import { type ActKind, needsPreview } from '../moderation/kinds';
import { useStaff } from '../stores/staff';

/** How far an act is. */
export type ActPhase = 'form' | 'looking' | 'preview' | 'doing' | 'done';

/** An act that is being made. */
export function useActing(first: ActKind) {
  const staff = useStaff();
  const kind = ref<ActKind>(first);
  const draft = reactive<ActDraft>({ ...EMPTY_ACT });
  const reason = ref('');
  const phase = ref<ActPhase>('form');
  const timed = shallowRef<TimedPreview | null>(null);
  /** The address of the preview's picture; `failed` if it could not be loaded. */
  const picture = ref<string | null>(null);
  const outcome = shallowRef<ActRecord | null>(null);
  /** The outcome is that of an undo. */
  const isUndo = ref(false);
  const complaint = ref('');
  const wrongField = ref<ActField | null>(null);
  const isBusy = computed(() => phase.value === 'looking' || phase.value === 'doing');
  let asked: Act | null = null;

  function read(): Act | null {
    complaint.value = '';
    wrongField.value = null;
    try {
      return actOf(kind.value, draft, Date.now());
    } catch (error) {
      if (!(error instanceof DraftError)) {
        throw error;
      }
      wrongField.value = error.field;
      complaint.value = t('act-field.wrong', { field: t(`act-field.${error.field}`) });
      return null;
    }
  }

  function setPicture(next: string | null): void {
    if (picture.value?.startsWith('blob:') === true) {
      URL.revokeObjectURL(picture.value);
    }
    picture.value = next;
  }

  /** Looks at what the form's act would do, or does it where there is nothing to look at. */
  async function submit(): Promise<void> {
    const act = isBusy.value ? null : read();
    if (act === null) {
      return;
    }
    asked = act;
    await (needsPreview(act) ? look(act) : perform(act, null));
  }

  async function look(act: Act): Promise<void> {
    phase.value = 'looking';
    complaint.value = '';
    setPicture(null);
    try {
      timed.value = await staff.api?.preview(act) ?? null;
      phase.value = timed.value === null ? 'form' : 'preview';
    } catch (error) {
      timed.value = null;
      phase.value = 'form';
      complaint.value = faultText(error);
      return;
    }
    const shown = timed.value;
    if (shown === null) {
      return;
    }
    try {
      const blob = await staff.api?.picture(shown.preview);
      if (blob !== undefined && timed.value === shown) {
        setPicture(URL.createObjectURL(blob));
      }
    } catch {
      setPicture(timed.value === shown ? 'failed' : null);
    }
  }

  /** Looks at the same act again. */
  async function lookAgain(): Promise<void> {
    if (asked !== null && !isBusy.value) {
      await look(asked);
    }
  }

  /** Does what the preview showed. */
  async function confirm(): Promise<void> {
    if (timed.value !== null && asked !== null && !isBusy.value) {
      await perform(asked, timed.value.preview.id);
    }
  }

  async function perform(act: Act, preview: string | null): Promise<void> {
    const back = preview === null ? 'form' : 'preview';
    phase.value = 'doing';
    complaint.value = '';
    try {
      outcome.value = await staff.api?.perform(act, reason.value.trim(), preview) ?? null;
      isUndo.value = false;
      phase.value = outcome.value === null ? back : 'done';
    } catch (error) {
      phase.value = back;
      complaint.value = faultText(error);
    }
  }

  /** Undoes what was done just now. */
  async function undo(): Promise<void> {
    const done = outcome.value;
    if (done === null || isBusy.value) {
      return;
    }
    phase.value = 'doing';
    complaint.value = '';
    try {
      outcome.value = await staff.api?.undo(done.id, done.reason) ?? done;
      isUndo.value = true;
    } catch (error) {
      complaint.value = faultText(error);
    }
    phase.value = 'done';
  }

  /** Goes back to the form, which stays as it is. */
  function cancel(): void {
    phase.value = 'form';
    timed.value = null;
    complaint.value = '';
    setPicture(null);
  }

  /** Begins another act. */
  function next(): void {
    cancel();
    outcome.value = null;
    Object.assign(draft, EMPTY_ACT);
    reason.value = '';
  }

  onScopeDispose(() => { setPicture(null); });
  return {
    kind, draft, reason, phase, timed, picture, outcome, isUndo, complaint, wrongField, isBusy,
    submit, lookAgain, confirm, undo, cancel, next,
  };
}
