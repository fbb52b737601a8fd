import { CaretakerError, describe } from '../error';
import { type Probed, probe } from '../hass/probe';
import type { Target, TlsOptions } from '../hass/target';
import { type Environment, fromEnvironment } from './environment';
import { targetOf } from './hosted-config';
import type { Roster } from './roster';
import { blanking, cleaned } from './secrets';

export interface TestRequest {
  /** The config node's id; empty before it is deployed for the first time. */
  readonly nodeId: string;
  /** What the dialog shows: `url`, `addon`, and `token` unless it is the saved one. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly savedToken: string | undefined;
  readonly environment: Environment;
  readonly tls: () => TlsOptions | undefined;
  readonly supervisorToken: string | undefined;
  readonly roster: Roster;
}

export type TestAnswer =
  | ({ readonly ok: true } & Omit<Probed, 'entry_ids'>)
  | { readonly ok: false; readonly code: string; readonly message: string };

/** What "Test connection" says. Never rejects: what is wrong is the answer. A home that says its token back is not quoted. */
export async function testConnection(request: TestRequest): Promise<TestAnswer> {
  const { fields, savedToken, supervisorToken } = request;
  const clean = blanking([resolved(request, fields['token']), savedToken, supervisorToken]);
  return cleaned(await answerTo(request), clean);
}

async function answerTo(request: TestRequest): Promise<TestAnswer> {
  try {
    const member = request.roster.get(request.nodeId);
    const instance = member?.instance;
    const target = targetToTest(request, instance?.url);
    const { entry_ids, ...found } = await probe(target);
    if (member && instance && isMeant(request, member.instance_id)) {
      if (!instance.isHome(entry_ids)) throw new CaretakerError('wrong_home', 'This is not the home it was before.');
      // Whatever kept it away is mended.
      if (target.url === instance.url && instance.state !== 'connected') instance.retryNow();
    }
    return { ok: true, ...found };
  } catch (thrown) {
    return {
      ok: false,
      code: thrown instanceof CaretakerError ? thrown.code : 'cannot_connect',
      message: describe(thrown),
    };
  }
}

/** Whether the dialog is still about the instance that is deployed: another id is another home. */
function isMeant({ fields }: TestRequest, deployed: string): boolean {
  const typed = String(fields['instance_id'] ?? deployed);
  return typed === deployed || typed.startsWith('${');
}

/** A saved token goes only to the address it was deployed with. @throws CaretakerError bad_input */
function targetToTest(request: TestRequest, deployedUrl: string | undefined): Target {
  const { url, addon, token } = request.fields;
  const typed = resolved(request, token);
  const target = targetOf({
    fields: { url: resolved(request, url), addon: addon === true },
    token: typed || (request.savedToken ?? ''),
    tls: request.tls(),
    supervisorToken: request.supervisorToken,
  });
  if (!typed && addon !== true && target.url !== deployedUrl) {
    throw new CaretakerError('bad_input', 'token: the address was changed. Enter the token again, or deploy first.');
  }
  return target;
}

function resolved({ environment }: TestRequest, value: unknown): string {
  return String(fromEnvironment(value, environment) ?? '');
}
