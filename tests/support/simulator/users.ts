import type { Tokens } from '../home';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly group: keyof Tokens;
}

/** Who may log in, and how often somebody failed to. */
export class Users {
  readonly all: readonly User[];
  readonly tokens: Tokens;
  /** Home Assistant bans an address by this count. */
  failedLogins = 0;
  readonly #valid = new Set<keyof Tokens>(['admin', 'user', 'read_only']);

  constructor(newId: () => string) {
    const token = () => `${newId()}.${newId()}.${newId()}`;
    this.tokens = { admin: token(), user: token(), read_only: token() };
    this.all = [
      { id: newId(), name: 'Owner', group: 'admin' },
      { id: newId(), name: 'User', group: 'user' },
      { id: newId(), name: 'Read only', group: 'read_only' },
    ];
  }

  setValid(who: keyof Tokens, valid: boolean): void {
    if (valid) this.#valid.add(who);
    else this.#valid.delete(who);
  }

  /** The user of a token; counts a failure. */
  login(token: unknown): User | undefined {
    const user = this.all.find((one) => this.tokens[one.group] === token && this.#valid.has(one.group));
    if (!user) this.failedLogins++;
    return user;
  }
}
