import type { NodeAPI } from 'node-red';
import { CATALOGUE } from '../lib/api/catalogue';
import { defineAskingNode } from './asking-shell';

const FIGURES = ['reliability', 'failures', 'summary', 'flapping', 'anomalies'];

export default function register(RED: NodeAPI): void {
  const figures = new Map([...CATALOGUE].filter(([name]) => FIGURES.includes(name)));
  defineAskingNode(RED, 'caretaker-pattern', figures);
}
