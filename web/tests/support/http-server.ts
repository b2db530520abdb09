/** The server's HTTP side as far as one player uses it, for tests of the whole game. */

/** What the page sent. */
export interface Sent {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** Answers one request; `undefined` leaves it to the server's usual answer. */
export type Answerer = (sent: Sent) => Response | undefined;

/** How long a seat lasts after an action. */
export const SEAT_MS = 120_000;

const PLAYER = { id: '3113b60ea2b34a12', name: 'Ada' };
const WIDTH = 4;
const HEIGHT = 2;

/** A server with one canvas and one player, who finds a free seat. */
export class HttpServer {
  readonly sent: Sent[] = [];
  /** Asked before the usual answer. */
  answerer: Answerer = () => undefined;
  /** When the seat ends (Unix ms); 0 before the first. */
  seatUntil = 0;
  /** Seats taken so far, each after the end of the one before. */
  seats = 0;
  /** What the player has left, by what a seat comes with. */
  charges = 1;
  private version = 1;

  /** Stands in for the browser's `fetch`. */
  readonly fetch = (url: string, init: RequestInit = {}): Promise<Response> => {
    const body = typeof init.body === 'string' ? init.body : '{}';
    const path = url.replace('/api/v1', '');
    const sent = { path, body: JSON.parse(body) as Record<string, unknown> };
    this.sent.push(sent);
    return Promise.resolve(this.answerer(sent) ?? this.answer(sent));
  };

  /** The requests to a path, in order. */
  sentTo(path: string): Sent[] {
    return this.sent.filter((sent) => sent.path === path);
  }

  private answer({ path, body }: Sent): Response {
    switch (path) {
      case '/auth/anonymous':
        return json({ access_token: 'token', expires_in: 900, player: PLAYER, session: 1 });
      case '/canvases':
        return json({ canvases: [canvasInfo(this.version)] });
      case '/canvases/main':
        return json(canvasInfo(this.version));
      case '/canvases/main/snapshots/latest':
      case '/snapshot':
        return new Response(snapshot(this.version));
      case '/canvases/main/play':
        return json(this.play());
      case '/canvases/main/placements':
        return json(this.place(body['id']));
      default:
        return refusal(404, 'not_found');
    }
  }

  private play(): object {
    if (Date.now() >= this.seatUntil) {
      this.seats += 1;
      this.seatUntil = Date.now() + SEAT_MS;
    }
    return {
      status: 'playing',
      position: 0,
      until: time(this.seatUntil),
      feed: { url: '/feed', ticket: 'ticket' },
      version: this.version,
      charges: this.charges,
      max_charges: 1,
      next_charge_at: null,
    };
  }

  private place(id: unknown): object {
    this.version += 1;
    this.seatUntil = Date.now() + SEAT_MS;
    return {
      id,
      version: this.version,
      at: time(Date.now()),
      charges: 1,
      max_charges: 1,
      next_charge_at: null,
      undo_until: time(Date.now()),
      playing_until: time(this.seatUntil),
    };
  }
}

/** An answer of JSON, with the server's time. */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { Date: new Date().toUTCString() },
  });
}

/** An error answer. */
export function refusal(status: number, code: string): Response {
  return json({ error: { code, message: '' } }, status);
}

function time(at: number): string {
  return new Date(at).toISOString();
}

function canvasInfo(version: number): object {
  return {
    canvas: 'main',
    round: 1,
    title: '',
    open: true,
    locked: false,
    width: WIDTH,
    height: HEIGHT,
    palette: ['#000000', '#FFFFFF'],
    version,
    snapshot: { version, url: '/api/v1/snapshot' },
    cooldown: { max_charges: 1, regain_ms: 0 },
    limits: { afk_after_ms: SEAT_MS, poll_ms: 5_000 },
  };
}

/** An empty canvas in the format of `docs/FORMATS.md`. */
function snapshot(version: number): ArrayBuffer {
  const header = 32;
  const view = new DataView(new ArrayBuffer(header + WIDTH * HEIGHT));
  view.setUint32(0, 0x5058_534e);
  view.setUint8(4, 1);
  view.setUint16(6, header, true);
  view.setBigUint64(8, BigInt(version), true);
  view.setUint32(16, 1, true);
  view.setUint16(20, WIDTH, true);
  view.setUint16(22, HEIGHT, true);
  return view.buffer;
}
