/** What the console says of acts, people and faults. */

import { ApiError } from '../../api/http';
import type { Act, ActRecord, LogEntry, Named, Region, Role } from '../../api/types';
import { errorText, formatCountdown, type MessageKey, t } from '../../locales';
import { formatMoment } from '../../locales/times';
import type { ActKind } from '../../moderation/kinds';
import { parseRegion } from '../../moderation/region';

/** Codes that the console has words of its own for. */
const OWN_CODES = [
  'not_a_moderator', 'invalid_act', 'nothing_to_do', 'preview_needed', 'preview_gone',
  'overtaken', 'act_not_found', 'not_undoable', 'wrong_code', 'history_not_ready',
  'report_not_found', 'invalid_resolution', 'already_resolved', 'concerns_you',
  'player_not_found',
] as const;

/** A record as both logs show it: what is not told is `null`. */
export interface Line {
  readonly id: number;
  readonly kind: ActKind;
  readonly act: Act | null;
  readonly by: Named | null;
  readonly role: Role | null;
  readonly concerns: Named | null;
  readonly reason: string;
  readonly at: string;
  readonly state: ActRecord['state'];
  readonly undoes: number | null;
  readonly undoneBy: number | null;
  readonly before: number;
  readonly after: number | null;
  readonly cells: number;
  readonly error: string | null;
}

/** A record of the staff's log. */
export function lineOfRecord(record: ActRecord): Line {
  const { id, act, by, role, concerns, reason, at, state, undoes, outcome } = record;
  return {
    id, kind: act.kind, act, by, role, concerns, reason, at, state, undoes,
    undoneBy: record.undone_by,
    before: record.version_before,
    after: record.version_after,
    cells: outcome.cells,
    error: outcome.error,
  };
}

/** An entry of the public log. */
export function lineOfEntry(entry: LogEntry): Line {
  const { id, act, by, concerns, reason, at, undoes, cells } = entry;
  return {
    id, act, by, concerns, reason, at, undoes, cells,
    kind: entry.kind as ActKind,
    role: null,
    state: 'done',
    undoneBy: entry.undone_by,
    before: entry.version_before,
    after: entry.version_after,
    error: null,
  };
}

/** An act's name. */
export function actName(kind: ActKind): string {
  return t(`act.${kind}`);
}

/** Somebody's name: those who are no players have none of their own. */
export function nameOf({ player, name }: Named): string {
  if (player !== null) {
    return name;
  }
  return t(name.startsWith('telegram:') ? 'line.telegram' : 'line.operator');
}

/** The region of an act, if it has one. */
export function regionOfAct(act: Act | null): Region | null {
  return act !== null && 'region' in act && typeof act.region === 'string'
    ? parseRegion(act.region)
    : null;
}

/** One thing that an act says beside its name. */
export interface Fact {
  readonly label: MessageKey | null;
  readonly text: string;
}

/** What an act says beside its name, its player and its region. */
export function factsOf(act: Act | null): readonly Fact[] {
  switch (act?.kind) {
    case 'ban':
    case 'mute': {
      const work = act.kind === 'ban' && act.roll_back === true;
      return [
        act.until == null
          ? { label: null, text: t('line.until-lifted') }
          : { label: 'line.until', text: momentOf(act.until) },
        ...(work ? [{ label: null, text: t('line.with-work') }] : []),
      ];
    }
    case 'announce':
      return [{ label: null, text: act.text === '' ? '—' : act.text }];
    case 'set_role':
      return [{ label: 'act-field.role', text: t(`role.${act.role}`) }];
    case 'roll_back': {
      return act.from == null && act.to == null
        ? []
        : [{ label: 'line.versions', text: `${act.from ?? 1}–${act.to ?? '…'}` }];
    }
    case 'expand_canvas':
      return [{ label: null, text: t('line.size', { width: act.width, height: act.height }) }];
    case 'open_round':
      return act.title == null || act.title === '' ? [] : [{ label: null, text: act.title }];
    case 'extend_palette':
      return [{ label: null, text: act.colors.join(' ') }];
    case undefined:
    case 'change_cooldown':
    case 'clear_canvas':
    case 'close_round':
    case 'erase_region':
    case 'lock_canvas':
    case 'protect_region':
    case 'unban':
    case 'unlock_canvas':
    case 'unmute':
    case 'unprotect_region':
    case 'unverify':
    case 'verify':
      return [];
  }
}

function momentOf(at: string): string {
  return formatMoment(Date.parse(at));
}

/** What to say of a fault. */
export function faultText(error: unknown): string {
  if (!(error instanceof ApiError)) {
    return t('console.unreachable');
  }
  const own = OWN_CODES.find((code) => code === error.code);
  return own === undefined
    ? errorText(error, { time: formatCountdown(error.retryAfterMs ?? 0) })
    : t(`act-error.${own}`, { message: error.message });
}
