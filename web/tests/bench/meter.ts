/** What runs in the measured page: it times frames to their last pixel and makes up deltas. */

/** Milliseconds, sorted into a few figures. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** What one phase of the measurement found. */
export interface PhaseFigures {
  readonly seconds: number;
  /** Frames that the browser offered a second. */
  readonly framesPerSecond: number;
  /** Frames in which the canvas touched its picture. */
  readonly framesDrawn: number;
  /**
   * Work of each offered frame: messages since the last one, the frame's callbacks, and, when the
   * canvas drew, the wait until the GPU's process has finished, told by reading a pixel back.
   */
  readonly workMs: Spread;
  /** The same of those frames only in which the canvas drew. */
  readonly drawnWorkMs: Spread;
  readonly deltas: number;
}

/** How deltas are made up. */
export interface DeltaLoad {
  /** Changed cells a second. */
  readonly perSecond: number;
  /** The box of cells that they are spread over evenly. */
  readonly box: { readonly left: number; readonly top: number; readonly side: number };
  readonly canvasWidth: number;
}

/** The measuring side of the page. */
export interface Meter {
  /** Measures for a while, with deltas coming in or without. */
  measure(seconds: number, load: DeltaLoad | null): Promise<PhaseFigures>;
}

declare global {
  interface Window {
    __meter?: Meter;
  }
}

/** Ticks of the made-up feed a second, as a busy server has them. */
export const TICKS_A_SECOND = 30;

/**
 * Installs the meter; to be run before the page's own scripts. It is sent to the page as text, so
 * that everything it needs has to stand within it.
 */
// eslint-disable-next-line max-lines-per-function
export function installMeter(ticksASecond: number): void {
  const pixel = new Uint8Array(4);
  let work: { ms: number; hasDrawn: boolean }[] = [];
  let messageMs = 0;
  let socket: WebSocket | null = null;
  let version = 0;

  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      // eslint-disable-next-line @typescript-eslint/no-this-alias
      socket = this;
    }
  };

  const native = window.requestAnimationFrame.bind(window);
  let waiting: FrameRequestCallback[] = [];
  const drawn = (): number => window.__pixelwars?.framesDrawn() ?? 0;
  // All callbacks of a frame run in one, which is timed as a whole.
  function frame(time: number): void {
    const callbacks = waiting;
    waiting = [];
    const before = drawn();
    const start = performance.now();
    callbacks.forEach((callback) => { callback(time); });
    const hasDrawn = drawn() !== before;
    if (hasDrawn) {
      const gl = document.querySelector<HTMLCanvasElement>('.canvas-surface')?.getContext('webgl2');
      gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    }
    work.push({ ms: performance.now() - start + messageMs, hasDrawn });
    messageMs = 0;
    native(frame);
  }
  native(frame);
  window.requestAnimationFrame = (callback) => {
    waiting.push(callback);
    return 0;
  };
  window.cancelAnimationFrame = () => { waiting = []; };

  function spread(values: number[]): Spread {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (share: number): number => {
      const value = sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
      return Math.round(value * 100) / 100;
    };
    return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
  }

  /** The bytes of a delta as docs/FORMATS.md has them: distances as LEB128, one byte of colour. */
  function changes(cells: number[]): number[] {
    const bytes: number[] = [];
    let last = 0;
    for (const cell of cells) {
      let distance = cell - last;
      last = cell;
      while (distance >= 0x80) {
        bytes.push((distance & 0x7f) | 0x80);
        distance >>= 7;
      }
      bytes.push(distance, Math.floor(Math.random() * 16));
    }
    return bytes;
  }

  function sendDelta(count: number, { box, canvasWidth }: DeltaLoad): void {
    const random = (): number => Math.floor(Math.random() * box.side);
    const cells = Array.from({ length: count }, () =>
      (box.top + random()) * canvasWidth + box.left + random(),
    );
    const bytes = changes([...new Set(cells)].sort((a, b) => a - b));
    const message = new Uint8Array(3 + 9 + 9 + 3 + bytes.length);
    const view = new DataView(message.buffer);
    message.set([0x94, 1, 0xcf]);
    view.setBigUint64(3, BigInt(version));
    version += count;
    message[11] = 0xcf;
    view.setBigUint64(12, BigInt(version));
    message[20] = 0xc5;
    view.setUint16(21, bytes.length);
    const data = new Uint8Array(23 + bytes.length);
    data.set(message.subarray(0, 23));
    data.set(bytes, 23);
    const start = performance.now();
    socket?.dispatchEvent(new MessageEvent('message', { data: data.buffer }));
    messageMs += performance.now() - start;
  }

  async function measure(seconds: number, load: DeltaLoad | null): Promise<PhaseFigures> {
    version = window.__pixelwars?.version() ?? 0;
    const begun = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begun) / 1000) * (load?.perSecond ?? 0));
      if (load !== null && due > sent) {
        sendDelta(due - sent, load);
        sent = due;
      }
    }, 1000 / ticksASecond);
    work = [];
    const framesBefore = drawn();
    await new Promise((done) => setTimeout(done, seconds * 1000));
    clearInterval(timer);
    const took = (performance.now() - begun) / 1000;
    return {
      seconds: Math.round(took * 10) / 10,
      framesPerSecond: Math.round((work.length / took) * 10) / 10,
      framesDrawn: drawn() - framesBefore,
      workMs: spread(work.map(({ ms }) => ms)),
      drawnWorkMs: spread(work.filter(({ hasDrawn }) => hasDrawn).map(({ ms }) => ms)),
      deltas: sent,
    };
  }

  window.__meter = { measure };
}
