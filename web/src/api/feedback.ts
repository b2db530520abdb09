/** Telling the operators something. */

import { request } from './http';
import type { FeedbackAnswer, FeedbackRequest } from './types';

export type { FeedbackCategory, FeedbackRequest } from './types';

/** The server's bound on a report, in characters. */
export const FEEDBACK_TEXT_MAX = 4_000;

/** The server's bound on a contact, in characters. */
export const FEEDBACK_CONTACT_MAX = 200;

/** Sends a report; `token` tells who sends it, `null` for a guest. */
export async function sendFeedback(
  report: FeedbackRequest,
  token: string | null,
): Promise<FeedbackAnswer> {
  const answer = await request('/api/v1/feedback', {
    method: 'POST',
    body: report,
    ...(token === null ? {} : { token }),
  });
  return (await answer.json()) as FeedbackAnswer;
}
