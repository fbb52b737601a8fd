import type { Tokens } from '../home';
import { HassClient } from './hass-client';

/** Somebody who can log in. */
interface User {
  readonly userId: string;
  readonly token: string;
}

export interface Users {
  /** For the tests' own commands: works while the tokens under test do not. */
  readonly owner: HassClient;
  readonly admin: User;
  readonly user: User;
  readonly read_only: User;
}

const LANGUAGE = 'en';
const LIFESPAN_DAYS = 3650;
const GROUPS: Readonly<Record<keyof Tokens, string>> = {
  admin: 'system-admin',
  user: 'system-users',
  read_only: 'system-read-only',
};

/** Makes the owner of a home that has none yet, and then everybody else. */
export async function makeUsers(url: string): Promise<Users> {
  const owner = await makeOwner(url);
  const make = (name: keyof Tokens) => makeUser(owner, name);
  const [admin, user, readOnly] = await Promise.all([make('admin'), make('user'), make('read_only')]);
  return { owner, admin, user, read_only: readOnly };
}

async function makeOwner(url: string): Promise<HassClient> {
  const login = { name: 'Owner', username: 'owner', password: 'owner', language: LANGUAGE, client_id: clientId(url) };
  const anybody = new HassClient(url, '');
  const { auth_code: code } = await anybody.expectRest<{ auth_code: string }>('POST', '/api/onboarding/users', login);
  return new HassClient(url, await longLivedToken(url, code));
}

async function makeUser(owner: HassClient, name: keyof Tokens): Promise<User> {
  const { url } = owner;
  const fields = { name, group_ids: [GROUPS[name]] };
  const { user } = await owner.command<{ user: { id: string } }>('config/auth/create', fields);
  const login = { username: name, password: name };
  await owner.command('config/auth_provider/homeassistant/create', { ...login, user_id: user.id });
  const anybody = new HassClient(url, '');
  const start = { client_id: clientId(url), handler: ['homeassistant', null], redirect_uri: clientId(url) };
  const { flow_id: flowId } = await anybody.expectRest<{ flow_id: string }>('POST', '/auth/login_flow', start);
  const credentials = { ...login, client_id: clientId(url) };
  const done = await anybody.expectRest<{ result: string }>('POST', `/auth/login_flow/${flowId}`, credentials);
  return { userId: user.id, token: await longLivedToken(url, done.result) };
}

async function longLivedToken(url: string, code: string): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, client_id: clientId(url) });
  const response = await fetch(`${url}/auth/token`, { method: 'POST', body: form });
  if (!response.ok) throw new Error(`POST /auth/token answered ${response.status}: ${await response.text()}`);
  const { access_token: shortLived } = (await response.json()) as { access_token: string };
  const request = { client_name: 'Tests', lifespan: LIFESPAN_DAYS };
  return new HassClient(url, shortLived).command<string>('auth/long_lived_access_token', request);
}

function clientId(url: string): string {
  return `${url}/`;
}
