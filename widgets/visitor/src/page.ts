/** What happens to the host page: network, being looked at, moving to another address. */

interface PageActs {
  readonly onNetwork: (hasNetwork: boolean) => void;
  readonly onSeen: () => void;
  readonly onMove: (url: string, title: string) => void;
}

export function watchPage({ onNetwork, onSeen, onMove }: PageActs): void {
  addEventListener("online", () => onNetwork(true));
  addEventListener("offline", () => onNetwork(false));
  document.addEventListener("visibilitychange", () => document.hidden || onSeen());
  let known = location.href;
  const look = (): void => {
    if (location.href === known) return;
    known = location.href;
    setTimeout(() => onMove(known, document.title)); // single-page sites set the title after the address
  };
  const history = (window as unknown as { navigation?: EventTarget }).navigation;
  history?.addEventListener("navigatesuccess", look);
  addEventListener("popstate", look);
  addEventListener("hashchange", look);
}
