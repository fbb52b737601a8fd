import { type Flap, Flapping } from '../../core/figures/flapping';
import type { Chronicle } from './chronicle';
import { factPages } from './reading';
import { inSlices } from './slices';

/** The entities of a home that go up and down now. */
export async function flappingOf({ namespace, household }: Chronicle, now: number): Promise<Flap[]> {
  const flapping = new Flapping(now);
  for await (const page of factPages(namespace, { kind: 'entity', from: flapping.from, to: now }))
    for (const fact of page) flapping.take(fact);
  const found: Flap[] = [];
  await inSlices(flapping.found(), (flap) => household.has(flap.subject.id) && found.push(flap));
  return found;
}
