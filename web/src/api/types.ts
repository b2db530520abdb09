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
  readonly limits?: {
    /** Milliseconds without a game action after which a seat ends. */
    readonly afk_after_ms?: number;
    /** Milliseconds between two looks of those who only watch. */
    readonly poll_ms?: number;
    /** Milliseconds within which a placement can be taken back. */
    readonly undo_ms?: number;
    /** Seats of this server. */
    readonly max_players?: number;
  };
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

/** Who somebody is on the canvas. */
export interface PlayerName {
  readonly id: string;
  readonly name: string;
}

/** Every sign-in and `POST /auth/refresh`. */
export interface SignInAnswer {
  readonly access_token: string;
  /** Seconds until the access token ends. */
  readonly expires_in: number;
  readonly player: PlayerName;
  /** Rises with every sign-in and refresh of the account. */
  readonly session: number;
  /** Only where the refresh token does not travel in a cookie. */
  readonly refresh_token?: string;
}

/** A service that says who somebody is. */
export interface Provider {
  /** Such as `google`. */
  readonly id: string;
  /** For people, such as `Google`. */
  readonly name: string;
  /** Where a sign-in begins. */
  readonly start_url: string;
}

/** `GET /auth`: the ways to sign in. */
export interface SignInWays {
  /** Whether a name alone is enough. */
  readonly anonymous: boolean;
  readonly providers: readonly Provider[];
  readonly telegram_mini_app: boolean;
  /** The work that a sign-in by name has to prove, or `null` for none. */
  readonly human_check: HumanCheck | null;
}

/** A proof of work that the server asks for. */
export interface HumanCheck {
  readonly kind: string;
  readonly challenge_url: string;
}

/** `GET /me`. */
export interface MeAnswer extends PlayerName {
  readonly session: number;
  readonly status: 'afk' | 'queued' | 'playing';
  readonly position: number;
  /** When the seat ends, RFC 3339. */
  readonly until: string | null;
  readonly identities: readonly LinkedIdentity[];
}

/** A provider's account that leads to the player. */
export interface LinkedIdentity {
  readonly provider: string;
  readonly linked_at: string;
}

/** `POST /canvases/{c}/play`. */
export interface PlayAnswer {
  readonly status: 'playing' | 'queued';
  readonly position: number;
  /** When the seat ends, RFC 3339; `null` in the queue. */
  readonly until: string | null;
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
  /** When the seat ends if nothing else is done; `null` when it has ended. */
  readonly playing_until: string | null;
}

/** `POST /canvases/{c}/placements/{version}/undo`. */
export interface UndoAnswer {
  readonly version: number;
  readonly charges: number;
  readonly next_charge_at: string | null;
  readonly playing_until: string | null;
}
