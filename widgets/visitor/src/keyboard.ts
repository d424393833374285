/** Keys of the open panel: Esc closes, Tab goes round inside panel and launcher. */

interface KeyActs {
  readonly isOpen: () => boolean;
  readonly close: () => void;
  /** A press somewhere; the path is needed because the shadow root hides the target. */
  readonly press: (path: readonly EventTarget[]) => void;
}

const TABBABLE = "button, a[href], input:not([type=file]), textarea, [tabindex='0']";

export function watchKeys(root: ShadowRoot, { isOpen, close, press }: KeyActs): void {
  document.addEventListener("pointerdown", (event) => press(event.composedPath()));
  (root.host as HTMLElement).addEventListener("keydown", (event) => {
    event.stopPropagation(); // shortcuts of the host page are not meant for what is typed here
    if (!isOpen() || event.isComposing) return;
    if (event.key === "Escape") close();
    if (event.key === "Tab") turn(root, event);
  });
}

/** From the last stop to the first, and back. */
function turn(root: ShadowRoot, event: KeyboardEvent): void {
  const stops = [...root.querySelectorAll<HTMLElement>(TABBABLE)].filter(
    (one) => one.offsetParent !== null || one.classList.contains("launch"),
  );
  const reachable = stops.filter((one) => one.tabIndex >= 0 && !one.hasAttribute("disabled") && isShown(one));
  const [first, last] = [reachable[0], reachable.at(-1)];
  const from = event.shiftKey ? first : last;
  if (root.activeElement !== from) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

const isShown = (one: HTMLElement): boolean => one.getClientRects().length > 0;
