/** How a player stands, as far as the records tell. */

import type { ActRecord, Role } from '../api/types';

/** Bans, mutes and roles that are in force. */
export interface Standing {
  /** The end (Unix ms), or `lifted` for until it is lifted; `null` for none. */
  readonly banned: number | 'lifted' | null;
  readonly muted: number | 'lifted' | null;
  readonly isVerified: boolean;
  /** The role that was given last; `null` when none is on these records. */
  readonly role: Role | null;
}

/** Reads the records, newest first, for what holds at `now` (Unix ms); the newest word counts. */
export function standingOf(
  records: readonly ActRecord[],
  player: string,
  now: number,
): Standing {
  // What was undone does not hold, and an undo of it says nothing more.
  const valid = records.filter(({ state, undone_by: undoneBy, undoes }) =>
    state === 'done' && undoneBy === null && undoes === null);
  const acts = valid.map(({ act }) => act)
    .filter((act) => 'player' in act && act.player === player);
  const ban = acts.find(({ kind }) => kind === 'ban' || kind === 'unban');
  const mute = acts.find(({ kind }) => kind === 'mute' || kind === 'unmute');
  const proof = acts.find(({ kind }) => kind === 'verify' || kind === 'unverify');
  const given = acts.find((act) => act.kind === 'set_role');
  return {
    banned: ban?.kind === 'ban' ? endOf(ban.until, now) : null,
    muted: mute?.kind === 'mute' ? endOf(mute.until, now) : null,
    isVerified: proof?.kind === 'verify',
    role: given?.role ?? null,
  };
}

function endOf(until: string | null | undefined, now: number): number | 'lifted' | null {
  if (until == null) {
    return 'lifted';
  }
  const end = Date.parse(until);
  return end > now ? end : null;
}
