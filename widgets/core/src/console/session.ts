/** Who is signed in, and what they set for themselves. */

import type { Me, Preferences } from "@ucc/wire";
import { Store } from "../store";
import { Api } from "./api";
import { Http, Offline, Problem } from "./http";

export interface SessionState {
  /** unknown: not asked yet; unreachable: asked, no answer. */
  readonly status: "unknown" | "unreachable" | "signed_out" | "signed_in";
  readonly me: Me | null;
}

/** The session of this browser; holds the one `Api` of the console. */
export class Session {
  readonly state = new Store<SessionState>({ status: "unknown", me: null });
  readonly api: Api;

  constructor(options: { base?: string; fetch?: typeof fetch } = {}) {
    const http = new Http({
      ...options,
      csrf: () => this.state.get().me?.csrf_token ?? null,
      onSignedOut: () => this.state.set({ status: "signed_out", me: null }),
    });
    this.api = new Api(http);
  }

  /** Asks the server who this is. */
  async resume(): Promise<void> {
    try {
      this.enter(await this.api.me());
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return;
      if (!(error instanceof Problem || error instanceof Offline)) throw error;
      this.state.set({ status: "unreachable", me: null });
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.enter(await this.api.signIn({ email, password }));
  }

  async signOut(): Promise<void> {
    await this.api.signOut();
    this.state.set({ status: "signed_out", me: null });
  }

  /** Takes a change at once and keeps it on the server; what fails is taken back. */
  async save(change: Preferences): Promise<void> {
    const before = this.state.get();
    if (!before.me) return;
    this.enter({ ...before.me, ...change } as Me);
    try {
      this.enter(await this.api.savePreferences(change));
    } catch (error) {
      this.state.set(before);
      throw error;
    }
  }

  may(permission: string): boolean {
    return this.state.get().me?.permissions.includes(permission) ?? false;
  }

  private enter(me: Me): void {
    this.state.set({ status: "signed_in", me });
  }
}
