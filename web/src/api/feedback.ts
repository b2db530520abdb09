/** Telling the operators something. */

import { request } from './http';

/** What a report is about. */
export type FeedbackCategory = 'bug' | 'idea' | 'abuse' | 'other';

/** `POST /feedback`: what is asked. */
export interface FeedbackRequest {
  readonly category: FeedbackCategory;
  /** 1 to `FEEDBACK_TEXT_MAX` characters. */
  readonly text: string;
  /** How to answer, at most `FEEDBACK_CONTACT_MAX` characters. */
  readonly contact?: string;
  /** Where the sender was: canvas, version, column and row. */
  readonly canvas?: string;
  readonly version?: number;
  readonly x?: number;
  readonly y?: number;
}

/** `POST /feedback`: what is answered. */
export interface FeedbackAnswer {
  readonly id: number | string;
  /** RFC 3339. */
  readonly at: string;
}

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
