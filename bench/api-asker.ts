/** A process of its own: sends requests at a steady rate, whatever comes back, and times the answers. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is asked, in turn, and how often. */
export interface Order {
  readonly url: string;
  readonly paths: readonly string[];
  readonly perSecond: number;
  readonly requests: number;
}

export interface Timed {
  /** From when it was due to the last byte, ms. */
  readonly latencies: readonly number[];
  readonly failed: number;
}

function ask(agent: Agent, url: string): Promise<boolean> {
  return new Promise((done) => {
    const sent = get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode === 200));
      response.on('error', () => done(false));
    });
    sent.on('error', () => done(false));
  });
}

async function obey({ url, paths, perSecond, requests }: Order): Promise<Timed> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const start = performance.now();
  const answers: Promise<{ latency: number; ok: boolean }>[] = [];
  while (answers.length < requests) {
    const due = start + (answers.length * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const path = paths[answers.length % paths.length] ?? '/';
    answers.push(ask(agent, `${url}${path}`).then((ok) => ({ latency: performance.now() - due, ok })));
  }
  const all = await Promise.all(answers);
  // What is kept open would be closed by the other side before the next order.
  agent.destroy();
  return { latencies: all.map(({ latency }) => latency), failed: all.filter(({ ok }) => !ok).length };
}

process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (thrown: unknown) => process.send?.({ failure: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit(0));
