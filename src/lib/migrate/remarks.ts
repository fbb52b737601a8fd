/** What could not be taken over as it stands, and why: one line a reason. */
export class Remarks {
  /** By the file it stands in and by why, in the order they came. */
  readonly #labels = new Map<string, { readonly file: string; readonly why: string; readonly labels: string[] }>();

  /**
   * @param label what it is about
   * @param why what becomes of it and what to do, in whole sentences; what has the same reason shares a line
   */
  add(file: string, label: string, why: string): void {
    const key = `${file} ${why}`;
    const line = this.#labels.get(key) ?? { file, why, labels: [] };
    line.labels.push(label);
    this.#labels.set(key, line);
  }

  lines(): string[] {
    return [...this.#labels.values()].map(({ file, why, labels }) => `${file}: ${labels.join(', ')}: ${why}`);
  }
}
