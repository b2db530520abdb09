/** Telling the moderators of a cell or of a player. */

import { request } from './http';
import type { LoginSession } from './login-session';
import type { ReportRequest } from './types';

/** The server's bound on a report's words, in characters. */
export const REPORT_TEXT_MAX = 1_000;

/** Sends a report of whoever is signed in; one that was sent already is no fault. */
export async function sendReport(
  canvas: string,
  report: ReportRequest,
  session: LoginSession,
): Promise<void> {
  await session.authorized(async (token) => {
    const url = `/api/v1/canvases/${encodeURIComponent(canvas)}/reports`;
    (await request(url, { method: 'POST', token, body: report })).discard();
  });
}
