/** A report that is being written, kept in the tab until it is sent. */

import { FEEDBACK_CONTACT_MAX, FEEDBACK_TEXT_MAX, type FeedbackCategory } from '../api/feedback';
import { parseObject } from '../storage/parse-object';

/** What the form holds. */
export interface FeedbackDraft {
  readonly category: FeedbackCategory;
  readonly text: string;
  readonly contact: string;
  /** Whether the place and the version that the sender sees are sent along. */
  readonly hasPlace: boolean;
}

/** An empty form. */
export const EMPTY_DRAFT: FeedbackDraft = {
  category: 'bug',
  text: '',
  contact: '',
  hasPlace: true,
};

/** In the order of the form. */
export const FEEDBACK_CATEGORIES: readonly FeedbackCategory[] = ['bug', 'idea', 'abuse', 'other'];

/** Reads a kept draft; what is missing or of another kind is as in an empty form. */
export function readDraft(text: string | null): FeedbackDraft {
  const kept = parseObject(text);
  const category = FEEDBACK_CATEGORIES.find((known) => known === kept['category']);
  return {
    category: category ?? EMPTY_DRAFT.category,
    text: typeof kept['text'] === 'string' ? kept['text'] : EMPTY_DRAFT.text,
    contact: typeof kept['contact'] === 'string' ? kept['contact'] : EMPTY_DRAFT.contact,
    hasPlace: typeof kept['hasPlace'] === 'boolean' ? kept['hasPlace'] : EMPTY_DRAFT.hasPlace,
  };
}

/** A text as the server takes it: of control characters only line feeds and tabs, no white ends. */
export function cleaned(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '').trim();
}

/** Characters as the server counts them: an emoji is one or few, not its UTF-16 units. */
export function charactersIn(text: string): number {
  return Array.from(cleaned(text)).length;
}

/** What keeps a draft from being sent, if anything. */
export function faultOf(
  draft: FeedbackDraft,
): 'empty' | 'text-too-long' | 'contact-too-long' | null {
  const length = charactersIn(draft.text);
  if (length === 0) {
    return 'empty';
  }
  if (length > FEEDBACK_TEXT_MAX) {
    return 'text-too-long';
  }
  return charactersIn(draft.contact) > FEEDBACK_CONTACT_MAX ? 'contact-too-long' : null;
}
