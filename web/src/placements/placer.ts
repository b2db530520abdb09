/**
 * Places cells: shown at once as pending, made real when the feed reaches the acknowledged
 * version, taken back with the reason when the server says no.
 */

import { ApiError, NetworkError } from '../api/http';
import type {
  CooldownRule,
  PlacementAnswer,
  PlacementRequest,
  PlayerCharges,
  UndoAnswer,
} from '../api/types';
import type { Cells } from '../canvas/cells';
import { retryDelay } from '../live/backoff';
import { type Charges, chargesAt, fullCharges, spend } from './cooldown';
import { newPlacementId } from './placement-id';
import type { ServerClock } from './server-clock';

/** Requests under way at most; a faster hand is told to wait. */
const MAX_IN_FLIGHT = 8;

/** Sends of one request at most, all with the same id. */
const MAX_ATTEMPTS = 4;

/** A server that asks for a longer wait than this gets no automatic retry. */
const MAX_RETRY_WAIT_MS = 10_000;

/** Why a placement or an undo did not happen. */
export interface Refusal {
  /** The server's code, or `unreachable` when no answer came. */
  readonly code: string;
  /** The server's sentence, for codes this page does not know. */
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** A placement that may be taken back until `until` (local Unix ms). */
export interface Undoable {
  readonly version: number;
  readonly until: number;
}

/** The two requests this needs. */
export interface PlacementApi {
  place(placement: PlacementRequest): Promise<PlacementAnswer>;
  undo(version: number, id: string): Promise<UndoAnswer>;
}

/** What the placer tells. */
export interface PlacerEvents {
  /** The pending cells changed. */
  pendingChanged(): void;
  charges(charges: Charges): void;
  undoable(undoable: Undoable | null): void;
  /** The server has this version; the canvas will have to show it. */
  acknowledged(version: number): void;
  /** An action moved the end of the seat to here (local Unix ms). */
  playingUntil(at: number): void;
}

/** What a placer needs besides its requests. */
export interface PlacerOptions {
  readonly events: PlacerEvents;
  readonly clock: ServerClock;
  /**
   * Mends what a refusal with this code complains of, such as a lost seat; resolves to whether the
   * request may be sent again.
   */
  readonly mend: (code: string) => Promise<boolean>;
  readonly random?: () => number;
}

interface Pending {
  readonly cells: Cells;
  readonly index: number;
  readonly color: number;
  /** Known once acknowledged. */
  version: number | null;
}

/** Places and undoes for one player. */
export class Placer {
  private readonly api: PlacementApi;
  private readonly options: PlacerOptions;
  private readonly events: PlacerEvents;
  private readonly clock: ServerClock;
  private readonly random: () => number;
  private readonly pending = new Map<string, Pending>();
  private rule: CooldownRule = { max_charges: 1, regain_ms: 0 };
  private charges: Charges = fullCharges(this.rule);
  private undoable: Undoable | null = null;
  /** The version that the canvas shows. */
  private shown = -1;
  /** The version of the newest answer so far; answers overtake each other. */
  private answered = -1;

  constructor(api: PlacementApi, options: PlacerOptions) {
    this.api = api;
    this.options = options;
    this.events = options.events;
    this.clock = options.clock;
    this.random = options.random ?? Math.random;
  }

  /** Takes over a cooldown rule; a changed one starts from a full bucket until the server says. */
  setRule(rule: CooldownRule): void {
    if (rule.max_charges !== this.rule.max_charges || rule.regain_ms !== this.rule.regain_ms) {
      this.rule = rule;
      this.setCharges(fullCharges(rule));
    }
  }

  /** Places a colour; resolves to `null` when it is durably placed, else to the reason. */
  async place(cells: Cells, x: number, y: number, color: number): Promise<Refusal | null> {
    if (!cells.contains(x, y)) {
      return refusal('out_of_bounds');
    }
    const index = cells.indexOf(x, y);
    const now = Date.now();
    const charges = chargesAt(this.charges, this.rule, now);
    if (charges.available === 0) {
      return refusal('cooling_down', charges.nextAt === null ? null : charges.nextAt - now);
    }
    if (cells.shownColor(index) === color) {
      return refusal('unchanged');
    }
    if (this.inFlight >= MAX_IN_FLIGHT) {
      return refusal('too_fast');
    }
    const id = newPlacementId();
    this.addPending(id, { cells, index, color, version: null });
    this.setCharges(spend(charges, this.rule, now));
    try {
      const answer = await this.withRetries(() => this.api.place({ id, x, y, color }));
      this.accept(id, answer);
      return null;
    } catch (error) {
      this.removePending(id);
      return this.refused(error);
    }
  }

