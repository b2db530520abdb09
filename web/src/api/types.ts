/** What the HTTP API answers, as far as this page reads it. */

/** `GET /canvases/{c}`: a canvas and the rules of its round. */
export interface CanvasInfo {
  readonly canvas: string;
  /** The round's number, or `null` before any round was opened. */
  readonly round: number | null;
  readonly title: string;
  /** Whether the round takes placements. */
  readonly open: boolean;
  /** Whether moderators have stopped placements for the moment. */
  readonly locked: boolean;
  readonly width: number;
  readonly height: number;
  /** `#RRGGBB` in palette order. */
  readonly palette: readonly string[];
  readonly version: number;
  readonly snapshot: { readonly version: number; readonly url: string } | null;
  readonly cooldown: CooldownRule;
  readonly online?: {
    readonly players: number;
    readonly queued: number;
    readonly watching: number;
  };
}

/** The charge bucket of a round. */
export interface CooldownRule {
  /** Placements that can be saved up, at least 1. */
  readonly max_charges: number;
  /** Milliseconds until one charge comes back; 0 means no cooldown. */
  readonly regain_ms: number;
}

/** `POST /auth/anonymous`. */
export interface SignInAnswer {
  readonly access_token: string;
  /** Seconds until the token ends. */
  readonly expires_in: number;
  readonly player: { readonly id: string; readonly name: string };
}

/** `POST /canvases/{c}/play`. */
export interface PlayAnswer {
  readonly status: 'playing' | 'queued';
  readonly position: number;
  /** `ticket` opens the feed at `url` once, within 30 s. */
  readonly feed: { readonly url: string; readonly ticket: string };
}

/** `POST /canvases/{c}/placements`: what is asked. `id` makes a retry harmless. */
export interface PlacementRequest {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Palette index. */
  readonly color: number;
}

/** An accepted placement; times are RFC 3339. */
export interface PlacementAnswer {
  readonly id: string;
  readonly version: number;
  readonly at: string;
  readonly charges: number;
  readonly max_charges: number;
  readonly next_charge_at: string | null;
  readonly undo_until: string;
}

/** `POST /canvases/{c}/placements/{version}/undo`. */
export interface UndoAnswer {
  readonly version: number;
  readonly charges: number;
  readonly next_charge_at: string | null;
}
