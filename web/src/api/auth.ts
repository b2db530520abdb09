/** Signing in and out as functions, one per endpoint. */

import { request } from './http';
import type { MeAnswer, SignInAnswer, SignInWays } from './types';

const AUTH = '/api/v1/auth';

/**
 * A lost answer to a refresh can be had again for 10 s, so three sends have to fit into that.
 */
const REFRESH_TIMEOUT_MS = 2_500;

/** The ways to sign in that the server has. */
export async function signInWays(): Promise<SignInWays> {
  const answer = await request(AUTH);
  return (await answer.json()) as SignInWays;
}

/** How a sign-in by name is done. */
export interface ByNameOptions {
  /** What the human check asked for. */
  readonly proof: string | undefined;
  /** Whether the refresh token may travel in a cookie; else it is part of the answer. */
  readonly hasCookies: boolean;
}

/** Signs a new player in by name. */
export function signInByName(
  name: string,
  { proof, hasCookies }: ByNameOptions,
): Promise<SignInAnswer> {
  return signedIn(`${AUTH}/anonymous`, {
    name,
    refresh: hasCookies ? 'cookie' : 'bearer',
    ...(proof === undefined ? {} : { proof }),
  });
}

/**
 * Signs in with what the Telegram client handed over, unchanged. The refresh token of an earlier
 * sign-in with the same `initData` continues that one.
 */
export function signInByMiniApp(
  initData: string,
  refreshToken: string | null,
): Promise<SignInAnswer> {
  const earlier = refreshToken === null ? {} : { refresh_token: refreshToken };
  return signedIn(`${AUTH}/telegram`, { init_data: initData, ...earlier });
}

/** A new access token, by the cookie or by the given refresh token. */
export async function refresh(refreshToken: string | null): Promise<SignInAnswer> {
  const answer = await request(`${AUTH}/refresh`, {
    method: 'POST',
    timeoutMs: REFRESH_TIMEOUT_MS,
    ...bearer(refreshToken),
  });
  return (await answer.json()) as SignInAnswer;
}

/** Ends the login session that the cookie or the given refresh token belongs to. */
export async function logOut(refreshToken: string | null): Promise<void> {
  const answer = await request(`${AUTH}/logout`, { method: 'POST', ...bearer(refreshToken) });
  answer.discard();
}

/** Ends every login session of the account. */
export async function logOutEverywhere(token: string): Promise<void> {
  const answer = await request(`${AUTH}/logout-everywhere`, { method: 'POST', token });
  answer.discard();
}

/** Where to go to link a provider's account; the server leads back to `returnTo`. */
export async function linkUrl(token: string, provider: string, returnTo: string): Promise<string> {
  const answer = await request(`${AUTH}/${encodeURIComponent(provider)}/link`, {
    method: 'POST',
    token,
    body: { return_to: returnTo },
  });
  return ((await answer.json()) as { url: string }).url;
}

/** Takes a provider's accounts away from the player. */
export async function unlink(token: string, provider: string): Promise<void> {
  const answer = await request(`/api/v1/me/identities/${encodeURIComponent(provider)}`, {
    method: 'DELETE',
    token,
  });
  answer.discard();
}

/** Gives the proof that a player is asked for who places as a script would. */
export async function giveProof(token: string, proof: string): Promise<void> {
  const answer = await request('/api/v1/me/human-check', {
    method: 'POST',
    token,
    body: { proof },
  });
  answer.discard();
}

/** Who the token is of, and what they do. */
export async function whoAmI(token: string): Promise<MeAnswer> {
  const answer = await request('/api/v1/me', { token });
  return (await answer.json()) as MeAnswer;
}

async function signedIn(url: string, body: unknown): Promise<SignInAnswer> {
  const answer = await request(url, { method: 'POST', body });
  return (await answer.json()) as SignInAnswer;
}

function bearer(token: string | null): { token?: string } {
  return token === null ? {} : { token };
}
