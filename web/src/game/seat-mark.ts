/** Which tab of this browser plays. */

import { keptInTab, keptOnDevice, randomWord } from '../storage/kept-text';

/** Held by the tab that plays, for as long as it lives. */
const SEAT_LOCK = 'pixelwars.seat';

/**
 * Whether a seat that the account has is this tab's. A reload takes its seat up again; a second
 * tab does not take it away from the first without being asked.
 */
export class SeatMark {
  /** The tab that played last in this browser and did not end its game. */
  private readonly last = keptOnDevice('pixelwars.seat');
  private readonly tab: string;
  private release: (() => void) | null = null;

  constructor() {
    const kept = keptInTab('pixelwars.tab');
    this.tab = kept.get() ?? randomWord();
    kept.set(this.tab);
  }

  /** This tab plays. */
  hold(): void {
    this.last.set(this.tab);
    const locks = seatLocks();
    if (this.release === null && locks !== null) {
      const held = new Promise<void>((release) => { this.release = release; });
      // Stolen from a tab that plays no more but has not been told yet; that one is rejected.
      locks.request(SEAT_LOCK, { steal: true }, () => held).catch(() => undefined);
    }
  }

  /** The game of this tab has ended, or goes on elsewhere. */
  letGo(): void {
    if (this.last.get() === this.tab) {
      this.last.set(null);
    }
    this.release?.();
    this.release = null;
  }

  /** Whether another tab of this browser has played since this one. */
  get isTaken(): boolean {
    const last = this.last.get();
    return last !== null && last !== this.tab;
  }

  /** Whether a game that the server still knows was this tab's, or one of a closed tab. */
  async isOurs(): Promise<boolean> {
    const last = this.last.get();
    if (last === null || last === this.tab) {
      return last !== null;
    }
    const state = await seatLocks()?.query();
    return state?.held?.every(({ name }) => name !== SEAT_LOCK) ?? false;
  }
}

/** Pages that are not served securely have no locks. */
function seatLocks(): LockManager | null {
  return 'locks' in navigator ? navigator.locks : null;
}
