/** What the page's title says before its name. */

import type { CooldownRule } from '../api/types';
import type { GameState } from '../game/state';
import { formatCountdown, t } from '../locales';
import { chargesAt } from '../placements/cooldown';

/** What a title is made of. */
export interface TitleState extends Pick<GameState, 'status' | 'queuePosition' | 'charges'> {
  /** `null` before the rule is known. */
  readonly rule: CooldownRule | null;
  /** Whether it became the player's turn while they looked elsewhere. */
  readonly isCalled: boolean;
}

/** The title at `now` (local Unix ms). */
export function titleText(state: TitleState, now: number): string {
  const sign = signOf(state, now);
  return sign === '' ? t('app.name') : `${sign} · ${t('app.name')}`;
}

/** Milliseconds until the title says something else by itself; `null` when it does not. */
export function titleChangesIn({ status, charges, rule }: TitleState, now: number): number | null {
  const nextAt = rule === null ? null : chargesAt(charges, rule, now).nextAt;
  // A countdown rounds up, so it changes at whole seconds before its end.
  return status === 'playing' && nextAt !== null ? (nextAt - now) % 1_000 || 1_000 : null;
}

function signOf({ status, queuePosition, charges, rule, isCalled }: TitleState, now: number) {
  if (isCalled) {
    return t('title.turn');
  }
  if (status === 'queued') {
    return queuePosition > 0 ? t('title.queued', { position: queuePosition }) : '';
  }
  if (status !== 'playing' || rule === null || rule.regain_ms === 0) {
    return '';
  }
  const { available, nextAt } = chargesAt(charges, rule, now);
  if (available === 0 && nextAt !== null) {
    return formatCountdown(nextAt - now);
  }
  return rule.max_charges > 1 ? t('cooldown.charges', { available, max: rule.max_charges }) : '';
}
