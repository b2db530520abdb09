/** What a device lets a player feel of the game. */

/** Short signs by vibration; each returns at once. */
export interface Haptics {
  /** A cell was chosen. */
  selected(): void;
  /** A placement is on the canvas. */
  placed(): void;
  /** A placement was refused. */
  refused(): void;
  /** A placement is possible again. */
  ready(): void;
}

/** Lengths of vibration and the pauses between them, milliseconds. */
const PATTERNS = {
  selected: [8],
  placed: [20],
  refused: [40, 60, 40],
  ready: [15, 40, 15],
} as const;

/** Vibration by the browser; a device or a browser without it stays still. */
export class BrowserHaptics implements Haptics {
  private readonly vibrate: (pattern: number[]) => void;

  /** `device` is the browser's `navigator`, where Safari has no `vibrate`. */
  constructor(device: { vibrate?: (pattern: number[]) => boolean }) {
    this.vibrate = (pattern) => { device.vibrate?.(pattern); };
  }

  selected(): void {
    this.vibrate([...PATTERNS.selected]);
  }

  placed(): void {
    this.vibrate([...PATTERNS.placed]);
  }

  refused(): void {
    this.vibrate([...PATTERNS.refused]);
  }

  ready(): void {
    this.vibrate([...PATTERNS.ready]);
  }
}
