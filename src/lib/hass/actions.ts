import type { Step } from '../core/heal/heal';
import { CaretakerError } from '../error';
import type { Connection } from './connection';
import { type Answer, request } from './rest';
import type { Target } from './target';

/** Where an action is carried out. */
export interface ActionSite {
  readonly connection: Connection;
  readonly target: Target;
  /** Ends the waiting; what Home Assistant was asked for goes on. */
  readonly signal: AbortSignal;
}

/** What a call answered. That it answered proves nothing about what it was to bring back. */
export interface Acted {
  /** By which Home Assistant tells whose doing a change was; null where it does not say. */
  readonly context_id: string | null;
}

const UNSAID: Acted = { context_id: null };
/** Home Assistant 2024.3 never answers a reconfiguration it accepts; one it refuses it refuses at once. ms */
const SILENCE_IS_CONSENT = 2_000;
/** Home Assistant gives up the set-up of an entry after less. ms */
const LONGEST_SETUP = 600_000;
/** Characters of what a home says that are kept: an attempt is stored. */
const LONGEST = 500;
/** A shorter text may be a word of any sentence. */
const LEAST_TOKEN = 8;

/**
 * Carries out one step.
 * @throws CaretakerError not_admin, not_recoverable, command_failed, command_timeout, connection_lost, cannot_connect, tls
 */
export async function act(step: Step, site: ActionSite): Promise<Acted> {
  if (site.signal.aborted) throw givenUp(step.action);
  try {
    return await carriedOut(step, site);
  } catch (thrown) {
    throw refusal(thrown, site.target);
  }
}

function carriedOut(step: Step, site: ActionSite): Promise<Acted> {
  switch (step.action) {
    case 'update_entity':
      return call(site, 'homeassistant.update_entity', step);
    case 'press_button':
      return call(site, 'button.press', step);
    case 'zwave_ping':
      return call(site, 'zwave_js.ping', step);
    case 'zha_reconfigure':
      return reconfigure(step, site);
    case 'reload':
      return reload(step, site);
    case 'restart':
      return restart(step, site);
    case 'wait':
      return Promise.resolve(UNSAID);
  }
}

/** Answers when the service has ended. */
async function call({ connection, signal }: ActionSite, name: string, { params, timeout }: Step): Promise<Acted> {
  const [domain, service] = name.split('.');
  const message = { type: 'call_service', domain, service, service_data: params };
  const answer = await within(timeout, signal, name, connection.command<unknown>(message));
  const { context } = Object(answer) as { context?: unknown };
  const { id } = Object(context) as { id?: unknown };
  return { context_id: typeof id === 'string' ? id : null };
}

/** There is no service for it. It is done in the background: its progress would be told as events. */
async function reconfigure({ params, timeout }: Step, { connection, signal }: ActionSite): Promise<Acted> {
  const type = 'zha/devices/reconfigure';
  const begun = new Promise<void>((resolve, reject) => {
    const silence = setTimeout(resolve, SILENCE_IS_CONSENT);
    connection
      .subscribe({ type, ...params }, () => resolve())
      .then((stop) => resolve(stop()), reject)
      .finally(() => clearTimeout(silence));
  });
  await within(timeout, signal, type, begun);
  return UNSAID;
}

/**
 * Over REST, which says more than the service; it answers when the set-up has ended, well or badly. Whoever hangs up before
 * cancels it, and the entry is left broken: so we only stop waiting.
 */
async function reload({ target: { id }, timeout }: Step, site: ActionSite): Promise<Acted> {
  const path = `/api/config/config_entries/entry/${encodeURIComponent(id)}/reload`;
  const asked = request(site.target, 'POST', path, LONGEST_SETUP, { background: true });
  const answer = expectAdmin(await within(timeout, site.signal, 'The reload', asked), 'The reload');
  const { message, require_restart } = Object(answer.body) as { message?: unknown; require_restart?: unknown };
  // Without words it is a proxy, or the ban of an address.
  if (answer.status === 403 && typeof message === 'string') {
    throw new CaretakerError('not_recoverable', `${message}. Only a restart of Home Assistant helps.`);
  }
  expectOk(answer, 'The reload');
  if (require_restart === true) {
    throw new CaretakerError('not_recoverable', 'It could not be unloaded: only a restart of Home Assistant helps.');
  }
  return UNSAID;
}

async function restart(step: Step, site: ActionSite): Promise<Acted> {
  const { target, signal } = site;
  const checked = await request(target, 'POST', '/api/config/core/check_config', step.timeout, { signal });
  const answer = expectAdmin(checked, 'check_config');
  expectOk(answer, 'check_config');
  const { result, errors } = Object(answer.body) as { result?: unknown; errors?: unknown };
  if (result === 'invalid') {
    throw new CaretakerError('not_recoverable', `Home Assistant would not start again: ${String(errors)}`);
  }
  if (result !== 'valid') throw new CaretakerError('command_failed', 'check_config answered nothing that makes sense.');
  // A connection that is lost from here on is lost by the restart.
  await site.connection.ping();
  try {
    return await call(site, 'homeassistant.restart', step);
  } catch (thrown) {
    const isGone = thrown instanceof CaretakerError && thrown.code === 'connection_lost' && !signal.aborted;
    if (isGone) return UNSAID;
    throw thrown;
  }
}

function expectAdmin(answer: Answer, what: string): Answer {
  if (answer.status === 401) throw notAdmin(`${what} answered 401.`);
  return answer;
}

function expectOk({ status, body }: Answer, what: string): void {
  if (status === 200) return;
  const { message } = Object(body) as { message?: unknown };
  const said = typeof message === 'string' ? `: ${message}` : '.';
  throw new CaretakerError('command_failed', `${what} answered ${status}${said}`);
}

/** A command goes on though nobody waits for it any more; how that ends is nobody's business. */
function within<T>(timeout: number, signal: AbortSignal, what: string, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const late = () => reject(new CaretakerError('command_timeout', `${what} was not answered in time.`));
    const timer = setTimeout(late, timeout);
    const aborted = () => reject(givenUp(what));
    signal.addEventListener('abort', aborted);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    });
  });
}

function givenUp(what: string): CaretakerError {
  return new CaretakerError('connection_lost', `${what}: the waiting was given up.`);
}

function notAdmin(said: string): CaretakerError {
  return new CaretakerError('not_admin', `${said} Healing needs the token of an administrator.`);
}

/** A service refuses without a code of its own; and a home may say back the token, or very much. */
function refusal(thrown: unknown, { token }: Target): unknown {
  if (!(thrown instanceof CaretakerError)) return thrown;
  const { code, message } = thrown;
  if (code === 'command_failed' && /^unauthorized:|: Unauthorized$/.test(message)) return notAdmin(`${message}.`);
  const quoted = token.length < LEAST_TOKEN ? message : message.replaceAll(token, '***');
  const short = quoted.length > LONGEST ? `${quoted.slice(0, LONGEST)}…` : quoted;
  return short === message ? thrown : new CaretakerError(code, short);
}
