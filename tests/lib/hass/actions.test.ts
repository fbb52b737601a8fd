import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Action } from '../../../src/lib/core/heal/heal';
import { CaretakerError, type ErrorCode } from '../../../src/lib/error';
import { type ActionSite, act } from '../../../src/lib/hass/actions';
import type { Connection, Message } from '../../../src/lib/hass/connection';
import { target } from '../../../src/lib/hass/target';
import { stepOf } from '../../contract/site';
import { nothingUnhandled } from '../../hardening/quiet';

const TOKEN = 'a-token-of-somebody';
const CHECK = '/api/config/core/check_config';
const SERVICES: readonly Action[] = ['update_entity', 'press_button', 'zwave_ping'];
const failed = (words: string) => new CaretakerError('command_failed', words);

/** What Home Assistant hardly does; what it does stands in tests/contract. */
describe('an action', () => {
  nothingUnhandled();
  let server: Server;
  let asked: string[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let command: (message: Message) => Promise<unknown>;
  let site: ActionSite;
  let stop: AbortController;

  beforeEach(async () => {
    asked = [];
    stop = new AbortController();
    command = () => assert.fail('nothing is commanded');
    answer = () => assert.fail('nothing is posted');
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const to = target(`http://127.0.0.1:${(server.address() as { port: number }).port}`, TOKEN);
    const told = (message: Message) => {
      asked.push([message.type, message['domain'], message['service']].filter(Boolean).join(' '));
      return command(message);
    };
    const connection = { command: told, subscribe: told, ping: () => told({ type: 'ping' }) } as unknown as Connection;
    site = { connection, target: to, signal: stop.signal };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const says =
    (status: number, body: unknown): typeof answer =>
    (_request, response) =>
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  const run = (action: Action, timeout = 1_000) => act(stepOf(action, 'entry', {}, timeout), site);

  it('wait calls nobody', async () => {
    assert.deepEqual([await run('wait'), asked], [{ context_id: null }, []]);
  });

  describe('that is a service', () => {
    it('takes no answer but one with a context at its word', async () => {
      for (const action of SERVICES) {
        for (const garbage of [null, undefined, 5, 'text', [], {}, { context: null }, { context: { id: 5 } }]) {
          command = async () => garbage;
          assert.deepEqual(await run(action), { context_id: null });
        }
        command = async () => ({ context: { id: 'C1' } });
        assert.deepEqual(await run(action), { context_id: 'C1' });
      }
    });

    const refusals: readonly (readonly [string, unknown, ErrorCode])[] = [
      ['by rights', failed('home_assistant_error: call_service: Unauthorized'), 'not_admin'],
      ['by rights of its own', failed('unauthorized: zha/devices/reconfigure: Unauthorized'), 'not_admin'],
      [
        'for another reason',
        failed('home_assistant_error: call_service: Unauthorized user of the cloud'),
        'command_failed',
      ],
      ['as unknown', failed('not_found: call_service: Service button.press not found.'), 'command_failed'],
      ['by time', new CaretakerError('command_timeout', 'call_service: no answer'), 'command_timeout'],
      ['by a lost connection', new CaretakerError('connection_lost', 'call_service: lost'), 'connection_lost'],
    ];
    for (const [what, thrown, code] of refusals) {
      it(`is refused ${what}`, async () => {
        command = () => Promise.reject(thrown);
        for (const action of [...SERVICES, 'zha_reconfigure'] as const) await assert.rejects(run(action), { code });
      });
    }

    it('that never ends ends in time, or when it is given up', async () => {
      command = () => new Promise(() => {});
      for (const action of SERVICES) await assert.rejects(run(action, 30), { code: 'command_timeout' });
      setTimeout(() => stop.abort(), 30);
      for (const action of SERVICES) await assert.rejects(run(action), { code: 'connection_lost' });
    });

    it('that fails when nobody waits any more troubles nobody', async () => {
      command = async () => {
        await pause(40);
        throw failed('late');
      };
      await assert.rejects(run('update_entity', 10), { code: 'command_timeout' });
      await pause(60);
    });

    it('is not called when it is given up before', async () => {
      stop.abort();
      for (const action of [...SERVICES, 'zha_reconfigure', 'reload', 'restart', 'wait'] as const) {
        await assert.rejects(run(action), { code: 'connection_lost' });
      }
      assert.deepEqual(asked, []);
    });
  });

  describe('that is a reload', () => {
    const rows: readonly (readonly [string, number, unknown, ErrorCode | null])[] = [
      ['done', 200, { require_restart: false }, null],
      ['done, says an older one', 200, false, null],
      ['done, without words', 200, '', null],
      ['done, in garbage', 200, '<html>', null],
      ['done, of null', 200, null, null],
      ['done, with more', 200, { require_restart: 'yes', more: [] }, null],
      ['that could not unload', 200, { require_restart: true }, 'not_recoverable'],
      ['refused for good', 403, { message: 'Entry cannot be reloaded' }, 'not_recoverable'],
      ['of a banned address', 403, '403: Forbidden', 'command_failed'],
      ['refused in nonsense', 403, { message: { a: 1 } }, 'command_failed'],
      ['refused by null', 403, null, 'command_failed'],
      ['of nobody', 404, { message: 'Invalid entry specified' }, 'command_failed'],
      ['that went wrong', 500, '500 Internal Server Error', 'command_failed'],
      ['behind a proxy', 502, '<html>', 'command_failed'],
      ['created', 201, {}, 'command_failed'],
      ['elsewhere', 302, '', 'command_failed'],
    ];
    for (const [what, status, body, code] of rows) {
      it(what, async () => {
        answer = says(status, body);
        if (code === null) assert.deepEqual(await run('reload'), { context_id: null });
        else await assert.rejects(run('reload'), { code });
        assert.deepEqual(asked, ['POST /api/config/config_entries/entry/entry/reload']);
      });
    }

    it('says what Home Assistant said', async () => {
      answer = says(404, { message: 'Invalid entry specified' });
      await assert.rejects(run('reload'), { message: 'The reload answered 404: Invalid entry specified' });
    });

    it('is asked for once by whoever is no administrator', async () => {
      answer = says(401, '401: Unauthorized');
      await assert.rejects(run('reload'), { code: 'not_admin', message: /administrator/ });
      assert.equal(asked.length, 1);
    });

    it('of an entry with any id stays beside its entries', async () => {
      answer = says(404, '');
      for (const id of [
        'a/b',
        '../..',
        'a?b=c',
        '#x',
        'ü',
        '\r\nX: y',
        '%2e%2e%2f',
        '..',
        ' ',
        '\\..\\',
        'a'.repeat(5_000),
      ]) {
        await assert.rejects(act(stepOf('reload', id), site), { code: 'command_failed' });
      }
      for (const path of asked) assert.match(path, /^POST \/api\/config\/config_entries\/[^?#\s]*\/?reload$/);
    });

    it('ends in time, when it is given up, and when it is cut off', async () => {
      answer = () => {};
      await assert.rejects(run('reload', 30), { code: 'command_timeout' });
      setTimeout(() => stop.abort(), 30);
      await assert.rejects(run('reload'), { code: 'connection_lost' });
      site = { ...site, signal: new AbortController().signal };
      answer = (request) => request.socket.destroy();
      await assert.rejects(run('reload'), { code: 'cannot_connect' });
      answer = (request) => request.socket.end('nonsense\r\n\r\n');
      await assert.rejects(run('reload'), { code: 'cannot_connect' });
    });

    it('never hangs up on a set-up that goes on: that would cancel it', async () => {
      let closed = 0;
      const late: ServerResponse[] = [];
      answer = (_request, response) => {
        late.push(response);
        response.on('close', () => {
          closed += response.writableFinished ? 0 : 1;
        });
      };
      await assert.rejects(run('reload', 30), { code: 'command_timeout' });
      setTimeout(() => stop.abort(), 30);
      await assert.rejects(run('reload'), { code: 'connection_lost' });
      await pause(50);
      assert.equal(closed, 0);
      for (const response of late) response.writeHead(200).end('{"require_restart":true}');
      await pause(30);
      assert.deepEqual([late.length, closed], [2, 0]);
    });

    it('takes no more than a sane amount', async () => {
      answer = says(200, 'x'.repeat(17 * 1024 * 1024));
      await assert.rejects(run('reload', 10_000), { code: 'cannot_connect', message: /too large/ });
    });

    it('keeps little of what is said, and never the token', async () => {
      answer = says(500, { message: `${TOKEN} ${'x'.repeat(100_000)}` });
      await assert.rejects(run('reload'), ({ message }: Error) => message.length < 600 && !message.includes(TOKEN));
      command = () => Promise.reject(failed(`x: ${TOKEN} ${'y'.repeat(100_000)}`));
      await assert.rejects(
        run('update_entity'),
        ({ message }: Error) => message.length < 600 && !message.includes(TOKEN),
      );
    });
  });

  describe('that is a restart', () => {
    const valid = says(200, { result: 'valid', errors: null });

    it('checks first, then asks once', async () => {
      answer = valid;
      command = async () => ({ context: { id: 'C1' } });
      assert.deepEqual(await run('restart'), { context_id: 'C1' });
      assert.deepEqual(asked, [`POST ${CHECK}`, 'ping', 'call_service homeassistant restart']);
    });

    const rows: readonly (readonly [string, number, unknown, ErrorCode])[] = [
      ['a broken configuration', 200, { result: 'invalid', errors: 'line 3' }, 'not_recoverable'],
      ['a check that says nothing', 200, '', 'command_failed'],
      ['a check of null', 200, null, 'command_failed'],
      ['a check of something else', 200, { result: 'VALID' }, 'command_failed'],
      ['a check that fails', 500, '', 'command_failed'],
      ['a check that is forbidden', 403, { message: 'no' }, 'command_failed'],
      ['who may not check', 401, '', 'not_admin'],
    ];
    for (const [what, status, body, code] of rows) {
      it(`never with ${what}`, async () => {
        answer = says(status, body);
        await assert.rejects(run('restart'), { code });
        assert.deepEqual(asked, [`POST ${CHECK}`]);
      });
    }

    const lost = new CaretakerError('connection_lost', 'gone');
    it('that takes the connection with it has been asked for', async () => {
      answer = valid;
      command = ({ type }) => (type === 'ping' ? Promise.resolve() : Promise.reject(lost));
      assert.deepEqual(await run('restart'), { context_id: null });
    });

    it('over a connection that was lost before has not', async () => {
      answer = valid;
      command = () => Promise.reject(lost);
      await assert.rejects(run('restart'), { code: 'connection_lost' });
      assert.deepEqual(asked, [`POST ${CHECK}`, 'ping']);
    });

    it('that is given up has not been seen to happen', async () => {
      answer = valid;
      command = ({ type }) => (type === 'ping' ? Promise.resolve() : new Promise(() => {}));
      setTimeout(() => stop.abort(), 100);
      await assert.rejects(run('restart'), { code: 'connection_lost' });
    });

    it('that is refused is an error', async () => {
      answer = valid;
      command = ({ type }) => (type === 'ping' ? Promise.resolve() : Promise.reject(failed('x: y')));
      await assert.rejects(run('restart'), { code: 'command_failed' });
    });
  });
});
