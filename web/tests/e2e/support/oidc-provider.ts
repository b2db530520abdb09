/**
 * A real OpenID provider on loopback in the place of Google and Telegram, with its own page where
 * a person signs in. It listens on `localhost`, which is another site than `127.0.0.1`, as the
 * providers are.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Provider } from 'oidc-provider';

import type { Settings } from './server';

const CLIENT_SECRET = 'a secret for tests of at least 32 bytes';
const CALLBACK = /^http:\/\/127\.0\.0\.1:\d+\/api\/v1\/auth\/(google|telegram)\/callback$/;

/** A provider for as long as a test runs. */
export class OidcProvider {
  private constructor(
    private readonly server: Server,
    private readonly issuer: string,
  ) {}

  /** Starts a provider; whoever gives a name there is signed in. */
  static async start(): Promise<OidcProvider> {
    const server = createServer();
    await new Promise<void>((done) => { server.listen(0, 'localhost', done); });
    const { port } = server.address() as AddressInfo;
    const issuer = `http://localhost:${port}`;
    const provider = newProvider(issuer);
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
    return new OidcProvider(server, issuer);
  }

  /** Makes a game server take it for Google and for Telegram. */
  get settings(): Settings {
    const of = (name: string): Settings => ({
      [`PIXELWARS_AUTH__${name}__ISSUER`]: this.issuer,
      [`PIXELWARS_AUTH__${name}__CLIENT_ID`]: name.toLowerCase(),
      [`PIXELWARS_AUTH__${name}__CLIENT_SECRET`]: CLIENT_SECRET,
    });
    return { ...of('GOOGLE'), ...of('TELEGRAM') };
  }

  /** Ends the provider. */
  async dispose(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

function newProvider(issuer: string): Provider {
  const client = (id: string) => ({
    client_id: id,
    client_secret: CLIENT_SECRET,
    redirect_uris: [`http://127.0.0.1:1/api/v1/auth/${id}/callback`],
    grant_types: ['authorization_code'],
    response_types: ['code' as const],
    token_endpoint_auth_method: 'client_secret_basic' as const,
  });
  const provider = new Provider(issuer, {
    clients: [client('google'), client('telegram')],
    // Telegram's `id` is a number, told beside the `sub`.
    claims: { openid: ['sub', 'id'], profile: ['name'], email: ['email', 'email_verified'] },
    // As Google and Telegram do, the ID token says it all: nobody is asked twice.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    cookies: { keys: ['a key for tests'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        id: numberOf(sub),
        name: sub,
        email: `${sub}@example.org`,
        email_verified: true,
      }),
    }),
  });
  // The game's port is chosen after the provider's start.
  provider.Client.prototype.redirectUriAllowed = (uri: string) => CALLBACK.test(uri);
  return provider;
}

/** A number that stands for one name, above 0 and as exact as JSON's numbers are. */
function numberOf(name: string): number {
  return 1 + [...Buffer.from(name)].reduce((sum, byte) => (sum * 31 + byte) % 1_000_000_007, 0);
}
