/** What could not be taken over as it stands, and why: one line a reason. */
export class Remarks {
  readonly #labels = new Map<string, string[]>();

  /**
   * @param label what it is about
   * @param why what becomes of it and what to do, in whole sentences; what has the same reason shares a line
   */
  add(label: string, why: string): void {
    const labels = this.#labels.get(why) ?? [];
    labels.push(label);
    this.#labels.set(why, labels);
  }

  lines(): string[] {
    return [...this.#labels].map(([why, labels]) => `${labels.join(', ')}: ${why}`);
  }
}
