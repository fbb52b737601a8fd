import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../../src/lib/hass/connection';
import { defaultLinkTimes } from '../../../src/lib/hass/link';
import { target } from '../../../src/lib/hass/target';
import { nothingUnhandled } from '../../hardening/quiet';
import { eventually } from '../../support/eventually';

const times = { ...defaultLinkTimes, handshake: 300, auth: 300, command: 1_000 };

const frame = (text: string) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
const authRequired = frame('{"type":"auth_required"}');
const authOk = frame('{"type":"auth_ok","ha_version":"2026.11.0"}');

function upgraded(request: string): string {
  const key = /sec-websocket-key: (.*)\r/i.exec(request)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  return `${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

describe('opening a socket', () => {
  nothingUnhandled();
  let server: Server;
  let sockets: Set<Socket>;
  let url: string;
  /** What the server does with each chunk it gets; the first one is the upgrade. */
  let does: (socket: Socket, chunk: string, count: number) => void;
  /** Says goodbye when we do. */
  let polite: boolean;
  let ended: string[];

  beforeEach(async () => {
    [sockets, ended, polite] = [new Set(), [], true];
    server = createServer({ allowHalfOpen: true }, (socket) => {
      let count = 0;
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
      socket.on('end', () => polite && socket.end());
      socket.on('data', (chunk) => does(socket, String(chunk), ++count));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterEach(async () => {
    if (!polite) for (const socket of sockets) socket.destroy();
    await eventually(() => assert.equal(sockets.size, 0, `${sockets.size} sockets left open`), 1_000);
    await new Promise((done) => server.close(done));
  });

  const open = (signal = new AbortController().signal, to = url) =>
    Connection.connect(target(to, 'token'), times, { ended: (why) => ended.push(why), trouble() {} }, signal);

  it('ends in time: an upgrade that dribbles', async () => {
    does = (socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nX: ');
      const dribble = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(dribble));
    };
    const started = Date.now();
    await assert.rejects(open(), { code: 'cannot_connect' });
    assert.ok(Date.now() - started < 700);
  });

  it('ends in time: a login that asks again and again', async () => {
    does = (socket, chunk, count) => {
      if (count > 1) return;
      socket.write(upgraded(chunk));
      const again = setInterval(() => socket.write(authRequired), 20);
      socket.on('close', () => clearInterval(again));
    };
    await assert.rejects(open(), { code: 'command_timeout' });
  });

  it('ends in time: no packet is answered', async () => {
    await assert.rejects(open(undefined, 'http://192.0.2.1:8123'), { code: 'cannot_connect' });
  });

  for (const [what, bytes] of [
    ['a frame that is none', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a frame of 100 MB', Buffer.from([0x81, 127, 0, 0, 0, 0, 6, 64, 0, 0])],
    ['text that is no UTF-8', Buffer.from([0x81, 2, 0xc3, 0x28])],
  ] as const) {
    it(`survives ${what} right behind the login`, async () => {
      polite = false;
      does = (socket, chunk, count) => {
        if (count === 1) socket.write(Buffer.concat([Buffer.from(upgraded(chunk)), authRequired]));
        else if (count === 2) socket.write(Buffer.concat([authOk, bytes]));
      };
      await open();
      await eventually(() => assert.equal(ended.length, 1), 1_000);
    });

    it(`ends at once after ${what}, also when the other side never says goodbye`, async () => {
      polite = false;
      does = (socket, chunk, count) => {
        if (count === 1) socket.write(Buffer.concat([Buffer.from(upgraded(chunk)), authRequired]));
        else if (count === 2) socket.write(authOk);
        else if (count === 3) socket.write(bytes);
      };
      await open();
      await eventually(() => assert.equal(ended.length, 1), 1_000);
    });
  }

  it('says what is wrong when something else answers', async () => {
    const answers: [string, string][] = [
      ['HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', 'not_home_assistant'],
      ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', 'not_home_assistant'],
      ['HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n', 'cannot_connect'],
      ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'not_home_assistant'],
      ['SSH-2.0-OpenSSH\r\n', 'cannot_connect'],
    ];
    for (const [answer, code] of answers) {
      does = (socket) => socket.end(answer);
      await assert.rejects(open(), { code }, answer);
    }
    for (const text of ['{}', 'null', '7', '[]', 'x', '{"type":"auth_okay"}']) {
      does = (socket, chunk, count) => {
        if (count === 1) socket.write(Buffer.concat([Buffer.from(upgraded(chunk)), frame(text)]));
      };
      await assert.rejects(open(), { code: 'not_home_assistant' }, text);
    }
    does = (socket, chunk, count) => {
      if (count === 1) socket.write(Buffer.concat([Buffer.from(upgraded(chunk)), frame('{"type":"auth_invalid"}')]));
    };
    await assert.rejects(open(), { code: 'invalid_auth' });
  });

  it('is given up in every phase', async () => {
    const phases: (typeof does)[] = [
      () => {},
      (socket, chunk, count) => void (count === 1 && socket.write(upgraded(chunk))),
      (socket, chunk, count) =>
        void (count === 1 && socket.write(Buffer.concat([Buffer.from(upgraded(chunk)), authRequired]))),
    ];
    for (const phase of phases) {
      does = phase;
      const stop = new AbortController();
      const opening = open(stop.signal);
      opening.catch(() => {});
      await sleep(50);
      stop.abort();
      await assert.rejects(opening, { code: 'connection_lost' });
      await assert.rejects(open(stop.signal), { code: 'connection_lost' });
    }
  });

  it('asks for no compression', async () => {
    let asked = '';
    does = (socket, chunk) => {
      asked = chunk;
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    };
    await assert.rejects(open(), { code: 'not_home_assistant' });
    assert.match(asked, /^GET \/api\/websocket HTTP/);
    assert.doesNotMatch(asked, /deflate/);
  });
});
