import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../../../src/lib/hass/rest';
import { type Target, target } from '../../../src/lib/hass/target';
import { nothingUnhandled } from '../../hardening/quiet';
import { eventually } from '../../support/eventually';

describe('a REST call', () => {
  nothingUnhandled();
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let to: Target;
  let open: number;

  beforeEach(async () => {
    open = 0;
    server = createServer((message, response) => answer(message, response));
    server.on('connection', (socket) => {
      open += 1;
      socket.on('close', () => {
        open -= 1;
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    to = target(`http://127.0.0.1:${(server.address() as { port: number }).port}`, 'secret-token');
  });
  afterEach(async () => {
    await eventually(() => assert.equal(open, 0, `${open} connections left open`), 500);
    await new Promise((done) => server.close(done));
  });

  const get = (timeout = 1_000, more = {}) => request(to, 'GET', '/api/', timeout, more);

  it('answers any status, with what came', async () => {
    for (const status of [200, 204, 301, 400, 401, 404, 500, 503]) {
      answer = (_message, response) => response.writeHead(status).end();
      assert.deepEqual(await get(), { status, body: '' });
    }
    answer = (_message, response) => response.end('{"message":"API running."}');
    assert.deepEqual(await get(), { status: 200, body: { message: 'API running.' } });
    answer = (_message, response) => response.end('<html>');
    assert.deepEqual(await get(), { status: 200, body: '<html>' });
  });

  it('sends token and body', async () => {
    answer = (message, response) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('end', () =>
        response.end(JSON.stringify([message.method, message.headers, String(Buffer.concat(chunks))])),
      );
    };
    const { body } = await request(to, 'POST', '/api/x', 1_000, { body: { ü: 1 } });
    const [method, headers, text] = body as [string, Record<string, string>, string];
    assert.deepEqual([method, headers['authorization'], text], ['POST', 'Bearer secret-token', '{"ü":1}']);
    assert.equal(headers['content-type'], 'application/json');
  });

  it('ends in time: no answer', async () => {
    answer = () => {};
    await assert.rejects(get(100), { code: 'command_timeout' });
  });

  it('ends in time: an answer that dribbles', async () => {
    let dribbles: NodeJS.Timeout | undefined;
    answer = (_message, response) => {
      response.write('{');
      dribbles = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(dribbles));
    };
    const started = Date.now();
    await assert.rejects(get(200), { code: 'command_timeout' });
    assert.ok(Date.now() - started < 600);
  });

  it('takes no more than a sane amount', async () => {
    let sent = 0;
    answer = (_message, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      const more = () => {
        for (; sent < 200; sent += 1) if (!response.write(chunk)) return;
        response.end();
      };
      response.on('drain', more);
      more();
    };
    await assert.rejects(get(5_000), { code: 'cannot_connect', message: /too large/ });
    assert.ok(sent < 60, `${sent} MB were sent`);
  });

  it('ends when it is given up, before and meanwhile', async () => {
    answer = () => {};
    const stop = new AbortController();
    const given = get(5_000, { signal: stop.signal });
    await eventually(() => assert.equal(open, 1));
    stop.abort();
    await assert.rejects(given, { code: 'connection_lost' });
    await assert.rejects(get(5_000, { signal: stop.signal }), { code: 'connection_lost' });
  });

  it('rejects what is no HTTP, a connection cut off and an answer cut short', async () => {
    for (const rude of ['nonsense\r\n\r\n', '', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc']) {
      answer = (_message, response) => response.socket?.end(rude);
      await assert.rejects(get(), { code: 'cannot_connect' }, rude);
      await sleep(1);
    }
  });

  it('never says the token', async () => {
    answer = (_message, response) => response.destroy();
    await assert.rejects(
      get(),
      (thrown: Error) => !JSON.stringify([thrown.message, thrown.stack]).includes('secret-token'),
    );
  });
});
