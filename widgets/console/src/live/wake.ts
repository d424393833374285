/** Keeps a screen on the wall from going to sleep, where the browser can. */

/** Asks for it now and whenever the page is seen again; returns the way to stop. A refusal changes nothing. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  const ask = async (): Promise<void> => {
    if (document.visibilityState !== "visible") return;
    try {
      lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      lock = null;
    }
  };
  const onSeen = (): void => void ask();
  document.addEventListener("visibilitychange", onSeen);
  onSeen();
  return () => {
    document.removeEventListener("visibilitychange", onSeen);
    void lock?.release();
  };
}
