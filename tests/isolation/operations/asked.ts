import { A, B, type Bound } from '../flows';
import type { World } from '../world';

export type Question = Readonly<Record<string, unknown>>;

/** What came back, and whatever of it is B's or went wrong, where nothing should. */
export interface Answers {
  readonly answers: readonly unknown[];
  readonly wrong: readonly string[];
}

const OF_B = new RegExp(`\\b${B}\\b`);
/** All of it is A's, and was answered. */
export const ALL_OF_A = /"wrong":\[\]/;
/** Nothing was answered, for the one reason that there is no such home. */
export const NOT_FOUND = /^(\[\]|\[("instance_not_found",?)+\])$/;

/** Asks several things of one home, by the node that is bound to it or with a target. */
export const asks =
  (node: 'aggregate' | 'pattern', questions: readonly Question[], reference: object = {}, bound: Bound = 'a') =>
  async (world: World): Promise<Answers> => {
    const answers: unknown[] = [];
    const wrong: string[] = [];
    for (const question of questions) {
      const answer = await world.ask(node, bound, { ...reference, payload: question });
      const text = JSON.stringify(answer);
      answers.push(answer);
      if (typeof answer['error'] === 'string' && 'code' in answer) wrong.push(`${JSON.stringify(question)}: ${text}`);
      if (OF_B.test(text) || text.includes(world.b.url)) wrong.push(`of ${B}: ${text}`);
    }
    return { answers, wrong };
  };

/** The codes of what is refused. */
export const refused =
  (node: 'aggregate' | 'pattern', questions: readonly Question[], reference: object = {}) =>
  async (world: World): Promise<unknown[]> => {
    const codes: unknown[] = [];
    for (const payload of questions) codes.push((await world.ask(node, 'a', { ...reference, payload }))['code']);
    return codes;
  };

export const ofA = { instance_id: A };
export const ofB = { instance_id: B };