  /** Takes the last placement back; resolves to `null` when done, else to the reason. */
  async undo(): Promise<Refusal | null> {
    const { undoable } = this;
    if (undoable === null) {
      return refusal('undo_too_late');
    }
    this.setUndoable(null);
    const id = newPlacementId();
    try {
      const answer = await this.withRetries(() => this.api.undo(undoable.version, id));
      if (this.isNewest(answer.version)) {
        this.takeCharges(answer);
      }
      this.takeSeatEnd(answer.playing_until);
      this.events.acknowledged(answer.version);
      return null;
    } catch (error) {
      return asRefusal(error);
    }
  }

  /**
   * Takes over the charges that came with a seat, as they were at a version. While a placement is
   * under way its own answer, which comes later, knows better.
   */
  takeSeat(answer: PlayerCharges & { readonly version: number }): void {
    if (this.inFlight === 0 && this.isNewest(answer.version)) {
      this.takeCharges(answer);
    }
  }

  /** The canvas now shows this version: what it acknowledges is no longer pending. */
  reached(version: number): void {
    this.shown = version;
    for (const [id, pending] of this.pending) {
      if (pending.version !== null && pending.version <= version) {
        this.removePending(id);
      }
    }
  }

  private accept(id: string, answer: PlacementAnswer): void {
    const now = Date.now();
    this.clock.learn(answer.at, now);
    const pending = this.pending.get(id);
    if (pending !== undefined) {
      pending.version = answer.version;
      // The feed may be faster than the answer.
      if (answer.version <= this.shown) {
        this.removePending(id);
      }
    }
    if (this.isNewest(answer.version)) {
      this.takeCharges(answer);
      this.setUndoable({ version: answer.version, until: this.clock.toLocal(answer.undo_until) });
    }
    this.takeSeatEnd(answer.playing_until);
    this.events.acknowledged(answer.version);
  }

  private refused(error: unknown): Refusal {
    const result = asRefusal(error);
    const now = Date.now();
    if (result.code === 'cooling_down' && result.retryAfterMs !== null) {
      this.setCharges({ available: 0, nextAt: now + result.retryAfterMs });
    } else {
      const { available, nextAt } = chargesAt(this.charges, this.rule, now);
      this.setCharges(
        chargesAt({ available: available + 1, nextAt }, this.rule, now),
      );
    }
    return result;
  }

  private async withRetries<T>(send: () => Promise<T>): Promise<T> {
    let isMended = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (!isMended && error instanceof ApiError && (await this.options.mend(error.code))) {
          isMended = true;
          continue;
        }
        const wait = retryWait(error, attempt, this.random());
        if (wait === null) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Placements whose answer has not come. */
  private get inFlight(): number {
    return [...this.pending.values()].filter(({ version }) => version === null).length;
  }

  /** Whether no answer of a newer version came before; what an older one says is over. */
  private isNewest(version: number): boolean {
    this.answered = Math.max(this.answered, version);
    return version === this.answered;
  }

  private takeCharges(answer: PlayerCharges): void {
    const nextAt =
      answer.next_charge_at === null ? null : this.clock.toLocal(answer.next_charge_at);
    this.setCharges({ available: answer.charges, nextAt });
  }

  private takeSeatEnd(until: string | null): void {
    if (until !== null) {
      this.events.playingUntil(this.clock.toLocal(until));
    }
  }

  private setCharges(charges: Charges): void {
    this.charges = charges;
    this.events.charges(charges);
  }

  private setUndoable(undoable: Undoable | null): void {
    this.undoable = undoable;
    this.events.undoable(undoable);
  }

  private addPending(id: string, pending: Pending): void {
    this.pending.set(id, pending);
    pending.cells.setPending(pending.index, pending.color);
    this.events.pendingChanged();
  }

  /** Shows what lies below: an older pending colour of the same cell, or the truth. */
  private removePending(id: string): void {
    const removed = this.pending.get(id);
    if (removed === undefined) {
      return;
    }
    this.pending.delete(id);
    const { cells, index } = removed;
    const below = [...this.pending.values()]
      .filter((other) => other.cells === cells && other.index === index)
      .at(-1);
    if (below === undefined) {
      cells.clearPending(index);
    } else {
      cells.setPending(index, below.color);
    }
    this.events.pendingChanged();
  }
}

function refusal(code: string, retryAfterMs: number | null = null): Refusal {
  return { code, message: '', retryAfterMs };
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof ApiError) {
    return { code: error.code, message: error.message, retryAfterMs: error.retryAfterMs };
  }
  if (!(error instanceof NetworkError)) {
    console.error('could not read the answer to a placement', error);
  }
  return refusal('unreachable');
}

/** How long to wait before sending again, or `null` when that would not help. */
function retryWait(error: unknown, attempt: number, random: number): number | null {
  const isRetryable =
    error instanceof NetworkError || (error instanceof ApiError && error.status >= 500);
  if (!isRetryable || attempt + 1 >= MAX_ATTEMPTS) {
    return null;
  }
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return asked > MAX_RETRY_WAIT_MS ? null : Math.max(asked, retryDelay(attempt, random));
}
