import assert from 'node:assert/strict';

/** What a Prometheus would make of a scrape: each series once, by `name{label="value"}`; anything it would refuse fails. */
export class Scrape {
  readonly series = new Map<string, number>();
  readonly types = new Map<string, string>();

  constructor(text: string) {
    assert.ok(text.endsWith('\n'));
    let family = '';
    for (const line of text.split('\n').filter(Boolean)) {
      const [, word, name, rest = ''] = /^# (HELP|TYPE) (\w+) (.*)$/.exec(line) ?? [];
      if (word === 'HELP') {
        assert.ok(!this.types.has(name as string), `${name} is told of twice`);
        family = name as string;
      } else if (word === 'TYPE') this.types.set(family, rest);
      else this.#take(line, family);
    }
  }

  names(): Set<string> {
    return new Set([...this.series.keys()].map((key) => key.replace(/\{.*/, '')));
  }

  /** Whatever of a home it has. */
  of(instanceId: string): string[] {
    return [...this.series.keys()].filter((key) => key.includes(`instance_id="${instanceId}"`));
  }

  value(key: string): number | undefined {
    return this.series.get(key);
  }

  #take(line: string, family: string): void {
    const [, name, labels = '', value] = /^(\w+)\{((?:\w+="(?:[^"\\\n]|\\.)*",?)*)\} (\S+)$/.exec(line) ?? [];
    assert.equal(name, family, line);
    const key = `${name}{${labels}}`;
    assert.ok(!this.series.has(key), `twice: ${line}`);
    assert.ok(Number.isFinite(Number(value)), line);
    this.series.set(key, Number(value));
  }
}
