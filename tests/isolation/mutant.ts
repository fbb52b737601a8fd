import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/node-red';

/** One place of the built package said differently. */
export interface Patch {
  /** Under `dist`. */
  readonly file: string;
  /** As it stands there; the built code keeps the text of the source, but for its types. */
  readonly from: string;
  readonly to: string;
}

/** A copy of the built package with these patches, for Node-RED to load instead. */
export class Mutant {
  readonly folder = mkdtempSync(join(tmpdir(), 'caretaker-mutant-'));

  /** @throws AssertionError when a patch has nothing to change: a plant that is not there proves nothing */
  constructor(patches: readonly Patch[]) {
    for (const part of ['dist', 'resources', 'package.json']) {
      cpSync(join(root, part), join(this.folder, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    for (const { file, from, to } of patches) {
      const path = join(this.folder, 'dist', file);
      const before = readFileSync(path, 'utf8');
      assert.ok(before.includes(from), `dist/${file} has no such place any more: ${from}`);
      writeFileSync(path, before.replaceAll(from, to));
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
