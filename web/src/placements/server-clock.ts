/** Turns the server's times into local ones, whatever this device's clock says. */
export class ServerClock {
  private offsetMs: number | null = null;

  /**
   * Learns from an answer that came at `localNow` about an event at `serverTime` (RFC 3339, or
   * the date of an HTTP answer, which leaves out the part of a second).
   * The least offset seen is nearest the truth: every other holds more delay.
   */
  learn(serverTime: string, localNow: number): void {
    const offset = localNow - Date.parse(serverTime);
    if (Number.isFinite(offset)) {
      this.offsetMs = Math.min(this.offsetMs ?? offset, offset);
    }
  }

  /**
   * The local Unix ms of a server time (RFC 3339 or Unix ms); without anything
   * learned the clocks are taken as equal.
   */
  toLocal(serverTime: string | number): number {
    const at = typeof serverTime === 'string' ? Date.parse(serverTime) : serverTime;
    return at + (this.offsetMs ?? 0);
  }
}
