/** The address bar as state: one path under the console's base, and a guard for what is not saved. */

/** Where the console lives; Vite's `base` without its last slash. */
export const BASE = import.meta.env.BASE_URL.replace(/\/$/u, "");

/** Return the full address of a console path: `href("/contacts/5")`. */
export function href(path: string): string {
  return BASE + path;
}

function pathOf(location: { pathname: string }): string {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : location.pathname;
  return path.replace(/\/+$/u, "") || "/";
}

class Router {
  path = $state(pathOf(window.location));
  query = $state(new URLSearchParams(window.location.search));
  /** Where somebody wants to go while something is not saved; the leave dialog asks about it. */
  pending = $state<string | null>(null);
  #guards = new Set<() => boolean>();

  /** The path's parts: `/settings/queues/7` → ["settings", "queues", "7"]. */
  get parts(): string[] {
    return this.path.split("/").filter(Boolean);
  }

  /** Go to a console path; asks first if something is not saved. */
  go(path: string, options: { replaces?: boolean } = {}): void {
    if (this.isGuarded()) {
      this.pending = path;
      return;
    }
    if (options.replaces) history.replaceState(null, "", href(path));
    else history.pushState(null, "", href(path));
    this.#read();
  }

  /** While `isDirty` says true, leaving asks. Return the way to take the guard away. */
  guard(isDirty: () => boolean): () => void {
    this.#guards.add(isDirty);
    return () => this.#guards.delete(isDirty);
  }

  /** Whether something on the page is not saved. */
  isGuarded(): boolean {
    return [...this.#guards].some((isDirty) => isDirty());
  }

  /** Answer the leave dialog. */
  settle(leaves: boolean): void {
    const path = this.pending;
    this.pending = null;
    if (!leaves || path === null) return;
    this.#guards.clear();
    this.go(path);
  }

  /** Listen to the browser: back and forward, clicks on our links, closing the tab. Return the way to stop. */
  start(): () => void {
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener("popstate", () => this.#onBack(), { signal });
    document.addEventListener("click", (event) => this.#onClick(event), { signal });
    window.addEventListener("beforeunload", (event) => this.isGuarded() && event.preventDefault(), {
      signal,
    });
    return () => stop.abort();
  }

  #read(): void {
    this.path = pathOf(window.location);
    this.query = new URLSearchParams(window.location.search);
  }

  #onBack(): void {
    if (this.isGuarded()) {
      const wanted = pathOf(window.location) + window.location.search;
      history.pushState(null, "", href(this.path));
      this.pending = wanted;
      return;
    }
    this.#read();
  }

  #onClick(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.hasAttribute("download") || link.origin !== window.location.origin)
      return;
    if (!`${link.pathname}/`.startsWith(`${BASE}/`) || link.hash) return;
    event.preventDefault();
    this.go(pathOf(link) + link.search);
  }
}

/** The one router. */
export const router = new Router();
