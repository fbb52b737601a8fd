import { setImmediate as breath } from 'node:timers/promises';
import type { Caller, Operation, Reply } from './operation';

/** The fields of a page, of an operation that has pages. */
interface Paged {
  readonly limit: { readonly maximum?: number };
}

/** Whether an operation answers page by page. */
export function hasPages({ fields: { properties } }: Operation): boolean {
  return 'limit' in properties && 'offset' in properties;
}

/** All that a list has from `offset` on, put together page by page: between two of them others have their turn. */
export async function wholeList(operation: Operation, caller: Caller, fields: object): Promise<Reply> {
  const { maximum: limit = 1_000 } = (operation.fields.properties as unknown as Paged).limit;
  const items: unknown[] = [];
  for (let offset = Number((fields as { offset?: unknown }).offset ?? 0); ; offset += limit) {
    const reply = await operation.run(caller, { ...fields, limit, offset });
    const page = pageOf(reply.body);
    for (const item of page.items) items.push(item);
    if (page.items.length < limit) return { ...reply, body: page.with(items) };
    await breath();
  }
}

/** A list is the body, or the one list in it. */
function pageOf(body: unknown): { items: readonly unknown[]; with(items: readonly unknown[]): unknown } {
  if (Array.isArray(body)) return { items: body, with: (items) => items };
  const fields = Object.entries(Object(body) as object);
  const [name = '', items = []] = fields.find(([, value]) => Array.isArray(value)) ?? [];
  return { items, with: (all) => ({ ...Object(body), [name]: all }) };
}
