import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Launch } from './install';
import { tail } from './run';

/** `hass` asks with this exit code to be started again. */
const RESTART = 100;
/** A first start installs requirements; ms. */
const PATIENCE = 180_000;
const POLL = 100;

/** One `hass` process, started again when it asks for it. It never outlives this process, however this one ends. */
export class HassProcess {
  private child: ChildProcess | undefined;
  private exited: Promise<void> = Promise.resolve();
  private startedTimes = 0;

  constructor(
    private readonly launch: Launch,
    readonly logFile: string,
  ) {
    process.on('exit', this.killNow);
  }

  /** How often it was started so far: what was true of an earlier process is not true of this one. */
  get generation(): number {
    return this.startedTimes;
  }

  start(): void {
    if (this.child !== undefined) throw new Error('Home Assistant is running already');
    const log = openSync(this.logFile, 'a');
    const { command, args, env } = this.launch;
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      env,
      // A group of its own, so that it can be killed with all it has started, and Ctrl-C reaches this process only.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    this.startedTimes += 1;
    this.exited = new Promise((resolve) => {
      child.once('error', () => resolve(this.onExit(child, null)));
      child.once('exit', (code) => resolve(this.onExit(child, code)));
    });
  }

  async kill(): Promise<void> {
    this.killNow();
    await this.exited;
  }

  /** For good: nothing holds on to it any more. */
  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.killNow);
  }

  /** Resolves once `check` answers true; a refused connection counts as not yet. */
  async until(what: string, check: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!(await check().catch(() => false))) {
      if (this.child === undefined) throw new Error(await this.complaint(`has ended before it was ${what}`));
      if (Date.now() > deadline) throw new Error(await this.complaint(`is not ${what} after ${PATIENCE} ms`));
      await delay(POLL);
    }
  }

  private onExit(child: ChildProcess, code: number | null): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (code === RESTART) this.start();
  }

  private readonly killNow = (): void => {
    const child = this.child;
    this.child = undefined;
    if (child?.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended in this very moment.
    }
  };

  private async complaint(text: string): Promise<string> {
    return `Home Assistant ${text}; the end of ${this.logFile}:\n${await tail(this.logFile)}`;
  }
}
