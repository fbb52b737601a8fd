import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { GARBAGE, type GarbageKind } from './garbage';

interface Rejection {
  readonly code: string;
  readonly message: string;
}

/** The open connections, as faults see them. */
export interface Wires {
  readonly sockets: Iterable<Socket>;
  readonly sessions: Iterable<{ readonly socket: WebSocket; readonly subscriptions: ReadonlyMap<number, unknown> }>;
}

/** What goes wrong on command. Each lasts until it is switched off or `clear` is called. */
export class Faults {
  isUpgradeStalled = false;
  isSilent = false;
  isAuthStalled = false;
  isAuthInvalid = false;
  isNotHa = false;
  /** Answer to the upgrade instead of 101. */
  upgradeStatus: number | undefined;
  /** Answer to every REST call. */
  restStatus: number | undefined;
  /** ms before every answer; `clear` leaves it. */
  latency: number | undefined;
  #delays = new Map<string, number>();
  #rejections = new Map<string, Rejection>();
  #refusals = new Map<string, number>();
  #timers = new Set<NodeJS.Timeout>();
  #frozen: (() => void)[] = [];

  constructor(
    private readonly wires: () => Wires,
    private readonly swapHome: () => void,
    private readonly restart: () => Promise<void>,
    private readonly change: (count: number) => void,
  ) {}

  /** Accepts TCP and never answers the WebSocket upgrade; REST goes on. */
  stallUpgrade(on = true): void {
    this.isUpgradeStalled = on;
  }

  /** REST works, the WebSocket upgrade is answered with this status. */
  refuseUpgrade(status: number | undefined): void {
    this.upgradeStatus = status;
  }

  /** Sockets stay open, nothing is answered, no pings, no pongs. */
  silence(on = true): void {
    this.isSilent = on;
  }

  /** Neither reads nor writes any more, also not the pongs of the library; new connections hang, too. */
  halfOpen(on = true): void {
    this.isSilent = on;
    if (on) {
      for (const socket of this.wires().sockets) {
        socket.pause();
        this.#frozen.push(() => socket.destroy());
      }
    } else for (const thaw of this.#frozen.splice(0)) thaw();
  }

  /** Never answers the log-in. */
  authStall(on = true): void {
    this.isAuthStalled = on;
  }

  /** Every log-in fails, over both wires; open sockets stay. */
  authInvalid(on = true): void {
    this.isAuthInvalid = on;
  }

  /** An ordinary web page at this address. */
  notHa(on = true): void {
    this.isNotHa = on;
    if (on) this.dropSockets();
  }

  /** The command, or the service (`button.press`), is refused; `null` ends it. */
  rejectSubscribe(command: string, code: string | null = 'unknown_command'): void {
    if (code === null) this.#rejections.delete(command);
    else this.#rejections.set(command, { code, message: code === 'unknown_command' ? 'Unknown command.' : code });
  }

  /** @param name of the service that is called, else again the command */
  rejectionOf(command: string, name: string): Rejection | undefined {
    return this.#rejections.get(name) ?? this.#rejections.get(command);
  }

  /** This one REST call (`POST /api/...`) is answered with this status, to whoever asks; `null` ends it. */
  refuseRest(call: string, status: number | null): void {
    if (status === null) this.#refusals.delete(call);
    else this.#refusals.set(call, status);
  }

  refusalOf(call: string): number | undefined {
    return this.#refusals.get(call);
  }

  /** Answers a command, a service (`button.press`) or `GET /api/...` late; Infinity: never; 0 ends it. */
  delay(command: string, ms: number): void {
    if (ms === 0) this.#delays.delete(command);
    else this.#delays.set(command, ms);
  }

  delayOf(command: string, name = command): number | undefined {
    return this.#delays.get(name) ?? this.#delays.get(command) ?? this.latency;
  }

  /** Sends one frame of rubbish to every client, as it stands. Without a kind: one of each. */
  garbage(kind?: GarbageKind): void {
    const kinds = kind ? [kind] : (Object.keys(GARBAGE) as GarbageKind[]);
    for (const session of this.wires().sessions) {
      const subscription = Math.max(1, ...session.subscriptions.keys());
      for (const one of kinds) session.socket.send(GARBAGE[one](subscription));
    }
  }

  /** Sends any text or bytes as a frame of its own to every client. */
  frame(data: string | Buffer): void {
    for (const { socket } of this.wires().sessions) socket.send(data);
  }

  /** A valid but senseless message of about this many bytes. */
  hugeFrame(bytes: number): void {
    const head = '{"id":1,"type":"event","event":{"a":{"sensor.huge":{"s":"';
    const tail = '","a":{},"c":"x","lc":1}}}}';
    this.frame(`${head}${'x'.repeat(Math.max(0, bytes - head.length - tail.length))}${tail}`);
  }

  closeWith(code: number): void {
    for (const { socket } of this.wires().sessions) socket.close(code);
  }

  /** Cuts every connection without a goodbye. */
  dropSockets(): void {
    for (const socket of this.wires().sockets) socket.destroy();
  }

  /** Restarts again and again, `everySeconds` after it came up. */
  restartLoop(everySeconds: number): void {
    const again = () => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.restart().then(again, () => undefined);
      }, everySeconds * 1000);
      this.#timers.add(timer);
    };
    again();
  }

  /** This many state changes a second. */
  flood(eventsPerSecond: number): void {
    let owed = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      owed += ((now - last) / 1000) * eventsPerSecond;
      last = now;
      const count = Math.min(Math.floor(owed), eventsPerSecond);
      owed -= count;
      this.change(count);
    }, 10);
    this.#timers.add(timer);
  }

  /** Another home answers at the same address: its entries and devices have other ids. */
  swap(): void {
    this.swapHome();
    this.dropSockets();
  }

  /** Ends every fault; frozen sockets are cut. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#delays.clear();
    this.#rejections.clear();
    this.#refusals.clear();
    this.halfOpen(false);
    this.isUpgradeStalled = this.isAuthStalled = this.isAuthInvalid = this.isNotHa = false;
    this.upgradeStatus = this.restStatus = undefined;
  }
}
