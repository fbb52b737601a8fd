import assert from 'node:assert/strict';
import { T0, TestHome } from './test-home';

/** As it comes off the wire: an object literal could not spell some of it. */
const garbage: readonly (readonly [string, string])[] = [
  ['a state that is a number', '{"a":{"light.a":{"s":5}}}'],
  ['a state that is null', '{"a":{"light.a":{"s":null}}}'],
  ['a state that is missing', '{"a":{"light.a":{}}}'],
  ['a state that is an object', '{"c":{"light.a":{"+":{"s":{"x":1}}}}}'],
  ['an entity that is null', '{"a":{"light.a":null}}'],
  ['an entity that is text', '{"a":{"light.a":"on"}}'],
  ['attributes that are text', '{"a":{"light.a":{"s":"on","a":"restored"}},"c":{"light.a":{"+":{"a":{"x":1}}}}}'],
  ['attributes that are null', '{"a":{"light.a":{"s":"on","a":null}},"c":{"light.a":{"+":{"a":null}}}}'],
  ['attributes added that are text', '{"c":{"light.a":{"+":{"a":"text"}}}}'],
  ['an attribute called __proto__', '{"a":{"light.a":{"s":"on","a":{"__proto__":{"restored":true}}}}}'],
  ['an added attribute called __proto__', '{"c":{"light.a":{"+":{"a":{"__proto__":{"restored":true},"polluted":1}}}}}'],
  ['a dropped attribute called __proto__', '{"c":{"light.a":{"-":{"a":["__proto__","constructor"]}}}}'],
  ['an entity called __proto__', '{"a":{"__proto__":{"s":"on"}},"c":{"__proto__":{"+":{"a":{"polluted":1}}}}}'],
  ['an entity called constructor', '{"c":{"constructor":{"+":{"s":"off"}}},"r":["toString"]}'],
  ['a change that is null', '{"c":{"light.a":null}}'],
  ['a change that is text', '{"c":{"light.a":"off"}}'],
  ['a change of nothing', '{"c":{"light.a":{}}}'],
  ['a change whose parts are null', '{"c":{"light.a":{"+":null,"-":null}}}'],
  ['dropped attributes that are no list', '{"c":{"light.a":{"-":{"a":5}}}}'],
  ['instants that are text', '{"c":{"light.a":{"+":{"lc":"yesterday","lu":{}}}}}'],
  ['instants beyond all time', '{"a":{"light.a":{"s":"on","lc":1e999,"lu":-1e999}}}'],
  ['entities that are text', '{"a":"light","c":"light"}'],
  ['nothing at all', '{}'],
  ['a removed entity nobody has', '{"r":["light.unheard_of"]}'],
  ['a changed entity nobody has', '{"c":{"light.unheard_of":{"+":{"s":"unavailable"}}}}'],
];

describe('what makes no sense', () => {
  for (const [what, frame] of garbage) {
    it(`${what}: says nothing, and what comes after counts`, () => {
      const home = new TestHome({ stale_threshold_seconds: 500 }).snapshot({ 'light.a': 'on', 'light.b': 'on' }).live();
      home.until(10).ingest(JSON.parse(frame)).until(400);
      assert.deepEqual([home.told, home.down(), home.forgotten], [[], [], []]);
      assert.equal(home.tracker.entities.get('light.a')?.raw, 'on');
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
      assert.equal(({} as Record<string, unknown>)['restored'], undefined);
      home.ingest({ c: { 'light.a': { '+': { s: 'unavailable', lc: T0 / 1000 + 400, a: { x: 1 } } } } }).until(500);
      assert.deepEqual(home.told, ['430 light.a available > unavailable since 400']);
      for (const { at, since } of home.settled) assert.ok(Number.isFinite(at) && Number.isFinite(since));
    });
  }

  it('takes nothing of the rest of its frame with it', () => {
    const home = new TestHome().snapshot({ 'light.a': 'on', 'light.b': 'on' }).live();
    home.ingest(JSON.parse('{"a":{"light.a":null,"light.b":{"s":"unavailable"}},"c":{"light.a":null}}')).until(30);
    assert.deepEqual(home.told, ['30 light.b available > unavailable since 0']);
  });

  it('in a snapshot is not gone', () => {
    const home = new TestHome().snapshot({ 'light.a': 'on' }).live().dark();
    home.tracker.beginSnapshot();
    home.tracker.ingest(JSON.parse('{"a":{"light.a":{"s":7}}}'), home.now, true);
    assert.deepEqual(home.live().until(900).told, []);
  });

  it('an instant before all time is none', () => {
    const home = new TestHome().snapshot({ 'light.a': 'on' }).live().until(10);
    home.ingest({ a: { 'light.a': { s: 'unavailable', lc: 0 } } }).until(100);
    assert.deepEqual(home.told, ['40 light.a available > unavailable since 10']);
  });

  it('a state without instants began when it was heard', () => {
    const home = new TestHome().snapshot({ 'light.a': 'on' }).live().until(10);
    home.ingest({ a: { 'light.a': { s: 'unavailable' } } }).until(100);
    assert.deepEqual(home.told, ['40 light.a available > unavailable since 10']);
  });

  it('failing in the middle of a list leaves devices judged', () => {
    const home = new TestHome().snapshot({ 'light.a': 'on' }).live();
    const broken = { entities: [null], devices: [], areas: new Map(), labels: new Map() };
    assert.throws(() => home.tracker.setRegistry(broken as never, home.now));
    home.set({ 'light.a': 'unavailable' }).until(30);
    assert.equal(home.told.length, 1);
  });
});
