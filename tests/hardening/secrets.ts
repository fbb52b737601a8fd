import { type PostgresServer, queryPostgres } from '../support/postgres';
import { LyingHome } from './lying-home';

/** No two have a part in common, so that a leak tells whose it is. */
export const secrets = {
  'token of home': 'T0kenOfHome.aaaaAAAA1111',
  'token of cabin': 'T0kenOfCabin.bbbbBBBB2222',
  'token that is refused': 'T0kenRefused.ccccCCCC3333',
  'token with odd characters': 'Ödd "t0ken" \\ %41&<x>/+=?# dddd4444',
  'token from the environment': 'T0kenFromEnv.eeeeEEEE5555',
  'token behind bad TLS': 'T0kenTls.ffffFFFF6666',
  'token told back by Home Assistant': 'T0kenEchoed.ggggGGGG7777',
  'token of the supervisor': 'T0kenSupervisor.hhhhHHHH8888',
  'token typed into the dialog': 'T0kenTyped.iiiiIIII9999',
  'password of PostgreSQL': 'p@ss/w:rd #1 %jjjj"JJJJ',
  'password of a PostgreSQL that is away': 'aw@y%kkkk&KKKK+1',
  'password that PostgreSQL refuses': 'refused-llll-LLLL-2',
  'password in the query of a URL': 'query-mmmm-MMMM-3',
  'password typed into the dialog': 'typed-nnnn-NNNN-4',
  'passphrase of a key': 'phrase-oooo-OOOO-5',
} as const;
/** Typed into a field that is no secret's place: Node-RED keeps and exports it, we tell nobody. */
export const misplaced = { 'password in an address': 'addr3ss-pppp-PPPP-6' };
/** Planted where it may be, to see that every place is looked at. */
export const CANARY = 'canary-qqqq-QQQQ-7';

/** Logs in, and then says the token back in whatever it says. */
export async function echoingHome(token: string): Promise<LyingHome> {
  const liar = new LyingHome();
  liar.replies.set('auth/current_user', ({ id }, socket) =>
    socket.send(JSON.stringify({ id, type: 'result', success: false, error: { code: token, message: `no ${token}` } })),
  );
  return liar.start();
}

/** A database of its own, whose only user has this password. */
export async function databaseOf(postgres: PostgresServer, password: string): Promise<string> {
  const url = new URL(await postgres.createDatabase());
  const keeper = `keeper_of_${url.pathname.slice(1)}`;
  const quoted = `'${password.replaceAll("'", "''")}'`;
  await queryPostgres(url.href, `CREATE ROLE ${keeper} LOGIN PASSWORD ${quoted}`);
  await queryPostgres(url.href, `GRANT ALL ON DATABASE ${url.pathname.slice(1)} TO ${keeper}`);
  url.username = keeper;
  return withPassword(url.href, password);
}

export function withPassword(address: string, password: string): string {
  return address.replace(/:\/\/([^:@]*)(?::[^@]*)?@/, (_, user) => `://${user}:${encodeURIComponent(password)}@`);
}
