/** Who is signed in, what they may do, and the one HTTP client of the console. */
import { Api } from "@ucc/core/console/api";
import { Http, Problem } from "@ucc/core/console/http";
import type { WebSocketLike } from "@ucc/core/socket";
import type { Me, PasswordWrite } from "@ucc/wire";
import { isLocale } from "../paraglide/runtime";
import { language } from "./language.svelte";
import { theme, themeOf } from "./theme.svelte";

export type SessionState = "loading" | "signed_out" | "signed_in" | "unreachable";

class Session {
  state = $state<SessionState>("loading");
  me = $state<Me | null>(null);
  /** The session ended by itself: the sign-in page says so. */
  hasExpired = $state(false);
  http = new Http({
    csrf: () => this.me?.csrf_token ?? null,
    onSignedOut: () => this.expire(),
    fetch: (...request) => this.send(...request),
  });
  api = new Api(this.http);
  /** The browser's fetch; the development fixture puts itself in its place. */
  send: typeof fetch = (...request) => fetch(...request);

  /** The browser's WebSocket, unless the fixture brings its own. */
  connect: ((url: string) => WebSocketLike) | undefined;

  /** Ask the server who we are. */
  async load(): Promise<void> {
    this.state = "loading";
    try {
      this.#welcome(await this.api.me());
    } catch (error) {
      this.hasExpired = false;
      this.state = error instanceof Problem && error.status === 401 ? "signed_out" : "unreachable";
    }
  }

  /** Sign in; throws the server's refusal. */
  async signIn(email: string, password: string): Promise<void> {
    const me = await this.api.signIn({ email, password });
    this.hasExpired = false;
    this.#welcome(me);
  }

  /** Sign out here; the page falls back to sign-in even if the server does not answer. */
  async signOut(): Promise<void> {
    await this.api.signOut().catch(() => undefined);
    this.hasExpired = false;
    this.me = null;
    this.state = "signed_out";
  }

  /** Change one's own password; every other session of the user ends. */
  changePassword(passwords: PasswordWrite): Promise<void> {
    return this.http.post("/auth/password", passwords);
  }

  /** Whether the signed-in user has a permission. */
  may(permission: string): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }

  /** Keep language and theme with the user, quietly: the screen has switched already. */
  savePreferences(): void {
    if (!this.me) return;
    void this.api
      .savePreferences({ locale: language.current, theme: theme.current })
      .then((me) => {
        this.me = me;
      })
      .catch(() => undefined);
  }

  /** The server says that the session is over: back to sign-in, with the reason. */
  expire(): void {
    if (this.state !== "signed_in") return;
    this.hasExpired = true;
    this.me = null;
    this.state = "signed_out";
  }

  #welcome(me: Me): void {
    this.me = me;
    this.state = "signed_in";
    if (language.isChosen) {
      if (language.current !== me.locale) this.savePreferences();
    } else if (isLocale(me.locale)) language.set(me.locale);
    if (theme.current === "system") theme.set(themeOf(me.theme));
  }
}

/** The one session. */
export const session = new Session();
