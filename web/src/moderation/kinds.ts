/** The acts there are, and who may do them. The server has the last word. */

import type { Act, Role } from '../api/types';

/** The name of an act. */
export type ActKind = Act['kind'];

/** From the least to the most. */
export const ROLES = ['player', 'helper', 'moderator', 'admin'] as const satisfies readonly Role[];

/** What belongs together on the page. */
export type ActGroup = 'canvas' | 'player' | 'round';

/** What the page knows of an act. */
export interface ActRule {
  readonly kind: ActKind;
  readonly group: ActGroup;
  readonly least: Role;
  /** Whether it takes away what players made, and is confirmed after a look. */
  readonly previews: boolean;
  /** Whether the canvas's name has to be typed: it takes everything. */
  readonly typed: boolean;
}

function rule(
  kind: ActKind,
  group: ActGroup,
  least: Role,
  { previews = false, typed = false }: { previews?: boolean; typed?: boolean } = {},
): ActRule {
  return { kind, group, least, previews, typed };
}

/** Every act, in the order of the page. */
export const ACTS: readonly ActRule[] = [
  rule('roll_back', 'canvas', 'moderator', { previews: true }),
  rule('erase_region', 'canvas', 'moderator', { previews: true }),
  rule('protect_region', 'canvas', 'moderator'),
  rule('unprotect_region', 'canvas', 'moderator'),
  rule('lock_canvas', 'canvas', 'moderator'),
  rule('unlock_canvas', 'canvas', 'moderator'),
  rule('announce', 'canvas', 'moderator'),
  rule('ban', 'player', 'moderator'),
  rule('unban', 'player', 'moderator'),
  rule('mute', 'player', 'helper'),
  rule('unmute', 'player', 'helper'),
  rule('verify', 'player', 'moderator'),
  rule('unverify', 'player', 'moderator'),
  rule('set_role', 'player', 'admin'),
  rule('open_round', 'round', 'admin', { previews: true, typed: true }),
  rule('close_round', 'round', 'admin', { previews: true }),
  rule('clear_canvas', 'round', 'admin', { previews: true, typed: true }),
  rule('expand_canvas', 'round', 'admin'),
  rule('extend_palette', 'round', 'admin'),
  rule('change_cooldown', 'round', 'admin'),
];

/** Whether a role may do what `least` may. */
export function isAtLeast(role: Role | null, least: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** The acts of a role. */
export function actsOf(role: Role | null): readonly ActRule[] {
  return ACTS.filter(({ least }) => isAtLeast(role, least));
}

/** What the page knows of an act. */
export function ruleOf(kind: ActKind): ActRule {
  const found = ACTS.find((known) => known.kind === kind);
  if (found === undefined) {
    throw new RangeError(`there is no act ${kind}`);
  }
  return found;
}

/** Whether an act is confirmed after a look: a ban is if it takes the player's work too. */
export function needsPreview(act: Act): boolean {
  return ruleOf(act.kind).previews || (act.kind === 'ban' && act.roll_back === true);
}
